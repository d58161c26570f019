#include <sluice/runtime/detail/sim_threads.hpp>
#include <sluice/runtime/detail/step_record.hpp>

#include <semaphore.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::detail {

namespace {

// The task whose step this thread is in, numbered as devices number the users of their streams.
std::uint64_t task_here() {
  task_record const* const step = step_record::current();
  return step != nullptr ? number_of_name(step->counters().words()) : 0;
}

// What one look at the clock takes.
constexpr std::chrono::nanoseconds look{1000};
// How long everybody waits before it is asked whether there is any other thread at all.
constexpr std::chrono::milliseconds other_threads_time{20};

std::size_t threads_of_process() noexcept {
  std::error_code none;
  std::filesystem::directory_iterator each("/proc/self/task", none);
  std::size_t count = 0;
  for (; !none && each != std::filesystem::directory_iterator(); each.increment(none)) ++count;
  return count;
}

// The right to run, handed to one thread: one wake and one wait for each switch. A condition
// variable's waiter would wake only to find the mutex of who woke it still taken.
class handed_turn {
 public:
  handed_turn() noexcept { ::sem_init(&there_, 0, 0); }
  ~handed_turn() { ::sem_destroy(&there_); }
  handed_turn(handed_turn const&) = delete;
  handed_turn& operator=(handed_turn const&) = delete;

  void give() noexcept { ::sem_post(&there_); }
  void take() noexcept {
    while (::sem_wait(&there_) != 0) continue;  // interrupted by a signal
  }

 private:
  ::sem_t there_;
};

}  // namespace

class sim_threads::world {
 public:
  using time = std::chrono::nanoseconds;
  using locked = std::unique_lock<std::mutex>;

  struct member {
    member(world& of, unsigned as) noexcept : home(of), number(as) {}

    enum class stand : std::uint8_t { able, waiting, ended };

    world& home;
    unsigned const number;
    handed_turn turn;  // given by who made it the one that runs, unless that is itself

    stand now = stand::able;
    std::uint64_t since = 0;
    std::uint64_t task = 0;     // in whose step it stopped, where the order asks for that
    std::optional<time> until;  // of a wait
    member const* joins = nullptr;
  };

  // A place to wait at; of a member, or of a thread that is none.
  struct place {
    bool notified = false;
    member* waiter = nullptr;
    std::condition_variable changed;
  };

  world(std::uint64_t seed, std::optional<thread_order> order)
      : seed_(seed), program_id_(std::this_thread::get_id()), schedule_(seed, order) {
    running_ = add_member();
  }

  time look_at_clock() noexcept;
  time let_pass(time passed) noexcept;
  void pause() noexcept;
  void wait(place& at, std::optional<time> until);
  void notify(place& at) noexcept;
  member* start();
  void begin(member& self) noexcept;
  void end(member& self) noexcept;
  void forget(member& never_begun) noexcept;
  void join(member const& other) noexcept;
  std::uint64_t hash() const noexcept {
    locked const lock(mutex_);
    return hash_;
  }

 private:
  member* mine() const noexcept;
  member* add_member();
  void make_able(member& who) noexcept;
  void gather(std::optional<unsigned> current) noexcept;
  member* choose(member* current) noexcept;
  void hand_on(locked& lock, member& self) noexcept;
  void let_run(locked lock) noexcept;
  bool wake_earliest() noexcept;
  [[noreturn]] void give_up() const noexcept;

  std::uint64_t const seed_;
  std::thread::id const program_id_;

  mutable std::mutex mutex_;  // guards what follows
  thread_schedule schedule_;
  std::vector<std::unique_ptr<member>> members_;
  std::vector<thread_schedule::candidate> candidates_;
  std::vector<member*> candidate_members_;
  std::optional<std::size_t> current_at_;
  member* running_ = nullptr;      // null: all wait for a thread that is no member
  std::condition_variable woken_;  // then
  time now_{0};
  std::uint64_t decisions_ = 0;
  std::uint64_t hash_ = 0;

