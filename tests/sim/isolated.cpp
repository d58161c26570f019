#include <sim/isolated.hpp>

#include <array>
#include <csignal>
#include <cstdio>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace sluice::test::sim {

namespace {

std::string one_line(std::string text) {
  for (char& each : text)
    if (each == '\n') each = ' ';
  return text;
}

void write_verdict(int to, verdict const& met) {
  std::ostringstream out;
  out << met.suspended << ' ' << met.spilled << ' ' << met.met_user_error << ' ' << met.exact << ' '
      << met.modes << ' ' << met.trace_hash << ' ' << met.refused << '\n';
  for (std::uint64_t const each : met.faults.visits) out << each << ' ';
  for (std::uint64_t const each : met.faults.struck) out << each << ' ';
  out << '\n'
      << one_line(met.failed.rule) << '\n'
      << one_line(met.failed.text) << '\n'
      << print(met.ran);
  std::string const text = out.str();
  for (std::size_t at = 0; at < text.size();) {
    ssize_t const written = ::write(to, text.data() + at, text.size() - at);
    if (written <= 0) ::_exit(3);
    at += static_cast<std::size_t>(written);
  }
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

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(from, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  return text;
}

}  // namespace

verdict judge_isolated(program const& all, unsigned limit_s) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe() failed");
  std::fflush(stdout);
  pid_t const child = ::fork();
  if (child < 0) throw std::runtime_error("fork() failed");
  if (child == 0) {
    ::close(ends[0]);
    ::alarm(limit_s);
    write_verdict(ends[1], judge(all));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string const text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return read_verdict(text);
  verdict met;
  met.ran = all;
  int const how = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (how == SIGALRM)
    met.failed = difference("hang", "no end after " + std::to_string(limit_s) + " s");
  else
    met.failed = difference("crash", "the process ended with signal " + std::to_string(how));
  return met;
}

}  // namespace sluice::test::sim
