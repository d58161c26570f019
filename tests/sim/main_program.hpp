// The main program of a run: takes its steps one after another and notes what each of them sees.
//
//   Owner    refs and handles; they go before the runtime, jobs and counts after it.
//   Threads  one.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <sim/refs.hpp>

namespace sluice::test::sim {

class main_program {
 public:
  main_program(program const& all, runtime& rt, std::vector<std::unique_ptr<job>>& jobs,
               run_counts& counts)
      : all_(all), rt_(rt), jobs_(jobs), counts_(counts) {}
  main_program(main_program const&) = delete;
  main_program& operator=(main_program const&) = delete;
  ~main_program();

  observation take(step const& now);
  // No task goes on, and what was made stays.
  void end_tasks();

 private:
  // What is left of a submitted task.
  class started_task {
   public:
    job* work = nullptr;
    any_stream stream;
    any_outer outer;
    bool opened = false;
    std::size_t taken = 0;
  };

  observation try_step(step const& now);
  observation put(step const& now);
  observation slice(step const& now);
  observation submit(task_plan const& plan);
  observation get(any_ref const* ref, bool copies);
  observation wait(any_ref const* ref, std::chrono::microseconds at_most);
  observation next(started_task& from);
  observation open(started_task& from, bool failed_too);
  void drop(started_task& of);
  void cancel(started_task& of);
  observation tie();

  blob read(chunk const& from);
  any_ref const* held(ref_name const& ref) const;
  started_task* submitted(std::string const& name);

  program const& all_;
  runtime& rt_;
  std::vector<std::unique_ptr<job>>& jobs_;
  run_counts& counts_;
  std::tuple<object_ref_generator<chunk>, object_ref_generator<batch>,
             object_ref_generator<std::uint64_t>>
      cursors_;
  std::map<std::string, started_task> tasks_;
  std::map<std::string, std::map<std::size_t, any_ref>> refs_;
};

}  // namespace sluice::test::sim
