#include <bench/stream_through_sluice.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <bench/scale.kernel.hpp>

namespace sluice::bench {

namespace {

generator<chunk> feed(context here, std::size_t chunks, chunk_shape shape) {
  for (std::size_t i = 0; i < chunks; ++i) {
    auto made = co_await here.make<std::uint32_t>(shape.words);
    fill(made.span(), i, shape.how);
    chunk sealed = std::move(made).seal();
    co_yield std::move(sealed);
  }
}

generator<chunk> scale(context here, reading<std::uint32_t> from) {
  auto to = co_await here.make<std::uint32_t>(from.size());
  launch(here).run<scale_body>(from.view(), to.view(), scale_factor);
  chunk sealed = std::move(to).seal();
  co_yield std::move(sealed);
}

bool drain(context, reading<std::uint32_t> scaled, std::size_t index, touch how) {
  return is_scaled(scaled.span(), index, how);
}

// Room for what is ahead, what is scaled and what is on its way down.
runtime_options memory_for(std::size_t words) {
  std::size_t const chunk_bytes = words * sizeof(std::uint32_t);
  store_options memory;
  memory.device_bytes = {4 * stream_ahead * chunk_bytes};
  memory.pinned_bytes = 3 * stream_ahead * chunk_bytes;
  runtime_options options;
  options.memory = std::move(memory);
  return options;
}

}  // namespace

stream_through_sluice::stream_through_sluice(machine world, std::size_t words)
    : words_(words), runtime_(std::move(world), memory_for(words)) {}

void stream_through_sluice::run(std::size_t chunks, touch how) {
  chunk_shape shape;
  shape.words = words_;
  shape.how = how;
  window const ahead(stream_ahead, stream_ahead * words_ * sizeof(std::uint32_t));
  auto const feeding = task("feed", feed).on(cpu).ahead(ahead);
  auto const scaling = task("scale", scale).on(gpu(0)).num_returns<1>();
  auto const draining = task("drain", drain).on(cpu);
  std::vector<object_ref<bool>> right;
  right.reserve(chunks);
  for (auto const& each : runtime_.submit(feeding, chunks, shape))
    right.push_back(runtime_.submit(draining, runtime_.submit(scaling, each), right.size(), how));
  if (right.size() != chunks) throw std::runtime_error("sluice: the stream ended early");
  for (std::size_t i = 0; i < chunks; ++i)
    if (!*runtime_.get(right[i]))
      throw std::runtime_error("sluice: chunk " + std::to_string(i) + " came back wrong");
}

}  // namespace sluice::bench
