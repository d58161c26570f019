#include <sim/builder.hpp>
#include <sim/shapes.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::test::sim {

namespace {

class shapes : private builder {
 public:
  using builder::builder;

  program hoard() {
    made_.gpus = chance(50) ? 1 : 0;
    promise(limits::promise::all);
    for (std::size_t round = 2 + below(3); round > 0; --round) {
      for (std::size_t i = 4 + below(12); i > 0; --i) refs_.push_back(put(size()));
      shuffle();
      for (std::size_t i = below(refs_.size()); i > 0; --i) {
        step_of(doing::release, refs_.back());
        refs_.pop_back();
      }
      if (chance(50)) step_of(doing::get, refs_[below(refs_.size())]);
    }
    return look_at_all();
  }

  program rivals() {
    made_.workers = 1 + static_cast<unsigned>(below(3));
    made_.gpus = chance(40) ? 0 : 1;
    promise(limits::promise::oldest);
    std::uint32_t const about = 64 + 64 * static_cast<std::uint32_t>(below(40));
    bool const read = chance(50);
    for (std::size_t i = read ? 2 + below(4) : 0; i > 0; --i) refs_.push_back(put(about));
    for (std::size_t i = 2 + below(4); i > 0; --i) {
      task_plan made;
      made.name = next_name();
      made.values = kind::batch;
      made.plain = chance(30);
      if (made_.gpus == 1) made.where = chance(60) ? target::gpu0 : target::cpu;
      made.returns = made.plain || chance(50) ? mode::fixed : mode::dynamic;
      std::size_t const count = 1 + below(3);
      for (std::size_t k = 0; k < count; ++k)
        fill(made, chance(30) ? about / 4 : about + static_cast<std::uint32_t>(below(64)));
      if (made.returns == mode::fixed) made.count = count;
      if (read) read_one(made);
      for (std::size_t k = 0; k < count; ++k) refs_.push_back({made.name, k});
      if (made.returns == mode::dynamic) outers_.push_back(made.name);
      submit(std::move(made));
    }
    for (std::string const& each : outers_) step_of(doing::open, {each, 0});
    return look_at_all();
  }

  program takers() {
    made_.workers = 1 + static_cast<unsigned>(below(3));
    made_.gpus = chance(50) ? 1 : 0;
    task_plan source;
    source.name = next_name();
    source.returns = mode::stream;
    source.window_objects = 1 + below(2);
    bool const slices = chance(50);
    if (slices && made_.gpus == 1) source.where = target::gpu0;
    std::size_t const items = 3 + below(6);
    std::uint32_t const about = 16 + size();
    for (std::size_t k = 0; k < items; ++k) fill(source, slices ? about : size());
    std::string const name = source.name;
    submit(std::move(source));
    for (std::size_t i = 0; i < items; ++i) {
      step_of(doing::next, {name, 0});
      ref_name const item{name, i};
      ref_name const part = slices ? end_of(item, about, i) : item;
      submit(user_of(part));
      if (slices) step_of(doing::release, part);
      if (slices || chance(60)) step_of(doing::release, item);
    }
    step_of(doing::next, {name, 0});
    return look_at_all();
  }

  program guests() {
    made_.workers = 1 + static_cast<unsigned>(below(3));
    made_.gpus = 1;
    std::uint32_t const about = 16 + size();
    for (std::size_t i = 6 + below(10); i > 0; --i) {
      ref_name const item = put(about);
      task_plan made = user_of(item);
      made.where = target::gpu0;
      if (chance(40)) made.values = kind::number;
      if (chance(40)) {
        action& dropped = *made.actions.emplace(made.actions.begin());
        dropped.what = verb::scratch;
        dropped.n = about;
        dropped.k = 3;
      }
      std::string const name = made.name;
      submit(std::move(made));
      step_of(doing::release, item);
      if (chance(20)) step_of(doing::cancel, {name, 0});
    }
    return look_at_all();
  }

  program readers() {
    made_.workers = 1 + static_cast<unsigned>(below(3));
    made_.gpus = chance(60) ? 1 : 0;
    task_plan source;
    source.name = next_name();
    source.returns = mode::dynamic;
    if (made_.gpus == 1 && chance(60)) source.where = target::gpu0;
    std::size_t const items = 1 + below(8);
    for (std::size_t k = 0; k < items; ++k) fill(source, size());
    std::string const name = source.name;
    submit(std::move(source));
    for (std::size_t i = 2 + below(3); i > 0; --i) {
      task_plan made;
      made.name = next_name();
      made.inputs.push_back({form::growing, {name, 0}});
      made.returns = mode::dynamic;
      add_each(made);
      outers_.push_back(made.name);
      submit(std::move(made));
    }
    outers_.push_back(name);
    for (std::string const& each : outers_) open(each, items);
    return look_at_all();
  }

