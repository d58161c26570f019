#include <sim/child.hpp>

#include <array>
#include <cstdio>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::test::sim {

namespace {

constexpr int unsent = 3;  // exit status: the text did not get through

void send(int to, std::string const& text) {
  for (std::size_t at = 0; at < text.size();) {
    ssize_t const written = ::write(to, text.data() + at, text.size() - at);
    if (written <= 0) ::_exit(unsent);
    at += static_cast<std::size_t>(written);
  }
}

std::string receive(int from) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(from, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  return text;
}

void drop_stderr() {
  int const nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
}

}  // namespace

child_end in_child(std::function<std::string()> const& work, unsigned limit_s,
                   child_stderr errors) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe() failed");
  std::fflush(stdout);
  pid_t const child = ::fork();
  if (child < 0) throw std::runtime_error("fork() failed");
  if (child == 0) {
    ::close(ends[0]);
    if (errors == child_stderr::dropped) drop_stderr();
    ::alarm(limit_s);
    send(ends[1], work());
    ::_exit(0);
  }
  ::close(ends[1]);
  child_end made;
  made.text = receive(ends[0]);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  made.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  made.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (!made.ended_well()) made.text.clear();
  return made;
}

}  // namespace sluice::test::sim
