// Standard input of the test process, for as long as it lives: text that comes in small parts, or
// an open line that gives what the test sends.
//
//   Owner    two ends of a socket and the thread that sends; afterwards standard input is as
//            before.
//   Threads  one test at a time.
//   Errors   what the system refuses is a std::system_error.

#pragma once

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace sluice::test {

class standard_input_line {
 public:
  standard_input_line() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
    before_ = ::dup(STDIN_FILENO);
    if (::dup2(ends[0], STDIN_FILENO) < 0) fail("dup2");
    ::close(ends[0]);
    sender_ = ends[1];
  }
  ~standard_input_line() {
    end();
    if (before_ >= 0) {
      ::dup2(before_, STDIN_FILENO);
      ::close(before_);
    } else {
      ::close(STDIN_FILENO);
    }
  }
  standard_input_line(standard_input_line const&) = delete;
  standard_input_line& operator=(standard_input_line const&) = delete;

  // False: nobody reads any more.
  bool send(std::string_view text) {
    while (!text.empty()) {
      auto const sent = ::send(sender_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void end() {
    if (sender_ >= 0) ::close(std::exchange(sender_, -1));
  }
  // Whether all that was sent has been read.
  bool is_drained() const {
    int waiting = 0;
    return ::ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0;
  }

 private:
  [[noreturn]] static void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
  }

  int before_ = -1;
  int sender_ = -1;
};

class standard_input_text {
 public:
  explicit standard_input_text(std::string text)
      : sender_([this, sent = std::move(text)] {
          constexpr std::size_t part = 1999;  // so that reads end anywhere
          for (std::size_t at = 0; at < sent.size(); at += part)
            if (!line_.send(std::string_view(sent).substr(at, part))) break;
          line_.end();
        }) {}
  ~standard_input_text() {
    ::shutdown(STDIN_FILENO, SHUT_RD);  // a sender that waits for room waits no more
    sender_.join();
  }
  standard_input_text(standard_input_text const&) = delete;
  standard_input_text& operator=(standard_input_text const&) = delete;

 private:
  standard_input_line line_;
  std::thread sender_;
};

}  // namespace sluice::test
