// A random program that orders all its accesses, over the streams and arrays of a checked device.
//
//   Owner    the device outlives the program, and the program its copies: finish() waits.
//   Threads  one.
//   Streams  each array has four cells. Work on some of them is behind the last write of each, and
//            writing behind their readers, too: through an event, by the host, or as it happens to
//            be already. Arrays are given back and handed out in between, in the order of streams.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <support/checked_device.hpp>

namespace sluice::test {

class ordered_program {
 public:
  ordered_program(checked_device& at, std::uint64_t seed) : at_(at), random_(seed) {
    pinned_ = at.device->allocate_pinned(at.memory.bytes());
    pageable_.resize(at.memory.count);
  }

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < 8; ++i) at_.memory.fill(at_.on(0), i, 1);
    for (std::size_t i = 0; i < 8; ++i)
      for (cell& each : arrays_[i]) each.written = at_.ref(0).record();
    for (std::size_t i = 0; i < steps; ++i) step();
    finish();
  }

 private:
  struct cell {
    event written;
    std::vector<event> reads;
  };
  struct part {
    std::size_t array = 0;
    std::size_t first = 0;
    std::size_t count = 1;
  };
  static constexpr std::size_t cells = 4;

  std::size_t below(std::size_t end) { return random_() % end; }
  std::size_t cell_bytes() const { return at_.memory.bytes() / cells; }
  address begin(part const& of) const { return at_.memory.at(of.array) + of.first * cell_bytes(); }
  template <template <class> class View>
  View<std::uint32_t> view(part const& of) const {
    return view_maker::make<View<std::uint32_t>>(begin(of), of.count * cell_bytes() / 4);
  }

  part any(std::size_t other_than = 8) {
    part chosen;
    do chosen.array = below(8);
    while (chosen.array == other_than);
    chosen.first = below(cells);
    chosen.count = 1 + below(cells - chosen.first);
    return chosen;
  }

  void behind(std::size_t stream, event const& what, wait_reason reason) {
    switch (below(8)) {
      case 0:
        return what.sync();
      case 1:
        if (what.is_done()) return;
        break;
      default:
        break;
    }
    at_.ref(stream).wait(what, reason);
  }
  void before_reading(std::size_t stream, part const& of) {
    for (std::size_t i = 0; i < of.count; ++i)
      behind(stream, arrays_[of.array][of.first + i].written, wait_reason::input_written);
  }
  void before_writing(std::size_t stream, part const& of) {
    before_reading(stream, of);
    for (std::size_t i = 0; i < of.count; ++i)
      for (event const& each : arrays_[of.array][of.first + i].reads)
        behind(stream, each, wait_reason::memory_reused);
  }
  void after(std::size_t stream, part const* read, part const* written) {
    event const done = at_.ref(stream).record();
    if (read != nullptr)
      for (std::size_t i = 0; i < read->count; ++i)
        arrays_[read->array][read->first + i].reads.push_back(done);
    if (written == nullptr) return;
    for (std::size_t i = 0; i < written->count; ++i) {
      cell& each = arrays_[written->array][written->first + i];
      each.written = done;
      each.reads.clear();
    }
  }

  void step() {
    std::size_t const stream = below(4);
    switch (below(7)) {
      case 0:
        return fill(stream);
      case 1:
      case 2:
        return add(stream);
      case 3:
        return move(stream);
      case 4:
        return copy_up(stream, below(2) == 0 ? pinned_ : pageable_.data());
      case 5:
        return copy_down(stream, below(2) == 0 ? pinned_ : pageable_.data());
      default:
        return change_hands(stream);
    }
  }

  void fill(std::size_t stream) {
    part const to = any();
    before_writing(stream, to);
    launch(at_.ref(stream)).run<fill_body>(view<out>(to), 7u);
    after(stream, nullptr, &to);
  }
  void add(std::size_t stream) {
    part const from = any();
    part to = any(from.array);
    to.first = from.first;
    to.count = from.count;
    before_reading(stream, from);
    before_writing(stream, to);
    launch(at_.ref(stream)).run<add_body>(view<in>(from), view<out>(to), 1u);
    after(stream, &from, &to);
  }
  void move(std::size_t stream) {
    part const from = any();
    part to = any(from.array);
    to.first = below(cells - from.count + 1);
    to.count = from.count;
    before_reading(stream, from);
    before_writing(stream, to);
    at_.ref(stream).copy(begin(to), begin(from), from.count * cell_bytes(),
                         copy_direction::device_to_device);
    after(stream, &from, &to);
  }
  // The host owns these buffers between the copies, so it waits for the last one.
  void copy_up(std::size_t stream, void* source) {
    part const to = any();
    last_of_host_.sync();
    at_.device->note_host_access(address::of(source), to.count * cell_bytes(), true, "fills");
    before_writing(stream, to);
    at_.ref(stream).copy(begin(to), address::of(source), to.count * cell_bytes(),
                         copy_direction::host_to_device);
    after(stream, nullptr, &to);
    last_of_host_ = at_.ref(stream).record();
  }
  void copy_down(std::size_t stream, void* target) {
    part const from = any();
    last_of_host_.sync();
    before_reading(stream, from);
    at_.ref(stream).copy(address::of(target), begin(from), from.count * cell_bytes(),
                         copy_direction::device_to_host);
    after(stream, &from, nullptr);
    last_of_host_ = at_.ref(stream).record();
    if (below(2) == 0) return;
    while (!last_of_host_.is_done()) {
    }
    at_.device->note_host_access(address::of(target), from.count * cell_bytes(), false, "looks");
  }
  void change_hands(std::size_t stream) {
    part whole;
    whole.array = below(8);
    whole.count = cells;
    at_.take_back(whole.array);
    before_writing(stream, whole);
    at_.hand_out(whole.array, stream);
    launch(at_.ref(stream)).run<fill_body>(view<out>(whole), 9u);
    after(stream, nullptr, &whole);
  }

  void finish() {
    for (std::size_t i = 0; i < 4; ++i) at_.ref(i).sync();
    at_.device->free_pinned(pinned_);
  }

  checked_device& at_;
  std::mt19937_64 random_;
  std::array<std::array<cell, cells>, 8> arrays_;
  event last_of_host_;
  void* pinned_ = nullptr;
  std::vector<std::uint32_t> pageable_;
};

}  // namespace sluice::test
