// Host -> device -> kernel -> device -> host: chunks streamed through Sluice and by a loop written
// by hand, in turn, in one run.
//
//   usage: sluice_stream cuda [ROUNDS]   measures; JSON on standard output
//          sluice_stream sim             Sluice's side alone, every byte checked
//          sluice_stream find            names the device
//
// GB/s count each byte once, though it is copied up and down. Each variant runs twice before the
// first round, once of it with every byte checked. Exit status 3: there is no CUDA device.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bench/stream_by_hand.hpp>
#include <bench/stream_through_sluice.hpp>
#include <sluice/cuda/device.hpp>
#include <sluice/cuda/error.hpp>

namespace {

using namespace sluice::bench;

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::size_t bytes_per_run = 4096 * mib;
constexpr std::size_t words_per_mib = mib / sizeof(std::uint32_t);

class variant {
 public:
  variant(char const* name, std::function<void(std::size_t, touch)> run)
      : name_(name), run_(std::move(run)) {}

  void warm_up(std::size_t chunks) const {
    run_(std::min<std::size_t>(chunks, 32), touch::all);
    run_(chunks, touch::ends);
  }
  void measure(std::size_t chunks) {
    auto const start = std::chrono::steady_clock::now();
    run_(chunks, touch::ends);
    seconds_.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }

  char const* name() const { return name_; }
  std::vector<double> const& seconds() const { return seconds_; }
  double median() const {
    auto sorted = seconds_;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
  }

 private:
  char const* name_;
  std::function<void(std::size_t, touch)> run_;
  std::vector<double> seconds_;
};

void print(std::vector<variant> const& all, std::size_t chunk_bytes, std::size_t chunks) {
  double const gigabytes = static_cast<double>(chunk_bytes * chunks) / 1e9;
  std::printf("    {\"chunk_mib\": %zu, \"chunks\": %zu", chunk_bytes / mib, chunks);
  for (variant const& each : all) {
    std::printf(",\n     \"%s\": {\"gb_s\": %.2f, \"gb_s_all\": [", each.name(),
                gigabytes / each.median());
    char const* comma = "";
    for (double const one : each.seconds()) {
      std::printf("%s%.2f", comma, gigabytes / one);
      comma = ", ";
    }
    std::printf("]}");
  }
  double const sluice_seconds = all.back().median();
  for (variant const& each : all)
    if (&each != &all.back())
      std::printf(",\n     \"sluice_to_%s\": %.3f", each.name(), each.median() / sluice_seconds);
  std::printf("}");
}

void measure(std::size_t chunk_mib, std::size_t rounds) {
  std::size_t const words = chunk_mib * words_per_mib;
  std::size_t const chunks = bytes_per_run / (chunk_mib * mib);
  stream_by_hand two_slots(words, 2);
  stream_by_hand four_slots(words, 4);
  stream_through_sluice sluice_stream(sluice::machine::detect(), words);
  auto const by = [](auto& side) { return [&](std::size_t n, touch how) { side.run(n, how); }; };
  std::vector<variant> all;
  all.emplace_back("two_slots", by(two_slots));
  all.emplace_back("four_slots", by(four_slots));
  all.emplace_back("sluice", by(sluice_stream));
  for (variant const& each : all) each.warm_up(chunks);
  for (std::size_t round = 0; round < rounds; ++round)
    for (variant& each : all) each.measure(chunks);
  print(all, chunk_mib * mib, chunks);
}

int measure_all(std::string const& device, std::size_t rounds) {
  std::printf("{\"device\": \"%s\", \"rounds\": %zu, \"streams\": [", device.c_str(), rounds);
  char const* comma = "";
  for (std::size_t const chunk_mib : {4u, 16u, 32u}) {
    std::printf("%s\n", comma);
    measure(chunk_mib, rounds);
    comma = ",";
  }
  std::printf("\n]}\n");
  return 0;
}

int check_on_sim() {
  constexpr std::size_t words = 16'384;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    sluice::sim_options device;
    device.seed = seed;
    stream_through_sluice(sluice::machine::with_simulated_devices({device}), words)
        .run(50, touch::all);
  }
  return 0;
}

int run(std::string_view where, std::size_t rounds) {
  if (where == "sim") return check_on_sim();
  std::string const device = sluice::open_cuda(0)->info().name;
  if (where == "cuda") return measure_all(device, rounds);
  std::printf("%s\n", device.c_str());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  std::string_view const where = count > 1 ? words[1] : "";
  std::size_t const rounds = count > 2 ? std::strtoul(words[2], nullptr, 10) : 7;
  if ((where != "cuda" && where != "sim" && where != "find") || rounds == 0) {
    std::fprintf(stderr, "usage: sluice_stream cuda [ROUNDS] | sim | find\n");
    return 2;
  }
  try {
    return run(where, rounds);
  } catch (sluice::device_unavailable const& none) {
    std::fprintf(stderr, "sluice_stream: %s\n", none.what());
    return 3;
  } catch (std::exception const& failed) {
    std::fprintf(stderr, "sluice_stream: %s\n", failed.what());
    return 1;
  }
}
