// Paths in their order, each stored as what differs from the one before: the files of a large
// corpus take some 20 bytes each instead of 150.
//
//   Units    paths are bytes; positions count from 0.
//   Owner    its blocks of text; copies share them.
//   Threads  any may read.
//   Errors   at() beyond the end is misuse.
//   Source   front coding, as in Witten, Moffat, Bell: Managing Gigabytes, 1999, section 4.1
//
// A path is: how many bytes it shares with the one before, how many follow, these. Both numbers
// have seven bits to a byte, the lowest first. The first path of a block shares none.

#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tool {

class path_list {
 public:
  class iterator;

  path_list() = default;
  path_list(std::vector<std::string> const& paths) {
    for (auto const& path : paths) add(path);
  }

  void add(std::string_view path);
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string at(std::size_t position) const;  // reads through a block: not for loops

  iterator begin() const;
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  struct block {
    explicit block(std::size_t position) : first(position) {}

    std::size_t first;  // the position of its first path
    std::string text;
  };

  std::vector<std::shared_ptr<block>> blocks_;
  std::string last_;
  std::size_t size_ = 0;
};

// Reads a list from its begin. The list outlives it and does not grow meanwhile.
class path_list::iterator {
 public:
  using value_type = std::string;
  using difference_type = std::ptrdiff_t;

  iterator() = default;
  explicit iterator(path_list const& list, std::size_t block = 0) : list_(&list), block_(block) {
    read();
  }

  std::string const& operator*() const noexcept { return path_; }
  std::string const* operator->() const noexcept { return &path_; }
  iterator& operator++() {
    read();
    return *this;
  }
  void operator++(int) { read(); }
  bool operator==(std::default_sentinel_t) const noexcept { return list_ == nullptr; }

 private:
  void read();

  path_list const* list_ = nullptr;  // null: at the end
  std::size_t block_ = 0;
  std::size_t offset_ = 0;  // of the path behind this one
  std::string path_;
};

inline path_list::iterator path_list::begin() const {
  return iterator(*this);
}

}  // namespace sluice::tool
