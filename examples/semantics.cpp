// The rules of docs/semantics.md at work: the page quotes the parts between the marks, and this
// program checks that each rule holds. Exit status 0: all of them did.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sluice/kernels/iota.hpp>
#include <sluice/runtime/runtime.hpp>

using namespace sluice;

namespace {

int broken = 0;

void holds(bool rule, char const* text) {
  if (rule) return;
  std::fprintf(stderr, "does not hold: %s\n", text);
  ++broken;
}

// [returns]
generator<int> squares(context, int count) {
  for (int i = 0; i < count; ++i) co_yield i* i;
}

void ways_of_returning(runtime& rt) {
  auto const task = sluice::task("squares", squares);
  auto const [zero, one, four] = rt.submit(task.num_returns<3>(), 3);  // three refs, now
  auto const several = rt.submit(task.num_returns(5), 5);              // a vector of five
  auto const all = rt.submit(task.num_returns(sluice::dynamic), 7);    // one ref to all there are
  auto stream = rt.submit(task, 9);                                    // a stream: the default

  holds(*rt.get(four) == 4 && *rt.get(several[4]) == 16, "a fixed number of refs");
  int sum = 0;
  for (auto const& ref : rt.get(all)) sum += *rt.get(ref);  // after the body's end
  holds(sum == 0 + 1 + 4 + 9 + 16 + 25 + 36, "as many as the body made");
  while (std::optional<object_ref<int>> const ref = stream.next()) sum += *rt.get(*ref);
  holds(sum == 91 + 204, "a stream, each ref as it is made");
}
// [returns]

// [early]
generator<int> add_up(context here, object_ref_generator<int> numbers) {
  int sum = 0;
  while (auto const ref = co_await numbers.next()) {
    auto const number = co_await here.get(*ref);
    sum += *number;
  }
  co_yield sum;
}

void consumers_start_at_the_first_value(runtime& rt) {
  auto const add = sluice::task("add up", add_up).num_returns<1>();
  auto const task = sluice::task("squares", squares);
  auto const of_stream = rt.submit(add, rt.submit(task, 9));  // the handle moves into the task
  auto const growing = rt.submit(task.num_returns(sluice::dynamic), 7);
  auto const of_growing = rt.submit(add, growing);  // starts at the first yield, too
  holds(*rt.get(of_stream) == 204 && *rt.get(of_growing) == 91, "both met all values");
}
// [early]

// [prefix]
generator<int> fails_at(context, int last) {
  for (int i = 0; i < last; ++i) co_yield i;
  throw std::runtime_error("no more");
}

void values_before_an_error_stay(runtime& rt) {
  std::vector<int> values;
  std::string failed;
  std::optional<std::size_t> index;
  for (auto const& ref : rt.submit(sluice::task("fails", fails_at), 3)) try {
      values.push_back(*rt.get(ref));
    } catch (task_error const& error) {
      failed = error.task();  // in its place: behind the values, before the end
      index = error.index();
    }
  holds(values == std::vector{0, 1, 2}, "three values");
  holds(failed == "fails" && index == 3, "one error, with its task and the index it took");
}
// [prefix]

// [count]
void a_wrong_count_is_an_error(runtime& rt) {
  auto const task = sluice::task("squares", squares);
  auto const too_few = rt.submit(task.num_returns(3), 2);
  auto const too_many = rt.submit(task.num_returns(3), 4);
  holds(*rt.get(too_few[1]) == 1 && *rt.get(too_many[1]) == 1, "what was yielded is there");
  for (auto const& last : {too_few[2], too_many[2]}) try {
      rt.get(last);
      holds(false, "a wrong count");
    } catch (wrong_return_count const& wrong) {
      holds(wrong.expected() == 3 && wrong.got() != 3, "both numbers are told");
    }
}
// [count]

// [root]
int half(value<int> of) {
  return *of / 2;
}

void dependents_throw_their_roots_error(runtime& rt) {
  auto const root = rt.submit(sluice::task("root", +[](int) -> int { throw 1; }), 0);
  auto const dependent = rt.submit(sluice::task("half", half), root);
  try {
    rt.get(dependent);
    holds(false, "the dependent does not run");
  } catch (task_error const& error) {
    holds(error.task() == "root", "the error names the task that failed first");
  }
}
// [root]

// [drop]
generator<int> without_end(context) {
  for (int i = 0;; ++i) co_yield i;
}

void dropping_a_stream_stops_its_producer(runtime& rt) {
  object_ref<int> kept;
  {
    auto stream = rt.submit(sluice::task("endless", without_end));
    if (std::optional<object_ref<int>> const first = stream.next()) kept = *first;
  }  // the body's frame is destroyed soon; what was not taken is freed
  holds(*rt.get(kept) == 0, "a ref that was taken stays");
}
// [drop]

// [cancel]
void what_was_not_yielded_is_cancelled(runtime& rt) {
  auto stream = rt.submit(sluice::task("endless", without_end));
  std::optional<object_ref<int>> const first = stream.next();
  rt.cancel(stream);
  bool was_cancelled = false;
  for (auto const& ref : stream) try {
      rt.get(ref);
    } catch (cancelled const&) {
      was_cancelled = true;  // the last item; then the stream ends
    }
  holds(was_cancelled && *rt.get(*first) == 0, "cancelled, and its first value is there");
}
// [cancel]

// [window]
void a_window_holds_the_producer_back(runtime& rt) {
  auto const task = sluice::task("endless", without_end);
  auto stream = rt.submit(task.ahead(window(2, 1 << 20)));  // two live objects, 1 MiB
  std::vector<object_ref<int>> kept;
  while (kept.size() < 100) {
    std::optional<object_ref<int>> const next = stream.next();
    kept.push_back(*next);  // all of them are alive: somebody waits, so the next one comes
  }
  holds(*rt.get(kept[99]) == 99, "keeping every ref is no deadlock");
}
// [window]

// [places]
generator<chunk> ramp(context here, std::uint32_t count) {
  auto numbers = co_await here.make<std::uint32_t>(count);
  iota(here, numbers.view(), 0);
  co_yield std::move(numbers).seal();
}

void the_same_at_every_place() {
  std::vector<sim_options> device(1);
  runtime rt(machine::with_simulated_devices(device), runtime_options());
  auto const task = sluice::task("ramp", ramp).num_returns<1>();
  auto const there = rt.submit(task.on(gpu(0)), 1000U);
  auto const here = rt.submit(task.on(cpu), 1000U);
  auto const a = rt.read<std::uint32_t>(there);
  auto const b = rt.read<std::uint32_t>(here);
  holds(std::ranges::equal(a.span(), b.span()), "the same bytes");
  try {
    (void)rt.submit(task.on(gpu(1)), 1000U);
    holds(false, "a device that is not there");
  } catch (device_unavailable const&) {  // thrown by submit; nothing was created
  }
}
// [places]

// [bytes]
void values_in_and_out(runtime& rt) {
  std::array<std::uint32_t, 4> const numbers{1, 2, 3, 4};
  object_ref<chunk> const object = rt.put(std::span(numbers));  // copied
  object_ref<chunk> const part = rt.slice(object, 4, 8);        // shared
  std::array<std::uint32_t, 2> middle{};
  rt.get_into(part, std::as_writable_bytes(std::span(middle)));
  holds(middle[0] == 2 && middle[1] == 3, "the bytes of a slice");
  auto const all = rt.read<std::uint32_t>(object);  // a reading keeps them where they are
  holds(std::accumulate(all.span().begin(), all.span().end(), 0U) == 10, "a reading");
}
// [bytes]

}  // namespace

int main() {
  runtime rt;
  ways_of_returning(rt);
  consumers_start_at_the_first_value(rt);
  values_before_an_error_stay(rt);
  a_wrong_count_is_an_error(rt);
  dependents_throw_their_roots_error(rt);
  dropping_a_stream_stops_its_producer(rt);
  what_was_not_yielded_is_cancelled(rt);
  a_window_holds_the_producer_back(rt);
  the_same_at_every_place();
  values_in_and_out(rt);
  return broken == 0 ? 0 : 1;
}
