// The command line of sluice_sim.
//
//   Units    seconds.
//   Owner    values.
//   Errors   std::runtime_error in a sentence: what is wrong with which option.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sim/program.hpp>
#include <sim/setting.hpp>

namespace sluice::test::sim {

inline constexpr char const* usage =
    "sluice_sim [--seeds N] [--from S] [--program FILE]... [--save FOLDER] [--stats] [--print]\n"
    "           [--faults safety|liveness] [--order NAME] [--first] [--twice] [--isolate]\n"
    "           [--limit-s SECONDS] [--device sim|cuda] [--unchecked]\n";

class options {
 public:
  options() = default;

  std::uint64_t seeds = 0;
  std::uint64_t from = 1;
  std::vector<std::string> files;
  std::string save;
  going_wrong faults = going_wrong::nothing;
  setting where;
  bool stats = false;
  bool print = false;
  bool twice = false;  // each has to run the same way again
  bool first = false;  // no more after one that failed
  bool isolate = false;
  unsigned limit_s = 60;
};

// What follows the program's name. On CUDA devices each program has a process of its own, since
// what breaks a device breaks it for the process.
options read_options(std::vector<std::string> const& words);

// Throws what is wrong with a program from `path`, there.
void check_fits(program const& all, std::string const& path, setting const& where);

// The options that give the setting again.
std::string words_for(setting const& where);

}  // namespace sluice::test::sim
