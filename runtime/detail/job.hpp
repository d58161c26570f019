// The unit that the executor runs: one function and a link, inside whatever object it is part of.
//
//   Owner    whoever submits it, until run() is called; the executor touches it no more afterwards.
//   Threads  queued at most once at a time.
//   Errors   run() must not throw.

#pragma once

namespace sluice::detail {

struct job {
  using function = void (*)(job&) noexcept;
  explicit job(function body) noexcept : run(body) {}

  function const run;
  job* next = nullptr;  // the executor's while queued
};

}  // namespace sluice::detail
