// A program for the runtime as plain data: tasks, what the main program does with them, and what
// it sees. Shared by those who run it and by the oracle, so nothing of Sluice is in here.
//
//   Units    bytes; a limit's fraction in thousandths of a measured peak.
//   Owner    values.
//
// Names: a task's refs are `t0.0`, `t0.1`, ...; `t0` alone is its handle or outer ref. What put and
// slice make are `p0.0` and `s0.0`. A step that uses a ref which is not there sees `absent`.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::test::sim {

using blob = std::vector<std::uint8_t>;

enum class kind : std::uint8_t { bytes, batch, number };  // what a task's values are
enum class mode : std::uint8_t { none, single, fixed, dynamic, stream };
enum class target : std::uint8_t { any, cpu, gpu0, gpu1 };
enum class form : std::uint8_t { value, inner, stream, growing };  // how an input is given
// A batch of such a size has no second chunk.
inline bool is_of_one_part(std::size_t size) {
  return size % 2 == 1;
}
inline bool is_sequence(form how) {
  return how == form::stream || how == form::growing;
}
enum class verb : std::uint8_t { yield, each, next, fail, again, scratch, sleep };
enum class going_wrong : std::uint8_t { nothing, safety, liveness };  // until when: the end, a step
enum class op : std::uint8_t { fill, count, mask, add, rotate, concat, slice, part, sum };
enum class doing : std::uint8_t {
  put,    // `n` bytes that begin with `k`, as `of`
  slice,  // `n` bytes from `k` of `from`, as `of`
  submit,
  get,      // a ref's value
  copy,     // the same, with get_into
  wait,     // for a ref's value, `k` microseconds at most
  next,     // of a stream; its ref is kept
  open,     // get of an outer ref; all its refs are kept
  yielded,  // the refs that a dynamic task yielded before it failed; they are kept
  release,  // drops a ref
  drop,     // drops a handle or an outer ref
  cancel,
  knot,  // submits a task that waits for another one that waits for it, and gets its value
};

struct ref_name {
  std::string of;
  std::size_t index = 0;
  friend bool operator==(ref_name const&, ref_name const&) = default;
};

struct input {
  form how = form::value;
  ref_name from;
  friend bool operator==(input const&, input const&) = default;
};

inline constexpr int the_item = -1;  // an operand: what `next` or `each` took last

// One thing a body does. `yield` makes a value by `how`, and of some `k` a generator gives work
// behind it that goes into no value; `each` does so for every item left;
// `again` starts over, so that the stream has no end, and is stopped when nobody can take from it.
// `scratch` makes `n` bytes that it drops, of an odd `k` written before; of every other odd one it
// makes as many again, and assigns those over the first. `sleep` keeps its thread, and
// `k` bytes, for `n` microseconds of a simulated machine's time; a real one's is too dear.
struct action {
  verb what = verb::yield;
  op how = op::fill;
  int a = the_item;  // operands: an input's number, or the_item
  int b = the_item;
  std::uint32_t k = 0;
  std::uint32_t n = 0;
  bool goes_on() const { return k % 8 == 5; }
  friend bool operator==(action const&, action const&) = default;
};

struct task_plan {
  std::string name;
  std::string called;  // as the runtime knows it: several may be called the same
  kind values = kind::bytes;
  mode returns = mode::stream;
  std::size_t count = 0;           // of mode::fixed
  std::size_t window_objects = 8;  // of mode::stream
  std::size_t window_bytes = 1 << 20;
  bool plain = false;  // a function, not a coroutine
  target where = target::any;
  std::vector<input> inputs;
  std::vector<action> actions;
  std::string const& runs_as() const { return called.empty() ? name : called; }
  bool is_endless() const { return !actions.empty() && actions.back().what == verb::again; }
  friend bool operator==(task_plan const&, task_plan const&) = default;
};

struct step {
  doing what = doing::get;
  ref_name of;    // what it is about
  ref_name from;  // of slice
  std::uint32_t k = 0;
  std::uint32_t n = 0;
  friend bool operator==(step const&, step const&) = default;
};

struct limits {
  enum class given : std::uint8_t { ample, fraction, bytes };
  // Of a fraction: not below what the oracle finds to be enough for the oldest task, or for all.
  enum class promise : std::uint8_t { nothing, oldest, all };
  given how = given::ample;
  unsigned thousandths = 0;
  promise promised = promise::nothing;
  std::size_t device = 0;
  std::size_t pinned = 0;
  std::size_t host = 0;
  friend bool operator==(limits const&, limits const&) = default;
};

struct program {
  std::uint64_t seed = 1;
  unsigned workers = 1;
  unsigned gpus = 0;
  bool neighbour = false;  // the main program uses another runtime, too
  limits memory;
  // Faults of devices, memory and disk, drawn from the seed. Under liveness they stop before a
  // drawn step, and when all steps are taken, all are taken once more.
  going_wrong faults = going_wrong::nothing;
  std::vector<task_plan> tasks;
  std::vector<step> steps;
  friend bool operator==(program const&, program const&) = default;

  bool has_faults() const { return faults != going_wrong::nothing; }
  task_plan const* find(std::string const& task) const;
  // Half of the programs; of the others what still runs at their end is cancelled. With little
  // memory a body may wait for some until the main program waits, too (C15).
  bool ends_by_itself() const {
    return seed % 2 == 0 && memory.how != limits::given::bytes && !has_faults();
  }
  // An endless stream has more items than anybody may take.
  std::size_t takes_max() const;
};

// --- what a step sees

struct failure {
  std::string kind;
  std::string task;
  std::optional<std::size_t> index;
  std::size_t expected = 0;  // of a wrong count
  std::size_t got = 0;
  friend bool operator==(failure const&, failure const&) = default;
};

enum class sight : std::uint8_t { nothing, absent, value, count, item, end, failed };

struct observation {
  sight what = sight::nothing;
  std::vector<blob> parts;   // of a value: two for most batches, none for a number or completion
  std::uint64_t number = 0;  // of a number or a count
  failure error;
  std::string message;  // of an error, for who reads it; never compared
  friend bool operator==(observation const& a, observation const& b) {
    return a.what == b.what && a.parts == b.parts && a.number == b.number && a.error == b.error;
  }
};

std::string text_of(failure const& error);
std::string text_of(observation const& seen);
std::string text_of(step const& taken);

// --- the text format: parse(print(p)) == p

std::string print(program const& all);
// Throws std::runtime_error("line 7: ...").
program parse(std::string const& text);
// Why these tasks cannot be run; empty when they can.
std::string fault_of(program const& all);

}  // namespace sluice::test::sim
