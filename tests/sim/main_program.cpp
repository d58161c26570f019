#include <sim/algebra.hpp>
#include <sim/bodies.hpp>
#include <sim/knot.hpp>
#include <sim/main_program.hpp>

#include <exception>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace sluice::test::sim {

namespace {

// A look at the clock takes a simulated machine a microsecond, and others may look before it is
// this thread's turn; bodies sleep for longer.
constexpr std::chrono::milliseconds overdue{20};

observation seen_as(sight what) {
  observation made;
  made.what = what;
  return made;
}

// What a body threw: nothing to add when the program says so.
std::string cause_of(task_error const& met) {
  try {
    std::rethrow_if_nested(met);
  } catch (told_to_fail const&) {
    return "task_error";
  } catch (std::bad_alloc const&) {
    return "bad_alloc";
  } catch (int) {  // as the program says, too
    return "task_error";
  } catch (...) {
  }
  return "task_error of another cause";
}

// Alone, in what a pool can give: units of 256 bytes.
bool fits(std::size_t asked, std::size_t limit) {
  return asked <= limit / 256 * 256;
}

observation seen_error(error const& met) {
  observation made = seen_as(sight::failed);
  made.error.kind = name_of(met.kind());
  made.message = met.what();
  made.error.task = met.task();
  made.error.index = met.index();
  if (auto const* const wrong = dynamic_cast<wrong_return_count const*>(&met)) {
    made.error.expected = wrong->expected();
    made.error.got = wrong->got();
  }
  // C15: what never fits is told at once, for what it is.
  if (auto const* const full = dynamic_cast<out_of_memory const*>(&met))
    if (!fits(full->asked_bytes(), full->limit_bytes())) made.error.kind += " for what never fits";
  if (auto const* const large = dynamic_cast<object_too_large const*>(&met))
    if (fits(large->asked_bytes(), large->limit_bytes())) made.error.kind += " of what fits";
  if (auto const* const thrown = dynamic_cast<task_error const*>(&met))
    made.error.kind = cause_of(*thrown);
  return made;
}

}  // namespace

main_program::~main_program() {
  for (auto& [name, each] : tasks_) drop(each);
}

any_ref const* main_program::held(ref_name const& ref) const {
  auto const of = refs_.find(ref.of);
  if (of == refs_.end()) return nullptr;
  auto const found = of->second.find(ref.index);
  return found == of->second.end() ? nullptr : &found->second;
}

main_program::started_task* main_program::submitted(std::string const& name) {
  auto const found = tasks_.find(name);
  return found == tasks_.end() ? nullptr : &found->second;
}

observation main_program::take(step const& now) {
  try {
    return try_step(now);
  } catch (error const& met) {
    return seen_error(met);
  } catch (std::exception const& met) {
    observation made = seen_as(sight::failed);
    made.error.kind = "no error of Sluice";
    made.message = met.what();
    return made;
  }
}

observation main_program::try_step(step const& now) {
  started_task* const task = submitted(now.of.of);
  switch (now.what) {
    case doing::put:
      return put(now);
    case doing::slice:
      return slice(now);
    case doing::submit:
      return submit(*all_.find(now.of.of));
    case doing::get:
      return get(held(now.of), false);
    case doing::copy:
      return get(held(now.of), true);
    case doing::wait:
      return wait(held(now.of), std::chrono::microseconds(now.k));
    case doing::next:
      return task == nullptr ? seen_as(sight::absent) : next(*task);
    case doing::open:
      return task == nullptr ? seen_as(sight::absent) : open(*task, false);
    case doing::yielded:
      return task == nullptr ? seen_as(sight::absent) : open(*task, true);
    case doing::release:
      if (held(now.of) != nullptr) refs_[now.of.of].erase(now.of.index);
      return seen_as(sight::nothing);
    case doing::drop:
      if (task != nullptr) drop(*task);
      // C12: nobody can take what it would yield, though what it yielded is still held.
      if (task != nullptr && task->work->plan->is_endless() && all_.ends_by_itself() &&
          !ended(task->work->frames, rt_))
        throw misuse(now.of.of + " runs on, and for nobody");
      return seen_as(sight::nothing);
    case doing::cancel:
      if (task != nullptr) cancel(*task);
      return seen_as(sight::nothing);
    case doing::knot:
      return tie();
  }
  return seen_as(sight::absent);
}

