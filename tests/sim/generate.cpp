#include <sim/builder.hpp>
#include <sim/generate.hpp>
#include <sim/shapes.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>

namespace sluice::test::sim {

namespace {

// What a seed may leave out.
enum class feature : std::size_t {
  streams,
  dynamics,
  fixed,
  plain,
  batches,
  numbers,
  gpus,
  two_gpus,
  missing_gpu,
  limits,
  narrow_windows,
  throws,
  wrong_counts,
  drops,
  cancels,
  slices,
  inner,
  sequences,
  shuffled,
  workers,
  large,
  many,
  copies,
  endless,
  scratch,
  same_names,
  waits,
  sleeps,
  count_
};

// A ref that the main program has, or will have.
struct known_ref {
  ref_name name;
  kind values = kind::bytes;
  std::size_t size = 0;  // about
};

struct known_sequence {
  std::string task;
  kind values = kind::bytes;
  std::size_t items = 0;  // about
  std::size_t size = 0;
  bool cancelled = false;
  bool endless = false;
};

class generator : private builder {
 public:
  explicit generator(std::uint64_t seed) : builder(seed) {
    for (bool& each : on_) each = chance(50);
  }

  program run() {
    choose_machine();
    std::size_t tasks = 1 + below(5);
    if (chance(15)) tasks = 1 + below(12);
    if (chance(2)) tasks = 1 + below(40);
    for (std::size_t i = 0; i < tasks; ++i) {
      if (refs_.empty() || chance(15)) put_something();
      if (has(feature::slices) && chance(25)) slice();
      add_task();
      while (chance(30)) look_at_something();
      if (has(feature::drops) && chance(30)) drop_something();
      if (has(feature::cancels) && chance(25)) cancel_something();
    }
    look_at_the_rest();
    return std::move(made_);
  }

 private:
  bool has(feature which) const { return on_[static_cast<std::size_t>(which)]; }

  std::uint32_t size() {
    if (chance(4)) return 0;
    if (has(feature::large) && chance(15)) return static_cast<std::uint32_t>(below(4097));
    return static_cast<std::uint32_t>(16 + below(241));
  }
  std::uint32_t microseconds() { return static_cast<std::uint32_t>(below(1 << (8 + below(11)))); }
  std::size_t chunks() {
    if (has(feature::many) && chance(20)) return below(65);
    return below(7);
  }

  void choose_machine() {
    made_.workers = has(feature::workers) ? 1 + static_cast<unsigned>(below(3)) : 1;
    made_.gpus = has(feature::gpus) ? 1 : 0;
    if (has(feature::gpus) && has(feature::two_gpus) && chance(50)) made_.gpus = 2;
    constexpr std::array<unsigned, 5> fractions{2000, 1000, 500, 400, 334};
    made_.neighbour = chance(6);
    if (!has(feature::limits) && chance(40)) return;
    made_.memory.how = limits::given::fraction;
    made_.memory.thousandths = fractions[below(fractions.size())];
    constexpr std::array<limits::promise, 4> promises{limits::promise::nothing,
                                                      limits::promise::oldest, limits::promise::all,
                                                      limits::promise::all};
    made_.memory.promised = promises[below(promises.size())];
    if (chance(70)) made_.memory.thousandths = fractions[2 + below(3)];
  }

  void put_something() {
    std::uint32_t const bytes = size();
    refs_.push_back({put(bytes), kind::bytes, bytes});
  }

  void slice() {
    known_ref const* const parent = pick_ref(kind::bytes);
    if (parent == nullptr || parent->size == 0) return;
    known_ref const whole = *parent;
    std::string const name = "s" + std::to_string(slices_++);
    step_of(doing::slice, {name, 0});
    step& made = made_.steps.back();
    made.from = whole.name;
    made.k = static_cast<std::uint32_t>(below(whole.size));
    made.n = static_cast<std::uint32_t>(below(whole.size - made.k + 1));
    if (chance(3)) made.n += 5000;  // outside: misuse
    refs_.push_back({{name, 0}, kind::bytes, made.n});
  }

  known_ref const* pick_ref(kind of) {
    std::vector<known_ref const*> fit;
    bool const slices = has(feature::slices) && chance(30);
    for (known_ref const& each : refs_)
      if (each.values == of && (!slices || each.name.of.front() == 's')) fit.push_back(&each);
    return fit.empty() ? nullptr : fit[below(fit.size())];
  }