  static thread_local constinit member* current_;
};

thread_local constinit sim_threads::world::member* sim_threads::world::current_ = nullptr;

// Null for a thread that the machine did not start.
sim_threads::world::member* sim_threads::world::mine() const noexcept {
  if (current_ != nullptr && &current_->home == this) return current_;
  return std::this_thread::get_id() == program_id_ ? members_.front().get() : nullptr;
}

sim_threads::world::member* sim_threads::world::add_member() {
  members_.push_back(std::make_unique<member>(*this, static_cast<unsigned>(members_.size())));
  candidates_.reserve(members_.size());
  candidate_members_.reserve(members_.size());
  members_.back()->since = decisions_;
  return members_.back().get();
}

void sim_threads::world::make_able(member& who) noexcept {
  who.now = member::stand::able;
  who.since = decisions_;
  who.until.reset();
  who.joins = nullptr;
}

// Everybody who can go on now.
void sim_threads::world::gather(std::optional<unsigned> current) noexcept {
  candidates_.clear();
  candidate_members_.clear();
  current_at_.reset();
  for (auto const& each : members_) {
    if (each->now == member::stand::waiting && each->until && *each->until <= now_)
      make_able(*each);
    if (each->now != member::stand::able) continue;
    if (current == each->number) current_at_ = candidates_.size();
    candidates_.push_back({each->number, each->since, each->task});
    candidate_members_.push_back(each.get());
  }
}

// With nobody able to run, time goes on to the first deadline.
bool sim_threads::world::wake_earliest() noexcept {
  std::optional<time> first;
  for (auto const& each : members_)
    if (each->now == member::stand::waiting && each->until && (!first || *each->until < *first))
      first = each->until;
  if (first) now_ = *first;
  return first.has_value();
}

sim_threads::world::member* sim_threads::world::choose(member* current) noexcept {
  ++decisions_;
  std::optional<unsigned> number;
  if (current != nullptr) number = current->number;
  gather(number);
  if (candidates_.empty() && wake_earliest()) gather(number);
  if (candidates_.empty()) return nullptr;
  member* const next = candidate_members_[schedule_.pick(candidates_, current_at_)];
  hash_ = mixed(hash_ ^ mixed(static_cast<std::uint64_t>(now_.count()) * 64 + next->number));
  return next;
}

// Returns when it is this thread's turn again.
void sim_threads::world::hand_on(locked& lock, member& self) noexcept {
  if (schedule_.order() == thread_order::starve_task) self.task = task_here();
  running_ = choose(self.now == member::stand::able ? &self : nullptr);
  if (running_ == &self) return;
  let_run(std::move(lock));
  self.turn.take();
  lock = locked(mutex_);
}

// Whom choose() named; with nobody able to run, a thread that is no member must wake one.
void sim_threads::world::let_run(locked lock) noexcept {
  if (member* const next = running_; next != nullptr) {
    lock.unlock();
    return next->turn.give();
  }
  std::size_t const live = static_cast<std::size_t>(std::ranges::count_if(
      members_, [](auto const& each) { return each->now != member::stand::ended; }));
  while (running_ == nullptr) {
    if (woken_.wait_for(lock, other_threads_time) == std::cv_status::no_timeout) continue;
    if (running_ == nullptr && threads_of_process() <= live) give_up();
  }
}

void sim_threads::world::give_up() const noexcept {
  std::fprintf(stderr,
               "sluice: simulated machine, seed %llu: every thread waits and none can be woken. A "
               "wake was lost, or the program waits outside of the runtime for what only it can "
               "do.\n",
               static_cast<unsigned long long>(seed_));
  std::abort();
}

sim_threads::world::time sim_threads::world::look_at_clock() noexcept {
  locked lock(mutex_);
  member* const self = mine();
  if (self == nullptr) return now_;
  now_ += look;
  hand_on(lock, *self);
  return now_;
}

sim_threads::world::time sim_threads::world::let_pass(time passed) noexcept {
  locked const lock(mutex_);
  now_ += passed;
  return now_;
}