  program halves() {
    made_.workers = 1 + static_cast<unsigned>(below(3));
    made_.gpus = chance(30) ? 1 : 0;
    promise(limits::promise::oldest);
    std::uint32_t const about = 256 + 64 * static_cast<std::uint32_t>(below(24));
    std::vector<ref_name> pairs;
    for (std::size_t i = 2 + below(3); i > 0; --i) {
      task_plan made;
      made.name = next_name();
      made.values = kind::batch;
      made.returns = mode::fixed;
      made.count = 1 + below(2);
      for (std::size_t k = 0; k < made.count; ++k) {
        fill(made, about);
        pairs.push_back({made.name, k});
      }
      submit(std::move(made));
    }
    for (ref_name const& each : pairs) submit(user_of(each));
    refs_.insert(refs_.end(), pairs.begin(), pairs.end());
    return look_at_all();
  }

  program tiers() {
    made_.workers = 1 + static_cast<unsigned>(below(3));
    made_.gpus = 1;
    bool const functions = chance(40);
    promise(functions ? limits::promise::all : limits::promise::oldest);
    std::uint32_t const about = 256 + 64 * static_cast<std::uint32_t>(below(24));
    std::size_t const on_device = 2 + below(3);
    for (std::size_t i = 0; i < on_device + 4; ++i) {
      task_plan made;
      made.name = next_name();
      made.plain = functions || i >= on_device;
      made.where = i >= on_device && !functions ? target::cpu : target::gpu0;
      made.returns = mode::fixed;
      made.count = 2 + below(4);
      for (std::size_t k = 0; k < made.count; ++k) {
        fill(made, about);
        refs_.push_back({made.name, k});
      }
      submit(std::move(made));
    }
    return look_at_all();
  }

  program brim() {
    made_.workers = 1 + static_cast<unsigned>(below(2));
    made_.gpus = chance(50) ? 1 : 0;
    auto const brim = static_cast<std::uint32_t>(512 + below(4096));
    made_.memory.how = limits::given::bytes;
    made_.memory.device = brim;
    made_.memory.pinned = std::size_t{1} << 16;
    made_.memory.host = made_.gpus == 1 ? std::size_t{1} << 16 : brim;
    for (std::size_t i = 2 + below(4); i > 0; --i) {
      task_plan made;
      made.name = next_name();
      if (made_.gpus == 1) made.where = target::gpu0;
      made.returns = mode::fixed;
      made.count = 1 + below(2);
      for (std::size_t k = 0; k < made.count; ++k) {
        fill(made, brim + 256 - static_cast<std::uint32_t>(below(512)));
        refs_.push_back({made.name, k});
      }
      submit(std::move(made));
    }
    return look_at_all();
  }

  program late() {
    made_.workers = 2;
    made_.gpus = 1;
    auto const host = static_cast<std::uint32_t>(512 + 256 * below(8));
    made_.memory.how = limits::given::bytes;
    made_.memory.device = std::size_t{1} << 16;
    made_.memory.host = host;
    task_plan holder;
    holder.name = next_name();
    holder.returns = mode::fixed;
    holder.where = target::cpu;
    sleep(holder, milliseconds(100, 200), host);
    submit(std::move(holder));
    task_plan source;
    source.name = next_name();
    source.returns = mode::fixed;
    source.where = target::gpu0;
    source.count = 1 + below(3);
    for (std::size_t k = 0; k < source.count; ++k) {
      if (chance(70)) sleep(source, milliseconds(10, 60), 0);
      fill(source, static_cast<std::uint32_t>(1 + below(host)));
      refs_.push_back({source.name, k});
    }
    submit(std::move(source));
    step_of(doing::wait, refs_.back());
    made_.steps.back().k = milliseconds(10, 200);
    return look_at_all();
  }

  program tails() {
    made_.gpus = 1;
    task_plan source;
    source.name = next_name();
    source.where = target::gpu0;
    source.window_objects = 1 + below(2);
    std::size_t const items = 12 + below(20);
    for (std::size_t k = 0; k < items; ++k) {
      fill(source, 1 + small() % 64);
      action& last = source.actions.back();
      if (chance(60)) last.k = last.k / 8 * 8 + 5;
    }
    std::string const name = source.name;
    submit(std::move(source));
    for (std::size_t k = 0; k < items; ++k) {
      step_of(doing::next, {name, 0});
      step_of(doing::get, {name, k});
    }
    step_of(doing::next, {name, 0});
    return std::move(made_);
  }

