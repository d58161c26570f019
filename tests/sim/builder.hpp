// What every generator of programs is made of: a source of chance and the program so far.
//
//   Owner    the program that is being made.

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include <sim/program.hpp>

namespace sluice::test::sim {

class builder {
 public:
  explicit builder(std::uint64_t seed) : random_(seed) { made_.seed = seed; }

 protected:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::uint32_t small() { return static_cast<std::uint32_t>(below(1000)); }

  void step_of(doing what, ref_name of) {
    step& next = made_.steps.emplace_back();
    next.what = what;
    next.of = std::move(of);
  }
  ref_name put(std::uint32_t bytes) {
    ref_name const made{"p" + std::to_string(puts_++), 0};
    step_of(doing::put, made);
    made_.steps.back().n = bytes;
    made_.steps.back().k = small();
    return made;
  }
  std::string next_name() const { return "t" + std::to_string(made_.tasks.size()); }
  void submit(task_plan made) {
    step_of(doing::submit, {made.name, 0});
    made_.tasks.push_back(std::move(made));
  }

  std::mt19937_64 random_;
  program made_;

 private:
  std::size_t puts_ = 0;
};

}  // namespace sluice::test::sim
