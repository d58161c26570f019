#include <sim/compare.hpp>
#include <sim/execute.hpp>
#include <sim/leave_out.hpp>
#include <sim/machine_of.hpp>
#include <sim/oracle.hpp>

#include <memory>
#include <numeric>
#include <sstream>

namespace sluice::test::sim {

namespace {

// What a run saw that it must not; empty when all is well.
std::string trouble_of(program const& all, std::shared_ptr<hazard_log> const& log) {
  execution const made = execute(all, machine_of(all, nullptr, log), nullptr);
  if (difference const found = compare(all, predict(all), made.seen)) return found.text;
  return made.left_behind;
}

std::string words_of_end(child_end const& end) {
  if (end.status == hazard_exit_code) return "a hazard";
  return end.signal != 0 ? "signal " + std::to_string(end.signal)
                         : "exit status " + std::to_string(end.status);
}

}  // namespace

std::uint64_t edge_counts::all_waits() const {
  return std::accumulate(waits.begin(), waits.end(), std::uint64_t{0});
}

edge_counts edges_of(program const& all, unsigned limit_s) {
  child_end const end = in_child(
      [&] {
        auto const log = std::make_shared<hazard_log>();
        std::string const trouble = trouble_of(all, log);
        std::ostringstream out;
        for (std::size_t i = 0; i < wait_reason_count; ++i)
          out << log->waits(static_cast<wait_reason>(i)) << ' ';
        out << log->records() << ' ' << trouble;
        return out.str();
      },
      limit_s);
  edge_counts made;
  if (!end.ended_well()) made.failed = words_of_end(end);
  std::istringstream in(end.text);
  for (std::uint64_t& each : made.waits) in >> each;
  in >> made.records >> std::ws;
  if (made.failed.empty()) std::getline(in, made.failed);
  return made;
}

finding leave_out(program const& all, edge which, std::uint64_t number, unsigned limit_s,
                  child_stderr reports) {
  child_end const end = in_child(
      [&] {
        hazard_options options;
        (which == edge::wait ? options.skip_wait_number : options.skip_record_number) = number;
        auto const log = std::make_shared<hazard_log>(options);
        std::string const trouble = trouble_of(all, log);
        skipped_edge const skipped = log->skipped();
        std::ostringstream out;
        out << skipped.number << ' ' << static_cast<unsigned>(skipped.reason) << ' '
            << skipped.is_redundant() << ' ' << trouble;
        return out.str();
      },
      limit_s, reports);
  finding made;
  if (!end.ended_well()) {
    made.how = end.status == hazard_exit_code ? left_out::reported : left_out::unnoticed;
    made.words = words_of_end(end);
    return made;
  }
  std::istringstream in(end.text);
  std::uint64_t reached = 0;
  unsigned reason = 0;
  bool redundant = false;
  in >> reached >> reason >> redundant >> std::ws;
  std::getline(in, made.words);
  made.at = static_cast<wait_reason>(reason);
  made.how = !made.words.empty() ? left_out::unnoticed
             : reached == 0      ? left_out::not_reached
             : redundant         ? left_out::redundant
                                 : left_out::unused;
  return made;
}

}  // namespace sluice::test::sim
