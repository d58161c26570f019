#include <sim/child.hpp>
#include <sim/isolated.hpp>

#include <csignal>
#include <exception>
#include <limits>
#include <sstream>
#include <string>

namespace sluice::test::sim {

namespace {

std::string one_line(std::string text) {
  for (char& each : text)
    if (each == '\n') each = ' ';
  return text;
}

std::string text_of(verdict const& met) {
  std::ostringstream out;
  out << met.suspended << ' ' << met.spilled << ' ' << met.met_user_error << ' ' << met.exact << ' '
      << met.modes << ' ' << met.trace_hash << ' ' << met.refused << '\n';
  for (std::uint64_t const each : met.faults.visits) out << each << ' ';
  for (std::uint64_t const each : met.faults.struck) out << each << ' ';
  out << '\n'
      << one_line(met.failed.rule) << '\n'
      << one_line(met.failed.text) << '\n'
      << print(met.ran);
  return out.str();
}

verdict read_verdict(std::string const& text) {
  std::istringstream in(text);
  verdict met;
  in >> met.suspended >> met.spilled >> met.met_user_error >> met.exact >> met.modes >>
      met.trace_hash >> met.refused;
  for (std::uint64_t& each : met.faults.visits) in >> each;
  for (std::uint64_t& each : met.faults.struck) in >> each;
  in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  std::getline(in, met.failed.rule);
  std::getline(in, met.failed.text);
  std::ostringstream rest;
  rest << in.rdbuf();
  met.ran = parse(rest.str());
  return met;
}

// Nothing may leave the child but by its end.
verdict judged(program const& all, setting const& where) {
  try {
    return judge(all, where);
  } catch (std::exception const& thrown) {
    verdict met;
    met.ran = all;
    met.failed = difference("thrown", std::string("the run threw: ") + thrown.what());
    return met;
  }
}

}  // namespace

verdict judge_isolated(program const& all, unsigned limit_s, setting const& where) {
  child_end const end = in_child([&] { return text_of(judged(all, where)); }, limit_s);
  if (end.ended_well()) return read_verdict(end.text);
  verdict met;
  met.ran = all;
  if (end.signal == SIGALRM)
    met.failed = difference("hang", "no end after " + std::to_string(limit_s) + " s");
  else if (end.signal != 0)
    met.failed = difference("crash", "the process ended with signal " + std::to_string(end.signal));
  else
    met.failed = difference("crash", "the process ended with status " + std::to_string(end.status));
  return met;
}

}  // namespace sluice::test::sim
