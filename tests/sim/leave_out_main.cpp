// sluice_leave_out: random programs in which each wait and each record of an event is left out
// once. Exit code 0: each is reported by the checker, or changes nothing; 1: one is not; 2: the
// command line is wrong.

#include <sim/generate.hpp>
#include <sim/isolated.hpp>
#include <sim/leave_out.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

using namespace sluice::test::sim;
using sluice::wait_reason;
using sluice::wait_reason_count;

namespace {

constexpr unsigned limit_s = 20;
constexpr std::size_t ends = 5;

std::string_view word(left_out how) {
  constexpr std::array<std::string_view, ends> words{"reported", "redundant", "no conflict",
                                                     "unnoticed", "not reached"};
  return words[static_cast<std::size_t>(how)];
}
constexpr std::size_t record_row = wait_reason_count;  // behind the waits, by what they are for

class tally {
 public:
  // False: it has no wait, or cannot tell.
  bool add(program const& all, std::uint64_t seed) {
    edge_counts const had = edges_of(all, limit_s);
    if (!had.failed.empty()) return fail(seed, "nothing left out: " + had.failed);
    if (had.all_waits() == 0) return false;
    for (std::size_t i = 0; i < wait_reason_count; ++i) rows_[i].all += had.waits[i];
    rows_[record_row].all += had.records;
    for (std::uint64_t k = 1; k <= had.all_waits(); ++k) leave_out_one(all, seed, edge::wait, k);
    for (std::uint64_t k = 1; k <= had.records; ++k) leave_out_one(all, seed, edge::record, k);
    return true;
  }
  int report(std::size_t programs) {
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin_;
    std::printf("%-22s %8s %9s %9s %11s %9s\n", "left out", "all", "reported", "redundant",
                "no conflict", "unnoticed");
    for (std::size_t i = 0; i < rows_.size(); ++i) print(i);
    std::printf("%zu programs, %zu unnoticed, %.0f s\n", programs, failures_, took.count());
    return failures_ == 0 ? 0 : 1;
  }

 private:
  struct row {
    std::uint64_t all = 0;
    std::array<std::uint64_t, ends> by_end{};
  };

  void leave_out_one(program const& all, std::uint64_t seed, edge which, std::uint64_t k) {
    finding const met = leave_out(all, which, k, limit_s);
    std::size_t const at = which == edge::wait ? static_cast<std::size_t>(met.at) : record_row;
    if (met.how != left_out::reported || which == edge::record)
      ++rows_[at].by_end[static_cast<std::size_t>(met.how)];
    if (met.how != left_out::unnoticed && met.how != left_out::not_reached) return;
    fail(seed, (which == edge::wait ? "--wait " : "--record ") + std::to_string(k) + ": " +
                   (met.words.empty() ? std::string(word(met.how)) : met.words));
  }
  bool fail(std::uint64_t seed, std::string const& words) {
    ++failures_;
    std::printf("UNNOTICED: --from %llu %s\n", static_cast<unsigned long long>(seed),
                words.c_str());
    return false;
  }
  void print(std::size_t i) {
    row const& one = rows_[i];
    auto const of = [&](left_out how) { return one.by_end[static_cast<std::size_t>(how)]; };
    std::uint64_t others = 0;
    for (std::uint64_t const each : one.by_end) others += each;
    // A process that a report ended does not say which wait it was.
    std::uint64_t const reported = i == record_row ? of(left_out::reported) : one.all - others;
    std::string const name =
        i == record_row ? "record" : "wait, " + std::string(name_of(static_cast<wait_reason>(i)));
    auto const wide = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf("%-22s %8llu %9llu %9llu %11llu %9llu\n", name.c_str(), wide(one.all),
                wide(reported), wide(of(left_out::redundant)), wide(of(left_out::unused)),
                wide(of(left_out::unnoticed) + of(left_out::not_reached)));
  }

  std::chrono::steady_clock::time_point const begin_ = std::chrono::steady_clock::now();
  std::array<row, wait_reason_count + 1> rows_{};
  std::size_t failures_ = 0;
};

class options {
 public:
  std::uint64_t programs = 50;
  std::uint64_t from = 1;
  std::uint64_t wait = 0;  // only this one, of the program with the seed `from`
  std::uint64_t record = 0;
};

bool read_options(int count, char** words, options& made) {
  for (int i = 1; i < count; i += 2) {
    std::string const name = words[i];
    std::uint64_t* const known = name == "--programs" ? &made.programs
                                 : name == "--from"   ? &made.from
                                 : name == "--wait"   ? &made.wait
                                 : name == "--record" ? &made.record
                                                      : nullptr;
    if (known == nullptr || i + 1 == count) return false;
    *known = std::stoull(words[i + 1]);
  }
  return true;
}

program of_seed(std::uint64_t seed) {
  return judge_isolated(generate(seed), limit_s).ran;  // with its limits in bytes
}

int one(options const& given) {
  edge const which = given.wait != 0 ? edge::wait : edge::record;
  finding const met =
      leave_out(of_seed(given.from), which, given.wait != 0 ? given.wait : given.record, limit_s,
                child_stderr::shown);
  std::printf("%s%s%s\n", std::string(word(met.how)).c_str(), met.words.empty() ? "" : ": ",
              met.words.c_str());
  return met.how == left_out::unnoticed || met.how == left_out::not_reached ? 1 : 0;
}

}  // namespace

int main(int count, char** words) try {
  options given;
  if (!read_options(count, words, given)) {
    std::fputs("sluice_leave_out [--programs N] [--from SEED] [--wait N | --record N]\n", stderr);
    return 2;
  }
  if (given.wait + given.record != 0) return one(given);
  tally all;
  std::uint64_t seed = given.from;
  for (std::uint64_t done = 0; done < given.programs; ++seed) {
    if (generate(seed).gpus == 0) continue;
    done += all.add(of_seed(seed), seed) ? 1U : 0U;
  }
  return all.report(given.programs);
} catch (std::exception const& error) {
  std::fprintf(stderr, "sluice_leave_out: %s\n", error.what());
  return 2;
}