  // --- tasks

  void add_task() {
    task_plan made;
    made.name = next_name();
    if (has(feature::same_names) && chance(40)) made.called = chance(80) ? "same" : "other";
    if (has(feature::batches) && chance(25)) made.values = kind::batch;
    if (has(feature::numbers) && chance(25)) made.values = kind::number;
    made.plain = has(feature::plain) && chance(30);
    choose_place(made);
    biggest_ = 0;
    items_ = 0;
    endless_ = false;
    choose_inputs(made);
    choose_actions(made);
    choose_returns(made);
    remember(made);
    submit(std::move(made));
  }

  void choose_place(task_plan& made) {
    if (made.plain && made.values == kind::number) {
      made.where = target::cpu;
    } else if (made_.gpus > 0) {
      constexpr std::array<target, 4> all{target::any, target::cpu, target::gpu0, target::gpu0};
      made.where = all[below(all.size())];
      if (made_.gpus > 1 && chance(40)) made.where = target::gpu1;
    } else if (chance(50)) {
      made.where = target::cpu;
    }
    if (has(feature::missing_gpu) && made.where != target::cpu && chance(6))
      made.where = made_.gpus == 0 ? target::gpu0 : target::gpu1;
  }

  void choose_inputs(task_plan& made) {
    bool const sequence = has(feature::sequences) && chance(60) && add_sequence(made);
    std::size_t const values = sequence ? below(2) : below(3);
    for (std::size_t i = 0; i < values; ++i) {
      bool const alone = i == 0 && values == 1 && !sequence;
      kind const of = alone && chance(40) ? (chance(50) ? kind::batch : kind::number) : kind::bytes;
      add_ref(made, form::value, of);
    }
    if (has(feature::inner) && chance(40))
      add_ref(made, form::inner,
              chance(60)   ? kind::bytes
              : chance(50) ? kind::batch
                           : kind::number);
  }

  void add_ref(task_plan& made, form how, kind of) {
    known_ref const* const found = pick_ref(of);
    if (found == nullptr) return;
    made.inputs.push_back({how, found->name});
    biggest_ = std::max(biggest_, found->size);
  }

