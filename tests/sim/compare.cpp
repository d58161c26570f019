#include <sim/compare.hpp>
#include <sim/words.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace sluice::test::sim {

namespace {

bool is_of_memory(failure const& error) {
  return error.kind == "out_of_memory" || error.kind == "object_too_large" ||
         error.kind == "deadlock_detected";
}

// What may come instead of what comes when nothing is open.
bool may_be(step const& taken, expectation const& must, std::set<std::string> const& safe,
            observation const& saw) {
  if (is_of_memory(saw.error) && safe.contains(saw.error.task)) return false;
  if (must.anything || saw == must.seen) return true;
  bool const open = !must.cancelled.empty() || must.short_of_memory || must.faults;
  if (saw.what == sight::failed) {
    failure const& error = saw.error;
    if (std::find(must.instead.begin(), must.instead.end(), error) != must.instead.end())
      return true;
    if (must.seen.what == sight::absent && open &&
        must.where_none_is.contains({error.kind, error.task}))
      return true;
    if (error.kind == "cancelled") return must.cancelled.count(error.task) != 0;
    return (must.short_of_memory && is_of_memory(error)) || (must.faults && is_of_fault(error));
  }
  if (!open) return false;
  if (saw.what == sight::absent) return true;  // what it needs was not there, so it was not made
  // An error in the place of an item: there is one item more, or fewer, and fewer refs to ask.
  if (must.seen.what == sight::item || must.seen.what == sight::end)
    return saw.what == sight::item || saw.what == sight::end;
  if (must.seen.what == sight::count)  // C5: of what ended well all is there
    return taken.what == doing::yielded && saw.what == sight::count &&
           saw.number <= must.seen.number;
  return must.seen.what == sight::absent;
}

std::string text_of(expectation const& must) {
  std::string text = text_of(must.seen);
  for (failure const& each : must.instead)
    if (!(each == must.seen.error)) text += ", or " + text_of(each);
  for (std::string const& each : must.cancelled) text += ", or cancelled of " + each;
  if (must.short_of_memory) text += ", or an error of memory";
  if (must.faults) text += ", or what a fault leads to";
  return text;
}

std::string place_of(program const& all, std::size_t i) {
  return "step " + std::to_string(i) + " (" + text_of(all.steps[i]) + ")";
}

std::string sort_of(observation const& seen) {
  return seen.what == sight::failed ? seen.error.kind : std::string(word(seen.what));
}

difference differs(program const& all, std::size_t i, std::string const& must,
                   observation const& saw, std::string const& rule) {
  return {rule, place_of(all, i) + ": must see " + must + "; saw " + text_of(saw)};
}

bool asks(step const& taken) {
  return taken.what == doing::get || taken.what == doing::copy;
}

bool is_passing(failure const& error) {
  return is_of_memory(error) || is_of_fault(error);
}

std::size_t named(program const& all, std::string const& task) {
  return static_cast<std::size_t>(std::ranges::count(all.tasks, task, &task_plan::runs_as));
}

// C9: every get of a ref sees the same. C12: a cancel has one outcome, so all who meet it meet the
// same index, and no value of that task is behind it.
class memory_of_refs {
 public:
  difference meet(program const& all, std::size_t i, observation const& saw) {
    step const& now = all.steps[i];
    if (now.what == doing::release) known_.erase({now.of.of, now.of.index});
    if (!asks(now) || saw.what == sight::absent) return {};
    auto const [known, fresh] = known_.try_emplace({now.of.of, now.of.index}, saw);
    // Bytes may meet an error on their way to the main program; the ref has none.
    bool const passing = is_passing(saw.error) || is_passing(known->second.error);
    if (!fresh && !passing && !(known->second == saw))
      return differs(all, i, "what it saw before, " + text_of(known->second), saw, "changed");
    if (saw.error.kind == "cancelled") {
      auto& met = cancelled_[saw.error.task];
      met.insert(saw.error.index);
      if (met.size() > named(all, saw.error.task))
        return differs(all, i, "one cancel of each " + saw.error.task, saw, "two cancels");
    }
    return {};
  }
  difference values_behind(program const& all, std::vector<observation> const& saw) const {
    for (std::size_t i = 0; i < saw.size(); ++i) {
      if (!asks(all.steps[i]) || saw[i].what != sight::value) continue;
      task_plan const* const plan = all.find(all.steps[i].of.of);
      if (plan == nullptr || plan->plain) continue;  // errors of a function stand at index 0
      auto const met = cancelled_.find(plan->runs_as());
      if (met == cancelled_.end() || met->second.size() < named(all, plan->runs_as())) continue;
      std::optional<std::size_t> const last = *met->second.rbegin();
      if (last && all.steps[i].of.index >= *last)
        return differs(all, i, "no value behind the cancel", saw[i], "behind a cancel");
    }
    return {};
  }

 private:
  std::map<std::pair<std::string, std::size_t>, observation> known_;
  std::map<std::string, std::set<std::optional<std::size_t>>>
      cancelled_;  // by name, at which index
};

// C5: a stream ends behind its last value, or behind an error; or one of its values has the error
// (C3). Told when all of them were looked at.
class ends_of_streams {
 public:
  void meet(step const& now, expectation const& must, observation const& saw, std::size_t at) {
    bool const value = asks(now) && saw.what == sight::value;
    if (value) values_[now.of.of].insert(now.of.index);
    if (now.what != doing::next) return;
    if (saw.what == sight::item) ++items_[now.of.of];
    if (saw.what == sight::end && must.seen.what == sight::item && !must.anything)
      early_.try_emplace(now.of.of, at);
  }
  difference without_error(program const& all, prediction const& must,
                           std::vector<observation> const& saw) const {
    for (auto const& [stream, at] : early_) {
      auto const values = values_.find(stream);
      auto const items = items_.find(stream);
      if ((values == values_.end() ? 0 : values->second.size()) !=
          (items == items_.end() ? 0 : items->second))
        continue;
      return differs(all, at, text_of(must.steps[at]), saw[at], "ended without an error");
    }
    return {};
  }

 private:
  std::map<std::string, std::set<std::size_t>> values_;
  std::map<std::string, std::size_t> items_;
  std::map<std::string, std::size_t> early_;  // at which step
};

}  // namespace

bool is_of_fault(failure const& error) {
  constexpr std::array<std::string_view, 7> kinds{"device_error", "device_lost", "device_timeout",
                                                  "io_error",     "corruption",  "out_of_disk",
                                                  "bad_alloc"};
  return std::ranges::find(kinds, error.kind) != kinds.end();
}

difference compare(program const& all, prediction const& must,
                   std::vector<observation> const& saw) {
  memory_of_refs refs;
  ends_of_streams ends;
  for (std::size_t i = 0; i < all.steps.size(); ++i) {
    expectation const& expected = must.steps[i];
    // It took longer, or there is a value, which is not looked at.
    if (all.steps[i].what == doing::wait && saw[i].what == sight::nothing) continue;
    if (!may_be(all.steps[i], expected, must.safe, saw[i]))
      return differs(all, i, text_of(expected), saw[i],
                     sort_of(expected.seen) + ": " + sort_of(saw[i]));
    if (difference changed = refs.meet(all, i, saw[i])) return changed;
    ends.meet(all.steps[i], expected, saw[i], i);
  }
  if (difference behind = refs.values_behind(all, saw)) return behind;
  return ends.without_error(all, must, saw);
}

}  // namespace sluice::test::sim
