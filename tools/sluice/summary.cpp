#include <sluice/tools/summary.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sluice/tools/files.hpp>
#include <sluice/tools/sizes.hpp>

namespace sluice::tool {

namespace {

double seconds_of(task_figures const& stage) {
  return std::chrono::duration<double>(stage.busy).count();
}

double rate(std::uint64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<double>(bytes) / 1e6 / seconds : 0;
}

// None where the time of the host says nothing about the work.
std::optional<double> stage_rate(task_figures const& stage, chunk_report const& report) {
  if (stage.where.which() == place::kind::gpu) return std::nullopt;
  return rate(report.counts.text_bytes, seconds_of(stage));
}

// The last stage yields once for the whole input; it takes every chunk all the same.
std::uint64_t chunks_of(task_figures const& stage, chunk_report const& report) {
  return stage.task == "write" ? report.chunks : stage.values;
}

// Some stages have bodies for the host only.
std::string reason_of(task_figures const& stage) {
  bool const host_only = stage.task == "read" || stage.task == "dedup" || stage.task == "write";
  return host_only ? "where files and the list of documents are" : stage.reason;
}

using out = std::back_insert_iterator<std::string>;

// Where a document is a sequence the number of both is the same.
void add_sequences(out to, shard_writer const& result) {
  if (result.layout().pack == pack_mode::none) return;
  sequence_counts const& of = result.counts();
  fmt::format_to(to, "sequences {} of {} tokens", grouped(of.sequences),
                 grouped(result.layout().seq_len));
  if (of.dropped_tokens != 0)
    fmt::format_to(to, "; {} tokens dropped at the end", grouped(of.dropped_tokens));
  if (of.padded_tokens != 0)
    fmt::format_to(to, "; {} tokens added at the end", grouped(of.padded_tokens));
  fmt::format_to(to, "\n");
}

void add_stages(out to, chunk_report const& report) {
  fmt::format_to(to, "\n{:<9} {:<8} {:>8} {:>9} {:>9}\n", "stage", "place", "chunks", "host s",
                 "MB/s");
  std::vector<std::pair<std::string, std::string>> reasons;  // why, and for which stages
  for (task_figures const& stage : report.stages) {
    auto const speed = stage_rate(stage, report);
    fmt::format_to(to, "{:<9} {:<8} {:>8} {:>9.3f} {:>9}\n", stage.task, name_of(stage.where),
                   chunks_of(stage, report), seconds_of(stage),
                   speed ? fmt::format("{:.1f}", *speed) : "-");
    auto const why = name_of(stage.where) + ", " + reason_of(stage);
    auto const known = std::ranges::find(reasons, why, &std::pair<std::string, std::string>::first);
    if (known == reasons.end())
      reasons.emplace_back(why, stage.task);
    else
      known->second += ", " + stage.task;
  }
  for (auto const& [why, stages] : reasons) fmt::format_to(to, "{}: on {}\n", stages, why);
}

void add_pools(out to, chunk_report const& report) {
  fmt::format_to(to, "\n{:<9} {:>10} {:>10}\n", "memory", "peak", "limit");
  for (pool_report const& each : report.pools) {
    bool const is_disk = each.pool.which() == tier::disk;
    fmt::format_to(to, "{:<9} {:>10} {:>10}\n", name_of(each.pool),
                   rounded_size(each.figures.peak_bytes),
                   is_disk ? "-" : rounded_size(each.figures.limit_bytes));
  }
  fmt::format_to(to, "spilled to disk: {}; read back: {}\n", rounded_size(report.spilled_bytes),
                 rounded_size(report.restored_bytes));
}

double seconds_since(std::chrono::steady_clock::time_point begin,
                     std::chrono::steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

summary::summary(chunk_report const& report, memory_plan const& plan, shard_writer const& result,
                 std::chrono::steady_clock::time_point begin)
    : report_(report),
      plan_(plan),
      result_(result),
      seconds_(seconds_since(begin, std::chrono::steady_clock::now())) {
  if (report.first_chunk) first_chunk_seconds_ = seconds_since(begin, *report.first_chunk);
}

std::string summary::as_text() const {
  document_counts const& of = report_.counts;
  std::string text;
  auto const to = std::back_inserter(text);
  fmt::format_to(to, "documents {}: kept {}, duplicate {}, invalid {}, empty {}\n",
                 grouped(of.documents), grouped(of.kept), grouped(of.duplicate),
                 grouped(of.invalid), grouped(of.empty));
  fmt::format_to(to, "tokens    {} in {}\n", grouped(report_.tokens), shown(result_.token_path()));
  add_sequences(to, result_);
  fmt::format_to(to, "time      {:.3f} s for {:.1f} MB of text: {:.1f} MB/s", seconds_,
                 static_cast<double>(of.text_bytes) / 1e6, rate(of.text_bytes, seconds_));
  if (first_chunk_seconds_)
    fmt::format_to(to, "; first chunk after {:.3f} s", *first_chunk_seconds_);
  text += '\n';
  add_stages(to, report_);
  add_pools(to, report_);
  return text;
}

std::string summary::as_json() const {
  using json = nlohmann::ordered_json;
  document_counts const& of = report_.counts;
  json all;
  all["documents"] = {{"in", of.documents},
                      {"kept", of.kept},
                      {"duplicate", of.duplicate},
                      {"invalid", of.invalid},
                      {"empty", of.empty}};
  all["tokens"] = report_.tokens;
  sequence_counts const& packed = result_.counts();
  all["sequences"] = packed.sequences;
  all["dropped_tokens"] = packed.dropped_tokens;
  all["padded_tokens"] = packed.padded_tokens;
  all["text_bytes"] = of.text_bytes;
  all["chunks"] = report_.chunks;
  all["chunk_bytes"] = plan_.chunk_bytes;
  all["seconds"] = seconds_;
  all["mb_per_second"] = rate(of.text_bytes, seconds_);
  all["first_chunk_seconds"] = first_chunk_seconds_ ? json(*first_chunk_seconds_) : json(nullptr);
  all["stages"] = json::array();
  for (task_figures const& stage : report_.stages) {
    auto const speed = stage_rate(stage, report_);
    all["stages"].push_back({{"stage", stage.task},
                             {"place", name_of(stage.where)},
                             {"why", reason_of(stage)},
                             {"chunks", chunks_of(stage, report_)},
                             {"host_seconds", seconds_of(stage)},
                             {"mb_per_second", speed ? json(*speed) : json(nullptr)}});
  }
  all["memory"] = json::array();
  for (pool_report const& each : report_.pools)
    all["memory"].push_back({{"tier", name_of(each.pool)},
                             {"peak_bytes", each.figures.peak_bytes},
                             {"limit_bytes", each.figures.limit_bytes}});
  all["spilled_bytes"] = report_.spilled_bytes;
  all["restored_bytes"] = report_.restored_bytes;
  all["output"] = result_.token_path();
  return all.dump(2, ' ', true, json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::tool
