#include <sim/algebra.hpp>
#include <sim/outcome.hpp>

#include <algorithm>
#include <utility>

namespace sluice::test::sim {

std::size_t rounded(std::size_t size) {
  constexpr std::size_t unit = 256;
  return std::max<std::size_t>((size + unit - 1) / unit, 1) * unit;
}

outcome value_of(kind what, blob made) {
  outcome one;
  one.seen.what = sight::value;
  if (what == kind::number) {
    one.seen.number = total(made);
    return one;
  }
  bool const both = what == kind::batch && !is_of_one_part(made.size());
  one.stored = (both ? 2 : 1) * rounded(made.size());
  if (both) one.seen.parts.push_back(rotated(made, 1));
  one.seen.parts.insert(one.seen.parts.begin(), std::move(made));
  return one;
}

outcome failed_with(std::vector<failure> errors) {
  outcome one;
  one.seen.what = sight::failed;
  one.errors = std::move(errors);
  return one;
}

failure error_of(std::string kind, std::string const& task, std::optional<std::size_t> index) {
  failure made;
  made.kind = std::move(kind);
  made.task = task;
  made.index = index;
  return made;
}

failure wrong_count(std::string const& task, std::size_t expected, std::size_t got) {
  failure made = error_of("wrong_return_count", task, std::min(expected, got));
  made.expected = expected;
  made.got = got;
  return made;
}

}  // namespace sluice::test::sim
