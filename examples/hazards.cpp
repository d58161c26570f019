// Four mistakes that a GPU shows once a month, and the report that a simulated machine gives of
// each: docs/simulation.md quotes them.
//
//   usage: example_hazards undeclared|host|freed|unordered
//
// Each runs a small program with one seed after another until the machine ends the process. Two are
// found with every seed; two are looked for in some seeds only, since looking for them costs time.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <sluice/kernels/iota.hpp>
#include <sluice/runtime/runtime.hpp>

namespace {

constexpr std::size_t numbers = 64;

// What the tasks of a program pass on behind sluice's back.
struct side_channel {
  sluice::out<std::uint32_t> view;
};

// --- a kernel that writes one number behind its view

struct overrun_body {
  static constexpr char const* name = "overrun";
  template <class Exec>
  static void run(Exec const& on, sluice::out<std::uint32_t> values) {
    for (std::size_t i = 0; i <= values.size(); ++i) on.data(values)[i] = 1;
  }
};

sluice::generator<sluice::chunk> overruns(sluice::context here) {
  auto first = co_await here.make<std::uint32_t>(numbers);
  auto second = co_await here.make<std::uint32_t>(numbers);
  sluice::iota(here, second.view(), 0);
  sluice::launch const to = here;
  to.run<overrun_body>(first.view());
  co_yield std::move(first).seal();
  co_yield std::move(second).seal();
}

// --- host code that looks into memory of a device

sluice::generator<std::uint32_t> peeks(sluice::context here) {
  auto made = co_await here.make<std::uint32_t>(numbers);
  sluice::iota(here, made.view(), 0);
  std::uint32_t const* const bytes = sluice::raw_view::data(made.view());
  std::uint32_t const first = *bytes;
  co_yield first;
}

// --- a view that is used when its memory has gone back

sluice::generator<sluice::chunk> forgets(sluice::context here, side_channel* to) {
  auto made = co_await here.make<std::uint32_t>(numbers);
  sluice::iota(here, made.view(), 0);
  {
    auto dropped = co_await here.make<std::uint32_t>(numbers);
    to->view = dropped.view();
  }
  co_yield std::move(made).seal();
}

// --- a view that another task uses without waiting for the one that fills it

sluice::generator<sluice::chunk> fills(sluice::context here, side_channel* to) {
  auto made = co_await here.make<std::uint32_t>(numbers);
  sluice::iota(here, made.view(), 0);
  to->view = made.view();
  co_yield std::move(made).seal();
}

sluice::generator<std::uint32_t> uses(sluice::context here, side_channel* from) {
  sluice::iota(here, from->view, 7);
  co_yield 1;
}

void run(char const* mistake, std::uint64_t seed) {
  sluice::simulation_options options(seed);
  options.device_bytes = std::size_t{1} << 20;
  sluice::runtime rt(sluice::machine::simulated(options), sluice::runtime_options());
  side_channel shared;
  auto const on_device = [](auto name, auto body) {
    return sluice::task(name, body).on(sluice::gpu(0));
  };
  if (std::strcmp(mistake, "undeclared") == 0) {
    auto const made = rt.submit(on_device("overruns", overruns).num_returns<2>());
    static_cast<void>(rt.get(made[1]));
  } else if (std::strcmp(mistake, "host") == 0) {
    auto const made = rt.submit(on_device("peeks", peeks).num_returns<1>());
    static_cast<void>(rt.get(made));
  } else if (std::strcmp(mistake, "freed") == 0) {
    auto const made = rt.submit(on_device("forgets", forgets).num_returns<1>(), &shared);
    static_cast<void>(rt.get(made));
    static_cast<void>(rt.get(rt.submit(on_device("uses", uses).num_returns<1>(), &shared)));
  } else {
    auto const made = rt.submit(on_device("fills", fills).num_returns<1>(), &shared);
    while (shared.view.size() == 0) rt.world().waits().pause();
    static_cast<void>(rt.get(rt.submit(on_device("uses", uses).num_returns<1>(), &shared)));
    static_cast<void>(rt.get(made));
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return EXIT_FAILURE;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) run(words[1], seed);
  std::puts("64 seeds, and nothing was found");
}
