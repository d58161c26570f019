#include <sluice/tools/seen_texts.hpp>

#include <algorithm>
#include <limits>

namespace sluice::tool {

void seen_texts::forget(std::uint32_t number) {
  chunks_[number].bytes = {};
  chunks_[number].pieces = {};
  std::erase_if(open_, [&](opened const& each) { return each.number == number; });
}

void seen_texts::make_room(std::uint32_t kept) {
  if (open_.size() < open_max_) return;
  auto const oldest = std::ranges::min_element(open_, {}, [&](opened const& each) {
    return each.number == kept ? std::numeric_limits<std::uint64_t>::max() : each.last_use;
  });
  open_.erase(oldest);
}

void seen_texts::open(std::uint32_t number, reading<std::uint8_t> bytes, reading<piece> pieces) {
  open_.emplace_back(number, std::move(bytes), std::move(pieces));
}

seen_texts::view seen_texts::use(std::uint32_t number) noexcept {
  auto* const found = const_cast<opened*>(find(number));
  found->last_use = ++uses_;
  return found->at;
}

seen_texts::opened const* seen_texts::find(std::uint32_t number) const noexcept {
  auto const found = std::ranges::find(open_, number, &opened::number);
  return found == open_.end() ? nullptr : &*found;
}

}  // namespace sluice::tool