observation main_program::put(step const& now) {
  blob const made = filled(now.n, now.k);
  refs_[now.of.of][0] = rt_.put(std::span<std::uint8_t const>(made));
  return seen_as(sight::nothing);
}

observation main_program::slice(step const& now) {
  any_ref const* const from = held(now.from);
  auto const* const parent = from == nullptr ? nullptr : std::get_if<object_ref<chunk>>(from);
  if (parent == nullptr) return seen_as(sight::absent);
  refs_[now.of.of][0] = rt_.slice(*parent, now.k, now.n);
  return seen_as(sight::nothing);
}

observation main_program::submit(task_plan const& plan) {
  if (submitted(plan.name) != nullptr) return seen_as(sight::absent);
  auto work = std::make_unique<job>(plan, counts_);
  inputs_given given;
  started_task* source = nullptr;
  for (input const& each : plan.inputs) {
    any_ref& inner = given.inner.emplace_back();
    if (each.how == form::value || each.how == form::inner) {
      any_ref const* const ref = held(each.from);
      if (ref == nullptr) return seen_as(sight::absent);
      if (each.how == form::inner)
        inner = *ref;
      else
        given.values.push_back(*ref);
      continue;
    }
    source = submitted(each.from.of);
    bool const streams = each.how == form::stream;
    if (source == nullptr || (streams ? source->stream.index() : source->outer.index()) == 0)
      return seen_as(sight::absent);
    if (streams) work->source = source->work;
    if (streams)
      given.stream = &source->stream;
    else
      given.growing = &source->outer;
  }
  job& running = *jobs_.emplace_back(std::move(work));
  bool const moves = given.stream != nullptr;
  if (moves) source->work->held = false;  // until a body has it
  returned made;
  switch (plan.values) {
    case kind::bytes:
      made = submit_task<chunk>(rt_, running, std::move(given));
      break;
    case kind::batch:
      made = submit_task<batch>(rt_, running, std::move(given));
      break;
    case kind::number:
      made = submit_task<std::uint64_t>(rt_, running, std::move(given));
  }
  running.submitted = true;
  if (moves) source->stream = any_stream();
  for (std::size_t i = 0; i < made.refs.size(); ++i) refs_[plan.name][i] = std::move(made.refs[i]);
  started_task& begun = tasks_[plan.name];
  begun.work = &running;
  begun.stream = std::move(made.stream);
  begun.outer = std::move(made.outer);
  return seen_as(sight::nothing);
}

observation main_program::tie() {
  object_ref<int> const never = rt_.submit(task("knot", knot).num_returns<1>().on(cpu));
  observation made = seen_as(sight::value);
  made.number = static_cast<std::uint64_t>(*rt_.get(never));
  return made;
}

blob main_program::read(chunk const& from) {
  auto const open = rt_.read<std::uint8_t>(from);
  return {open.span().begin(), open.span().end()};
}

observation main_program::get(any_ref const* ref, bool copies) {
  if (ref == nullptr) return seen_as(sight::absent);
  observation made = seen_as(sight::value);
  if (auto const* const one = std::get_if<object_ref<chunk>>(ref)) {
    blob found;
    {
      auto const open = rt_.read<std::uint8_t>(*one);
      found.assign(open.span().begin(), open.span().end());
    }
    if (copies) {
      found.assign(found.size(), 0);
      rt_.get_into(*one, std::as_writable_bytes(std::span(found)));
    }
    made.parts.push_back(std::move(found));
  } else if (auto const* const both = std::get_if<object_ref<batch>>(ref)) {
    auto const held_batch = rt_.get(*both);
    for (chunk const& part : held_batch->chunks())
      if (part) made.parts.push_back(read(part));
  } else if (auto const* const number = std::get_if<object_ref<std::uint64_t>>(ref)) {
    made.number = *rt_.get(*number);
  } else {
    rt_.get(std::get<object_ref<void>>(*ref));
  }
  return made;
}

