#include <sluice/kernels/split.hpp>

#include <algorithm>
#include <string>

#include <sluice/kernels/detail/split.kernel.hpp>

namespace sluice {

namespace {

constexpr std::size_t text_bytes_limit = std::size_t{1} << 30;

void check_split(std::string_view kernel, in<std::uint8_t> text, in<text_segment> segments,
                 split_rule const& rule, std::size_t plan_size) {
  if (text.size() >= text_bytes_limit || segments.size() >= text_bytes_limit)
    throw misuse(std::string(kernel) + ": a text of " + std::to_string(text.size()) + " bytes in " +
                 std::to_string(segments.size()) +
                 " segments; both must be below 2^30, make smaller chunks");
  if (rule.separator_bytes > separator_bytes_max)
    throw misuse(std::string(kernel) + ": make the rule with split_rule::by_separator");
  auto const needed = split_plan_size({text.size(), segments.size()});
  if (plan_size < needed)
    throw misuse(std::string(kernel) + ": the plan has " + std::to_string(plan_size) +
                 " elements and must have " + std::to_string(needed));
}

}  // namespace

split_rule split_rule::by_file() noexcept {
  return {};
}

split_rule split_rule::by_line() noexcept {
  split_rule rule;
  rule.mode = split_mode::line;
  return rule;
}

split_rule split_rule::by_separator(std::string_view separator) {
  if (separator.size() > separator_bytes_max)
    throw misuse("split: a separator of " + std::to_string(separator.size()) + " bytes; at most " +
                 std::to_string(separator_bytes_max) + " are possible");
  if (separator.find('\n') != separator.npos)
    throw misuse("split: a separator is one line, so it cannot have a line end in it");
  split_rule rule;
  rule.mode = split_mode::separator;
  rule.separator_bytes = static_cast<std::uint32_t>(separator.size());
  std::copy(separator.begin(), separator.end(), rule.separator);
  return rule;
}

split_rule split_rule::by_blank_lines() noexcept {
  split_rule rule;
  rule.mode = split_mode::blank;
  return rule;
}

std::size_t split_plan_size(text_extent const& extent) noexcept {
  return detail::split_plan_elements(extent);
}

std::size_t split_workspace_bytes(text_extent const& extent) noexcept {
  return detail::split_scratch_bytes(extent);
}

void split_count(launch to, in<std::uint8_t> text, in<text_segment> segments,
                 split_rule const& rule, bool at_start, out<std::uint32_t> plan,
                 out<std::uint32_t> count) {
  check_split("split_count", text, segments, rule, plan.size());
  detail::check_size(count.size(), {"split_count", "count", 1});
  detail::check_workspace(to, split_workspace_bytes({text.size(), segments.size()}), "split_count");
  to.run<detail::split_count_body>(text, segments, rule, at_start, plan, count);
}

void split_table(launch to, in<std::uint8_t> text, in<text_segment> segments,
                 split_rule const& rule, bool at_start, in<std::uint32_t> plan, out<piece> pieces) {
  check_split("split_table", text, segments, rule, plan.size());
  to.run<detail::split_table_body>(text, segments, rule, at_start, plan, pieces);
}

}  // namespace sluice
