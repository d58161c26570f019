#include <sluice/tools/path_list.hpp>

#include <algorithm>

#include <sluice/cuda/error.hpp>

namespace sluice::tool {

namespace {

constexpr std::size_t block_bytes = 32 * 1024;

void add_number(std::string& to, std::size_t number) {
  for (; number >= 0x80; number >>= 7) to.push_back(static_cast<char>(number | 0x80));
  to.push_back(static_cast<char>(number));
}

std::size_t read_number(std::string const& from, std::size_t& offset) {
  std::size_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    auto const byte = static_cast<unsigned char>(from[offset++]);
    number |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

}  // namespace

void path_list::add(std::string_view path) {
  // A block that a copy shares is full: the copy's end stays where it is.
  if (blocks_.empty() || blocks_.back()->text.size() >= block_bytes ||
      blocks_.back().use_count() > 1) {
    blocks_.push_back(std::make_shared<block>(size_));
    last_.clear();
  }
  auto& text = blocks_.back()->text;
  auto const shared =
      static_cast<std::size_t>(std::ranges::mismatch(last_, path).in1 - last_.begin());
  add_number(text, shared);
  add_number(text, path.size() - shared);
  text.append(path.substr(shared));
  last_ = path;
  ++size_;
}

std::string path_list::at(std::size_t position) const {
  if (position >= size_) throw misuse("path_list: at() beyond the end");
  auto const behind =
      std::ranges::upper_bound(blocks_, position, {}, [](auto const& each) { return each->first; });
  auto const found = static_cast<std::size_t>(behind - blocks_.begin()) - 1;
  iterator path(*this, found);
  for (std::size_t i = blocks_[found]->first; i < position; ++i) ++path;
  return *path;
}

void path_list::iterator::read() {
  if (block_ < list_->blocks_.size() && offset_ == list_->blocks_[block_]->text.size()) {
    ++block_;
    offset_ = 0;
  }
  if (block_ == list_->blocks_.size()) {
    list_ = nullptr;
    return;
  }
  auto const& text = list_->blocks_[block_]->text;
  path_.resize(read_number(text, offset_));
  auto const more = read_number(text, offset_);
  path_.append(text, offset_, more);
  offset_ += more;
}

}  // namespace sluice::tool
