// A program, a step and an observation as text.

#include <sim/program.hpp>
#include <sim/words.hpp>

#include <algorithm>
#include <sstream>

namespace sluice::test::sim {

namespace {

std::string name(ref_name const& ref) {
  return ref.of + "." + std::to_string(ref.index);
}

std::string operand(int which) {
  return which == the_item ? "item" : std::to_string(which);
}

void print_op(std::ostream& out, action const& one) {
  out << ' ' << word(one.how);
  switch (one.how) {
    case op::fill:
    case op::count:
      out << ' ' << one.n << ' ' << one.k;
      return;
    case op::concat:
      out << ' ' << operand(one.a) << ' ' << operand(one.b);
      return;
    case op::slice:
    case op::part:
      out << ' ' << operand(one.a) << ' ' << one.k << ' ' << one.n;
      return;
    default:
      out << ' ' << operand(one.a) << ' ' << one.k;
  }
}

void print_task(std::ostream& out, task_plan const& task) {
  out << "task " << task.name << ' ' << word(task.values) << ' ' << word(task.returns);
  if (task.returns == mode::fixed) out << ' ' << task.count;
  if (task.returns == mode::stream) out << ' ' << task.window_objects << ' ' << task.window_bytes;
  out << ' ' << (task.plain ? "plain" : "generator") << ' ' << word(task.where);
  if (!task.called.empty()) out << " as " << task.called;
  out << '\n';
  for (input const& each : task.inputs) {
    bool const whole = each.how == form::stream || each.how == form::growing;
    out << "  in " << word(each.how) << ' ' << (whole ? each.from.of : name(each.from)) << '\n';
  }
  for (action const& each : task.actions) {
    out << "  " << word(each.what);
    if (each.what == verb::yield || each.what == verb::each) print_op(out, each);
    if (each.what == verb::scratch) out << ' ' << each.n << ' ' << each.k;
    if (each.what == verb::sleep) out << ' ' << each.n << ' ' << each.k;
    out << '\n';
  }
}

std::string start_of(blob const& all) {
  constexpr std::size_t shown_max = 8;
  std::ostringstream out;
  out << all.size() << " bytes";
  for (std::size_t i = 0; i < std::min(all.size(), shown_max); ++i)
    out << (i == 0 ? ": " : " ") << static_cast<unsigned>(all[i]);
  if (all.size() > shown_max) out << " ...";
  return out.str();
}

}  // namespace

std::size_t program::takes_max() const {
  std::size_t all = static_cast<std::size_t>(std::ranges::count(steps, doing::next, &step::what));
  for (task_plan const& each : tasks)
    all += static_cast<std::size_t>(std::ranges::count(each.actions, verb::next, &action::what));
  return all;
}

task_plan const* program::find(std::string const& task) const {
  auto const found = std::find_if(tasks.begin(), tasks.end(),
                                  [&](task_plan const& each) { return each.name == task; });
  return found == tasks.end() ? nullptr : &*found;
}

std::string text_of(step const& taken) {
  std::ostringstream out;
  out << word(taken.what) << ' ';
  switch (taken.what) {
    case doing::put:
      out << taken.of.of << ' ' << taken.n << ' ' << taken.k;
      break;
    case doing::slice:
      out << taken.of.of << ' ' << name(taken.from) << ' ' << taken.k << ' ' << taken.n;
      break;
    case doing::get:
    case doing::copy:
    case doing::release:
      out << name(taken.of);
      break;
    case doing::wait:
      out << name(taken.of) << ' ' << taken.k;
      break;
    default:
      out << taken.of.of;
  }
  return out.str();
}

std::string print(program const& all) {
  std::ostringstream out;
  out << "program 1\nseed " << all.seed << "\nworkers " << all.workers << "\ngpus " << all.gpus
      << "\nmemory ";
  switch (all.memory.how) {
    case limits::given::ample:
      out << "ample\n";
      break;
    case limits::given::fraction:
      out << "fraction " << all.memory.thousandths;
      if (all.memory.promised != limits::promise::nothing) out << ' ' << word(all.memory.promised);
      out << '\n';
      break;
    case limits::given::bytes:
      out << "bytes " << all.memory.device << ' ' << all.memory.pinned << ' ' << all.memory.host
          << '\n';
  }
  if (all.neighbour) out << "neighbour\n";
  if (all.has_faults()) out << "faults " << word(all.faults) << '\n';
  for (task_plan const& each : all.tasks) print_task(out, each);
  out << "main\n";
  for (step const& each : all.steps) out << "  " << text_of(each) << '\n';
  return out.str();
}

std::string text_of(failure const& error) {
  std::string text = error.kind;
  if (!error.task.empty()) text += " of " + error.task;
  if (error.index) text += " at " + std::to_string(*error.index);
  if (error.kind == "wrong_return_count")
    text += " (" + std::to_string(error.got) + " for " + std::to_string(error.expected) + ")";
  return text;
}

std::string text_of(observation const& seen) {
  if (seen.what == sight::failed)
    return text_of(seen.error) + (seen.message.empty() ? "" : " (" + seen.message + ")");
  std::string text(word(seen.what));
  if (seen.what == sight::count) return text + " of " + std::to_string(seen.number);
  if (seen.what != sight::value) return text;
  if (seen.parts.empty()) return text + " " + std::to_string(seen.number);
  for (blob const& part : seen.parts) text += " [" + start_of(part) + "]";
  return text;
}

}  // namespace sluice::test::sim