void sim_threads::world::pause() noexcept {
  locked lock(mutex_);
  if (member* const self = mine()) hand_on(lock, *self);
}

void sim_threads::world::wait(place& at, std::optional<time> until) {
  locked lock(mutex_);
  member* const self = mine();
  if (self == nullptr) {
    auto const notified = [&] { return at.notified; };
    if (!until)
      at.changed.wait(lock, notified);
    else if (!at.changed.wait_for(lock, *until - now_, notified))
      now_ = std::max(now_, *until);
  } else if (!at.notified) {
    self->now = member::stand::waiting;
    self->until = until;
    at.waiter = self;
    hand_on(lock, *self);
    at.waiter = nullptr;
  }
  at.notified = false;
}

// Any thread; one that is no member may wake the machine when nobody runs.
void sim_threads::world::notify(place& at) noexcept {
  locked const lock(mutex_);
  at.notified = true;
  at.changed.notify_all();
  if (at.waiter == nullptr || at.waiter->now != member::stand::waiting) return;
  make_able(*at.waiter);
  if (running_ != nullptr) return;
  running_ = choose(nullptr);
  running_->turn.give();
  woken_.notify_all();
}

sim_threads::world::member* sim_threads::world::start() {
  locked const lock(mutex_);
  return add_member();
}

void sim_threads::world::begin(member& self) noexcept {
  current_ = &self;
  self.turn.take();
}

void sim_threads::world::end(member& self) noexcept {
  locked lock(mutex_);
  self.now = member::stand::ended;
  for (auto const& each : members_)
    if (each->joins == &self) make_able(*each);
  running_ = choose(nullptr);
  let_run(std::move(lock));
}

void sim_threads::world::forget(member& never_begun) noexcept {
  locked const lock(mutex_);
  never_begun.now = member::stand::ended;
}

void sim_threads::world::join(member const& other) noexcept {
  locked lock(mutex_);
  member* const self = mine();
  if (self == nullptr || other.now == member::stand::ended) return;
  self->now = member::stand::waiting;
  self->joins = &other;
  hand_on(lock, *self);
}

// --- what the runtime sees

class sim_threads::sim_spot final : public spot {
 public:
  explicit sim_spot(world& of) noexcept : home_(of) {}
  void wait(std::optional<std::chrono::nanoseconds> at) override { home_.wait(place_, at); }
  void notify() noexcept override { home_.notify(place_); }

 private:
  world& home_;
  world::place place_;
};

class sim_threads::sim_thread final : public thread {
 public:
  sim_thread(world& of, std::function<void()> body) : home_(of), member_(of.start()) {
    try {
      thread_ = std::thread([this, run = std::move(body)] {
        home_.begin(*member_);
        run();
        home_.end(*member_);
      });
    } catch (...) {
      home_.forget(*member_);
      throw;
    }
  }
  ~sim_thread() override {
    home_.join(*member_);
    thread_.join();
  }

 private:
  world& home_;
  world::member* const member_;
  std::thread thread_;
};

sim_threads::sim_threads(std::uint64_t seed, std::optional<thread_order> order)
    : os_waits(pauses::yes), world_(std::make_unique<world>(seed, order)) {}
sim_threads::~sim_threads() = default;

std::chrono::nanoseconds sim_threads::now() const noexcept {
  return world_->look_at_clock();
}
std::chrono::nanoseconds sim_threads::let_pass(std::chrono::nanoseconds time) {
  return world_->let_pass(time);
}
std::unique_ptr<os_waits::spot> sim_threads::make_spot() {
  return std::make_unique<sim_spot>(*world_);
}
std::unique_ptr<os_waits::thread> sim_threads::start(std::function<void()> body) {
  return std::make_unique<sim_thread>(*world_, std::move(body));
}
std::uint64_t sim_threads::trace_hash() const noexcept {
  return world_->hash();
}
void sim_threads::do_pause() noexcept {
  world_->pause();
}

}  // namespace sluice::detail