observation main_program::wait(any_ref const* ref, std::chrono::microseconds at_most) {
  if (ref == nullptr) return seen_as(sight::absent);
  auto const get = [&](auto const& one) {
    if constexpr (!std::is_same_v<std::decay_t<decltype(one)>, std::monostate>)
      rt_.get(one, at_most);
  };
  os_waits& clock = rt_.world().waits();
  auto const began = clock.now();
  try {
    std::visit(get, *ref);
  } catch (timed_out const&) {
  }
  auto const took = clock.now() - began;
  if (took > at_most + overdue && !all_.has_faults() && !clock.runs_beside())
    throw misuse("a wait of at most " + std::to_string(at_most.count()) + " us took " +
                 std::to_string(took.count() / 1000));
  return seen_as(sight::nothing);
}

observation main_program::next(started_task& from) {
  std::string const& name = from.work->plan->name;
  return std::visit(
      [&](auto& handle) {
        if constexpr (std::is_same_v<std::decay_t<decltype(handle)>, std::monostate>) {
          return seen_as(sight::absent);
        } else {
          using element = typename std::decay_t<decltype(handle)>::value_type;
          ++from.work->taken;
          std::optional<object_ref<element>> const ref = handle.next();
          if (!ref) return seen_as(sight::end);
          refs_[name][from.taken++] = *ref;
          return seen_as(sight::item);
        }
      },
      from.stream);
}

// `failed_too`: what was yielded before an error, of one that was opened before.
observation main_program::open(started_task& from, bool failed_too) {
  std::string const& name = from.work->plan->name;
  return std::visit(
      [&](auto& outer) {
        if constexpr (std::is_same_v<std::decay_t<decltype(outer)>, std::monostate>) {
          return seen_as(sight::absent);
        } else {
          if (failed_too && !from.opened) return seen_as(sight::absent);
          using sequence = typename std::decay_t<decltype(outer)>::value_type;
          from.opened = true;
          std::size_t count = 0;
          if (failed_too) {
            for (auto const& ref : rt_.yielded(outer)) refs_[name][count++] = ref;
          } else {
            auto& cursor = std::get<sequence>(cursors_);
            cursor = rt_.get(outer);  // over the last one, which is at its end
            using element = typename sequence::value_type;
            while (std::optional<object_ref<element>> const ref = cursor.next()) {
              refs_[name][count++] = *ref;
              sequence other(std::move(cursor));  // wherever it is, it goes on there
              cursor = std::move(other);
            }
            if (all_.seed % 2 == 0) cursor = sequence();  // else its values stay
          }
          observation made = seen_as(sight::count);
          made.number = count;
          return made;
        }
      },
      from.outer);
}

void main_program::end_tasks() {
  for (auto& [name, each] : tasks_) {
    cancel(each);
    drop(each);
  }
  cursors_ = {};
}

void main_program::drop(started_task& of) {
  bool const streams = of.stream.index() != 0;
  if (streams) of.work->held = false;
  of.stream = any_stream();
  of.outer = any_outer();
  if (streams) of.work->stopped = true;
}

void main_program::cancel(started_task& of) {
  auto const by = [&](auto const& handle) {
    using type = std::decay_t<decltype(handle)>;
    if constexpr (!std::is_same_v<type, std::monostate>) {
      rt_.cancel(handle);
      of.work->stopped = true;
    }
  };
  std::visit(by, of.stream);
  std::visit(by, of.outer);
  auto const refs = refs_.find(of.work->plan->name);
  mode const returns = of.work->plan->returns;
  bool const counted = returns != mode::stream && returns != mode::dynamic;
  if (!counted || refs == refs_.end() || refs->second.empty()) return;
  // One that is there is not cancelled, and the body may go on behind it: told by the last.
  auto const& [index, last] = *refs->second.rbegin();
  bool const stopped = of.work->stopped;
  std::visit(by, last);
  if (index + 1 < of.work->plan->count) of.work->stopped = stopped;
}

}  // namespace sluice::test::sim
