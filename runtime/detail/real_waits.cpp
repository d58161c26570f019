#include <sluice/runtime/detail/real_waits.hpp>

#include <condition_variable>
#include <mutex>

namespace sluice::detail {

namespace {

class real_spot final : public os_waits::spot {
 public:
  void wait(std::optional<std::chrono::nanoseconds> at) override {
    std::unique_lock lock(mutex_);
    auto const notified = [this] { return notified_; };
    if (at)
      changed_.wait_until(lock, std::chrono::steady_clock::time_point(*at), notified);
    else
      changed_.wait(lock, notified);
    notified_ = false;
  }

  void notify() noexcept override {
    std::lock_guard const lock(mutex_);
    notified_ = true;
    changed_.notify_one();
  }

 private:
  std::condition_variable changed_;

  std::mutex mutex_;  // guards notified_
  bool notified_ = false;
};

class real_waits final : public os_waits {
 public:
  std::chrono::nanoseconds now() const noexcept override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  std::unique_ptr<spot> make_spot() override { return std::make_unique<real_spot>(); }
};

}  // namespace

std::unique_ptr<os_waits> make_real_waits() {
  return std::make_unique<real_waits>();
}

}  // namespace sluice::detail