  bool add_sequence(task_plan& made) {
    bool const streams = outers_.empty() || (!streams_.empty() && chance(60));
    std::vector<known_sequence>& all = streams ? streams_ : outers_;
    if (all.empty()) return false;
    std::size_t const at = below(all.size());
    known_sequence const from = all[at];
    if (streams && from.cancelled) return false;
    made.inputs.push_back({streams ? form::stream : form::growing, {from.task, 0}});
    items_ = from.items;
    endless_ = from.endless;
    biggest_ = from.size;
    if (streams) all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  // Inputs that an action may name.
  int operand(task_plan const& made) {
    std::vector<int> fit;
    for (std::size_t i = 0; i < made.inputs.size(); ++i)
      if (made.inputs[i].how == form::value || made.inputs[i].how == form::inner)
        fit.push_back(static_cast<int>(i));
    if (fit.empty() || (items_ > 0 && chance(40))) return the_item;
    return fit[below(fit.size())];
  }

  action computes(task_plan const& made, verb what) {
    action one;
    one.what = what;
    constexpr std::array<op, 10> all{op::fill,   op::count, op::mask, op::add, op::rotate,
                                     op::concat, op::slice, op::part, op::sum, op::mask};
    one.how = all[below(all.size())];
    if (has(feature::slices) && chance(15)) one.how = op::part;
    if (made.inputs.empty() && chance(90)) one.how = chance(70) ? op::fill : op::count;
    if (one.how == op::concat && biggest_ > 2048) one.how = op::rotate;
    if (what == verb::each && chance(80) && (one.how == op::fill || one.how == op::count))
      one.how = op::add;
    one.k = small();
    if (one.how == op::fill || one.how == op::count) {
      one.n = size();
      return one;
    }
    one.a = what == verb::each && chance(80) ? the_item : operand(made);
    if (one.how == op::concat) {
      one.b = operand(made);
      one.k = 0;
    } else if (one.how == op::slice || one.how == op::part) {
      one.k = static_cast<std::uint32_t>(below(chance(60) ? 64 : biggest_ + 1));
      one.n = size();
    }
    return one;
  }

  void choose_actions(task_plan& made) {
    bool const takes = !made.inputs.empty() && is_sequence(made.inputs.front().how);
    std::size_t const count = chunks();
    bool const fails = has(feature::throws) && chance(35);
    std::size_t const fails_at = below(count + 1);
    yields_ = 0;
    for (std::size_t i = 0; i <= count; ++i) {
      if (fails && i == fails_at) made.actions.emplace_back().what = verb::fail;
      if (takes && chance(20)) made.actions.emplace_back().what = verb::next;
      if (has(feature::scratch) && chance(20)) add_scratch(made);
      if (has(feature::sleeps) && chance(15)) add_sleep(made);
      if (i == count) break;
      made.actions.push_back(computes(made, verb::yield));
      ++yields_;
    }
    if (takes && !endless_ && chance(70)) {
      auto const at =
          made.actions.begin() + static_cast<std::ptrdiff_t>(below(made.actions.size() + 1));
      made.actions.insert(at, computes(made, verb::each));
      yields_ += items_;
    }
  }

  void add_sleep(task_plan& made) {
    action& one = made.actions.emplace_back();
    one.what = verb::sleep;
    one.n = microseconds();
    one.k = size();
  }

  void add_scratch(task_plan& made) {
    action& one = made.actions.emplace_back();
    one.what = verb::scratch;
    one.n = size();
    one.k = small();
  }

  void choose_returns(task_plan& made) {
    std::vector<mode> modes;
    if (!made.plain && has(feature::streams)) modes.insert(modes.end(), 3, mode::stream);
    if (!made.plain && has(feature::dynamics)) modes.insert(modes.end(), 2, mode::dynamic);
    if (has(feature::fixed) || modes.empty()) modes.insert(modes.end(), 2, mode::fixed);
    if (has(feature::fixed)) modes.push_back(mode::single);
    if (!made.plain && has(feature::fixed) && chance(60)) modes.push_back(mode::none);
    made.returns = modes[below(modes.size())];
    bool const can_be_single = !made.actions.empty() && made.actions.front().what == verb::yield;
    if (made.plain && made.returns == mode::single && !can_be_single) made.returns = mode::fixed;
    made.count = made.returns == mode::fixed ? yields_ : 0;
    if (made.returns == mode::fixed && has(feature::wrong_counts) && chance(30))
      made.count = below(yields_ + 3);
    if (made.returns != mode::stream) return;
    made.window_objects = 1 + below(has(feature::narrow_windows) ? 3 : 8);
    if (has(feature::narrow_windows) && chance(40)) {
      made.window_bytes = 1 + below(1000);
      if (chance(70)) made.window_objects = 8;
    }
    bool const yields = std::ranges::any_of(
        made.actions, [](action const& each) { return each.what == verb::yield; });
    bool const takes = !made.inputs.empty() && is_sequence(made.inputs.front().how);
    if (!has(feature::endless) || !yields || takes || chance(40)) return;
    made.actions.emplace_back().what = verb::again;
    yields_ = 1 + below(8);  // that anybody will take
    if (chance(85)) return;
    made.window_objects = 200;
    made.window_bytes = task_plan().window_bytes;
    yields_ = 100 + below(60);
  }

  void remember(task_plan const& made) {
    std::size_t const size = std::max<std::size_t>(biggest_, 64);
    std::size_t const values = made.returns == mode::single ? 1 : made.count;
    if (made.returns == mode::stream) {
      streams_.push_back({made.name, made.values, yields_, size, false, made.is_endless()});
    } else if (made.returns == mode::dynamic) {
      outers_.push_back({made.name, made.values, yields_, size});
    } else if (made.returns == mode::none) {
      nones_.push_back({made.name, 0});
    } else {
      for (std::size_t i = 0; i < values; ++i) refs_.push_back({{made.name, i}, made.values, size});
    }
  }

  // --- the main program

  void look_at(ref_name const& ref) {
    if (has(feature::waits) && chance(30)) {
      step_of(doing::wait, ref);
      if (chance(70)) made_.steps.back().k = microseconds();
    }
    bool const copies = has(feature::copies) && chance(30);
    step_of(copies ? doing::copy : doing::get, ref);
    if (chance(10)) step_of(doing::get, ref);
  }

  void take_next(known_sequence& from) {
    step_of(doing::next, {from.task, 0});
    refs_.push_back({{from.task, taken_[from.task]++}, from.values, from.size});
    if (from.items > 0) --from.items;
  }

  void open_all(known_sequence const& from) {
    step_of(doing::open, {from.task, 0});
    if (has(feature::throws) || has(feature::cancels)) step_of(doing::yielded, {from.task, 0});
    for (std::size_t i = 0; i < std::min<std::size_t>(from.items, 64); ++i)
      refs_.push_back({{from.task, i}, from.values, from.size});
  }

  void look_at_something() {
    // Beside a stream without an end it would be told late: first the window gives way (C14).
    if (chance(5) && !has(feature::endless))
      step_of(doing::knot, {"k" + std::to_string(knots_++), 0});
    switch (below(4)) {
      case 0:
        if (!streams_.empty()) take_next(streams_[below(streams_.size())]);
        return;
      case 1:
        if (!outers_.empty() && chance(50)) open_all(outers_[below(outers_.size())]);
        return;
      default:
        if (!refs_.empty()) look_at(refs_[below(refs_.size())].name);
    }
  }

  void drop_something() {
    if (!streams_.empty() && chance(40)) {
      std::size_t const at = below(streams_.size());
      step_of(doing::drop, {streams_[at].task, 0});
      streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (!outers_.empty() && chance(40)) {
      std::size_t const at = below(outers_.size());
      step_of(doing::drop, {outers_[at].task, 0});
      outers_.erase(outers_.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (!refs_.empty()) {
      std::size_t const at = below(refs_.size());
      step_of(doing::release, refs_[at].name);
      refs_.erase(refs_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  void cancel_something() {
    std::size_t const at = below(made_.tasks.size());
    std::string const name = made_.tasks[at].name;
    step_of(doing::cancel, {name, 0});
    for (known_sequence& each : streams_) each.cancelled = true;  // it may be below the cancelled
  }

  void look_at_the_rest() {
    std::vector<known_sequence> const left = streams_;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (chance(15)) continue;  // dropped at the end, untaken
      std::size_t const items = left[i].items + 1;
      for (std::size_t k = 0; k < items; ++k) take_next(streams_[i]);
    }
    for (known_sequence const& each : outers_)
      if (chance(85)) open_all(each);
    for (ref_name const& each : nones_) look_at(each);
    std::vector<ref_name> rest;
    for (known_ref const& each : refs_)
      if (chance(85)) rest.push_back(each.name);
    if (has(feature::shuffled)) std::shuffle(rest.begin(), rest.end(), random_);
    for (ref_name const& each : rest) {
      look_at(each);
      if (has(feature::drops) && chance(30)) step_of(doing::release, each);
    }
  }

  std::array<bool, static_cast<std::size_t>(feature::count_)> on_{};
  std::vector<known_ref> refs_;
  std::vector<known_sequence> streams_;
  std::vector<known_sequence> outers_;
  std::vector<ref_name> nones_;
  std::map<std::string, std::size_t> taken_;
  std::size_t slices_ = 0;
  std::size_t knots_ = 0;
  // Of the task that is being made.
  std::size_t biggest_ = 0;
  std::size_t items_ = 0;
  bool endless_ = false;  // what it takes from
  std::size_t yields_ = 0;
};

}  // namespace

program generate(std::uint64_t seed) {
  // Programs of one shape, of sixty; all others are drawn from features.
  constexpr std::array<std::pair<unsigned, program (*)(std::uint64_t)>, 11> shapes{
      {{2, make_hoard},
       {3, make_rivals},
       {2, make_takers},
       {3, make_pipeline},
       {5, make_tiers},
       {2, make_readers},
       {2, make_halves},
       {1, make_brim},
       {1, make_late},
       {2, make_tails},
       {3, make_guests}}};
  std::uint64_t drawn = std::mt19937_64(seed ^ 0x7368617065ULL)() % 60;
  for (auto const& [of_sixty, make] : shapes) {
    if (drawn < of_sixty) return make(seed);
    drawn -= of_sixty;
  }
  return generator(seed).run();
}

}  // namespace sluice::test::sim