  program pipeline() {
    made_.workers = 2 + static_cast<unsigned>(below(2));
    made_.gpus = chance(30) ? 1 : 0;
    promise(limits::promise::all);
    std::uint32_t const about = 512 + 64 * static_cast<std::uint32_t>(below(24));
    task_plan source;
    source.name = next_name();
    source.returns = mode::stream;
    source.window_objects = 8 + below(16);
    std::size_t const items = 10 + below(20);
    for (std::size_t k = 0; k < items; ++k) fill(source, about);
    submit(std::move(source));
    for (std::size_t stage = 1 + below(2); stage > 0; --stage) {
      task_plan made;
      made.name = next_name();
      made.inputs.push_back({form::stream, {made_.tasks.back().name, 0}});
      made.returns = stage > 1 ? mode::stream : mode::fixed;
      if (stage > 1) made.window_objects = 4 + below(8);
      made.count = stage > 1 ? 0 : items;
      add_each(made);
      submit(std::move(made));
    }
    for (std::size_t k = 0; k < items; ++k) refs_.push_back({made_.tasks.back().name, k});
    for (ref_name const& each : refs_) step_of(doing::get, each);
    return std::move(made_);
  }

 private:
  void promise(limits::promise what) {
    made_.memory.how = limits::given::fraction;
    made_.memory.thousandths = 10;
    made_.memory.promised = what;
  }
  std::uint32_t size() { return static_cast<std::uint32_t>(below(chance(15) ? 4097 : 257)); }
  void fill(task_plan& made, std::uint32_t bytes) {
    action& one = made.actions.emplace_back();
    one.n = bytes;
    one.k = small();
  }
  std::uint32_t milliseconds(std::size_t least, std::size_t most) {
    return static_cast<std::uint32_t>(1000 * (least + below(most - least)));
  }
  void sleep(task_plan& made, std::uint32_t microseconds, std::uint32_t bytes) {
    action& one = made.actions.emplace_back();
    one.what = verb::sleep;
    one.n = microseconds;
    one.k = bytes;
  }
  void add_each(task_plan& made) {
    action& one = made.actions.emplace_back();
    one.what = verb::each;
    one.how = op::add;
    one.k = small();
  }
  void open(std::string const& task, std::size_t items) {
    step_of(doing::open, {task, 0});
    for (std::size_t i = 0; i < items; ++i) refs_.push_back({task, i});
  }
  // An object that may be on its way to disk when the task begins.
  void read_one(task_plan& made) {
    std::vector<ref_name> puts = refs_;
    std::erase_if(puts, [](ref_name const& each) { return each.of.front() != 'p'; });
    made.inputs.push_back({form::value, puts[below(puts.size())]});
    for (action& each : made.actions) {
      if (chance(50)) continue;
      each.how = op::add;
      each.a = 0;
      each.n = 0;
    }
  }
  ref_name end_of(ref_name const& item, std::uint32_t size, std::size_t number) {
    ref_name const made{"s" + std::to_string(number), 0};
    step_of(doing::slice, made);
    step& cut = made_.steps.back();
    cut.from = item;
    cut.k = 1 + static_cast<std::uint32_t>(below(size));
    cut.n = size - cut.k;
    return made;
  }
  task_plan user_of(ref_name item) {
    task_plan made;
    made.name = next_name();
    made.inputs.push_back({form::value, std::move(item)});
    if (made_.gpus == 1 && chance(50)) made.where = target::gpu0;
    made.returns = mode::fixed;
    made.count = 1 + below(3);
    for (std::size_t k = 0; k < made.count; ++k) {
      action& one = made.actions.emplace_back();
      one.how = op::add;
      one.a = 0;
      one.k = small();
      refs_.push_back({made.name, k});
    }
    return made;
  }
  void shuffle() { std::shuffle(refs_.begin(), refs_.end(), random_); }
  program look_at_all() {
    shuffle();
    for (ref_name const& each : refs_) step_of(doing::get, each);
    return std::move(made_);
  }

  std::vector<ref_name> refs_;
  std::vector<std::string> outers_;
};

}  // namespace

program make_hoard(std::uint64_t seed) {
  return shapes(seed).hoard();
}
program make_rivals(std::uint64_t seed) {
  return shapes(seed).rivals();
}
program make_takers(std::uint64_t seed) {
  return shapes(seed).takers();
}
program make_readers(std::uint64_t seed) {
  return shapes(seed).readers();
}
program make_halves(std::uint64_t seed) {
  return shapes(seed).halves();
}
program make_tiers(std::uint64_t seed) {
  return shapes(seed).tiers();
}
program make_brim(std::uint64_t seed) {
  return shapes(seed).brim();
}
program make_late(std::uint64_t seed) {
  return shapes(seed).late();
}
program make_tails(std::uint64_t seed) {
  return shapes(seed).tails();
}
program make_guests(std::uint64_t seed) {
  return shapes(seed).guests();
}
program make_pipeline(std::uint64_t seed) {
  return shapes(seed).pipeline();
}

}  // namespace sluice::test::sim
