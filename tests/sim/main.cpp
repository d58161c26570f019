// sluice_sim: random programs against the oracle, by seed or from files. Exit code 0: all saw what
// they must; 1: one did not; 2: the command line is wrong; 4: there is no such device.

#include <sim/child.hpp>
#include <sim/deadline.hpp>
#include <sim/generate.hpp>
#include <sim/isolated.hpp>
#include <sim/options.hpp>
#include <sim/run_seed.hpp>
#include <sim/words.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/cuda/device.hpp>
#include <sluice/cuda/error.hpp>

using namespace sluice::test::sim;
using sluice::fault_site;
using sluice::fault_site_count;

namespace {

program read_program(std::string const& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  try {
    return parse(text.str());
  } catch (std::exception const& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

class session {
 public:
  explicit session(options const& given)
      : given_(given), deadline_(std::chrono::seconds(2 * given.limit_s)) {}

  void run_file(std::string const& path) {
    std::string const again = "./dev sim --program " + path + words_for(given_.where);
    program const read = read_program(path);
    check_fits(read, path, given_.where);
    deadline_.starts(again);
    count(judged(read), again, path);
  }
  void run_seed(std::uint64_t seed) {
    std::string again = "./dev sim --seeds 1 --from " + std::to_string(seed);
    if (given_.faults != going_wrong::nothing)
      again += " --faults " + std::string(word(given_.faults));
    again += words_for(given_.where);
    deadline_.starts(again);
    program made = generate(seed);
    made.faults = given_.faults;
    if (given_.print) std::fputs(print(made).c_str(), stdout), std::fflush(stdout);
    count(judged(made), again, "seed-" + std::to_string(seed));
  }
  bool is_over() const { return given_.first && failures_ != 0; }
  int report() const {
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin_;
    std::printf("%zu programs, %zu failed, %.0f a second\n", runs_, failures_,
                static_cast<double>(runs_) / took.count());
    if (given_.stats) {
      share("suspended for memory or window", suspended_);
      share("spilled", spilled_);
      share("met a user error", user_errors_);
      share("used at least two return modes", two_modes_);
      share("had one outcome only", exact_);
      std::printf("  %zu different ways to run\n", ways_.size());
      if (faults_.visits != fault_counts::by_site{}) print_faults();
    }
    return failures_ == 0 ? 0 : 1;
  }

 private:
  verdict judged(program const& all) const {
    verdict met = judged_once(all);
    if (given_.twice && !met.failed && judged_once(all).trace_hash != met.trace_hash)
      met.failed = difference("twice", "the second run of the same seed went another way");
    return met;
  }
  verdict judged_once(program const& all) const {
    return given_.isolate ? judge_isolated(all, given_.limit_s, given_.where)
                          : judge(all, given_.where);
  }

  void count(verdict const& met, std::string const& again, std::string const& name) {
    ++runs_;
    suspended_ += met.suspended ? 1U : 0U;
    spilled_ += met.spilled ? 1U : 0U;
    user_errors_ += met.met_user_error ? 1U : 0U;
    two_modes_ += met.modes >= 2 ? 1U : 0U;
    exact_ += met.exact ? 1U : 0U;
    ways_.insert(met.trace_hash);
    refused_ += met.refused ? 1U : 0U;
    faults_.add(met.faults);
    for (std::size_t i = 0; i < fault_site_count; ++i)
      programs_struck_[i] += met.faults.struck[i] != 0 ? 1U : 0U;
    if (!met.failed) return;
    ++failures_;
    std::printf("FAILED: %s\n  again: %s\n", met.failed.text.c_str(), again.c_str());
    std::fflush(stdout);
    if (!given_.save.empty()) save(met, again, name);
  }

  void save(verdict const& met, std::string const& again, std::string const& name) {
    program const small = shrunk(met, [&](program const& smaller) {
      deadline_.starts(again + " (while it was made smaller)");
      return judge_isolated(smaller, given_.isolate ? given_.limit_s / 2 : given_.limit_s,
                            given_.where);
    });
    std::filesystem::create_directories(given_.save);
    std::string const path =
        given_.save + "/" + std::filesystem::path(name).stem().string() + ".program";
    std::ofstream(path) << "# " << met.failed.text << "\n# first met by: " << again << '\n'
                        << print(small);
    std::printf("  smaller: ./dev sim --program %s%s\n", path.c_str(),
                words_for(given_.where).c_str());
  }

  void share(char const* what, std::size_t part) const {
    double const all = runs_ == 0 ? 1.0 : static_cast<double>(runs_);
    std::printf("  %5.1f %% %s\n", 100.0 * static_cast<double>(part) / all, what);
  }

  void print_faults() const {
    share("were refused their first memory", refused_);
    std::printf("  %-15s %12s %10s %10s\n", "site", "visits", "faults", "programs");
    std::string never;
    for (std::size_t i = 0; i < fault_site_count; ++i) {
      std::string const name(name_of(static_cast<fault_site>(i)));
      std::printf("  %-15s %12llu %10llu %10zu\n", name.c_str(),
                  static_cast<unsigned long long>(faults_.visits[i]),
                  static_cast<unsigned long long>(faults_.struck[i]), programs_struck_[i]);
      if (faults_.struck[i] == 0) never += " " + name;
    }
    std::printf("  sites without a fault:%s\n", never.empty() ? " none" : never.c_str());
  }

  options const& given_;
  deadline deadline_;
  std::chrono::steady_clock::time_point const begin_ = std::chrono::steady_clock::now();
  std::size_t runs_ = 0;
  std::size_t failures_ = 0;
  std::size_t suspended_ = 0;
  std::size_t spilled_ = 0;
  std::size_t user_errors_ = 0;
  std::size_t two_modes_ = 0;
  std::size_t exact_ = 0;
  std::set<std::uint64_t> ways_;
  std::size_t refused_ = 0;
  fault_counts faults_;
  std::array<std::size_t, fault_site_count> programs_struck_{};
};

// Asked in another process: children of one that has asked cannot use CUDA.
void check_device(setting const& where) {
  if (!where.cuda) return;
  constexpr unsigned limit_s = 60;
  child_end const end = in_child([] { return sluice::find_cuda().reason; }, limit_s);
  std::string const why = end.ended_well() ? end.text : "CUDA cannot be asked for its devices";
  if (!why.empty()) throw sluice::device_unavailable("--device cuda: " + why);
}

}  // namespace

int main(int count, char** words) try {
  options const given = read_options({words + 1, words + count});
  if (given.seeds == 0 && given.files.empty()) {
    std::fputs(usage, stderr);
    return 2;
  }
  check_device(given.where);
  session all(given);
  for (std::string const& each : given.files) all.run_file(each);
  for (std::uint64_t i = 0; i < given.seeds && !all.is_over(); ++i) all.run_seed(given.from + i);
  return all.report();
} catch (sluice::device_unavailable const& refused) {
  std::fprintf(stderr, "sluice_sim: error: %s\n", refused.what());
  return 4;  // as the tool's, for its --device
} catch (std::exception const& error) {
  std::fprintf(stderr, "sluice_sim: %s\n%s", error.what(), usage);
  return 2;
}
