#include <sluice/cuda/hazards.hpp>

#include <sluice/cuda/detail/hazard_state.hpp>
#include <sluice/cuda/detail/json_text.hpp>

namespace sluice {

namespace {

using detail::json_quoted;

std::string place_of(hazard_side const& side) {
  if (side.device < 0) return {};
  return " on stream " + std::to_string(side.stream) + " of device " + std::to_string(side.device);
}

std::string bytes_text(std::size_t offset, std::size_t bytes) {
  return bytes == 0 ? "no bytes"
                    : "bytes " + std::to_string(offset) + ".." + std::to_string(offset + bytes - 1);
}

std::string side_text(hazard_side const& side) {
  std::string text = side.work;
  if (!side.user.empty()) text += " of " + side.user;
  text += place_of(side);
  if (side.number != 0) text += " (work " + std::to_string(side.number) + ")";
  text += side.writes ? " writes " : " reads ";
  text += bytes_text(side.offset, side.bytes);
  text += side.allocation == 0 ? " of " : " of allocation " + std::to_string(side.allocation);
  return text + (side.allocation == 0 ? side.memory : " (" + side.memory + ")");
}

std::string side_json(hazard_side const& side) {
  std::string line = "{\"work\":" + json_quoted(side.work);
  line += ",\"user\":" + json_quoted(side.user);
  line += ",\"device\":" + std::to_string(side.device);
  line += ",\"stream\":" + std::to_string(side.stream);
  line += ",\"number\":" + std::to_string(side.number);
  line += side.writes ? ",\"access\":\"write\"" : ",\"access\":\"read\"";
  line += ",\"allocation\":" + std::to_string(side.allocation);
  line += ",\"memory\":" + json_quoted(side.memory);
  line += ",\"offset\":" + std::to_string(side.offset);
  return line + ",\"bytes\":" + std::to_string(side.bytes) + "}";
}

}  // namespace

std::string_view name_of(hazard_kind kind) noexcept {
  switch (kind) {
    case hazard_kind::read_after_write:
      return "read_after_write";
    case hazard_kind::write_after_read:
      return "write_after_read";
    case hazard_kind::write_after_write:
      return "write_after_write";
    case hazard_kind::use_after_free:
      return "use_after_free";
    case hazard_kind::uninitialised_read:
      return "uninitialised_read";
    case hazard_kind::undeclared_access:
      return "undeclared_access";
    case hazard_kind::broken_guard:
      return "broken_guard";
    case hazard_kind::host_access:
      return "host_access";
  }
  return "unknown";
}

std::string hazard::text() const {
  std::string lines = "sluice: hazard " + std::string(name_of(kind)) + " (seed " +
                      std::to_string(seed) + ")\n  later:   " + side_text(later) + "\n";
  if (!earlier.work.empty()) lines += "  earlier: " + side_text(earlier) + "\n";
  lines += "  overlap: " + bytes_text(overlap_offset, overlap_bytes);
  if (later.allocation != 0) lines += " of allocation " + std::to_string(later.allocation);
  return lines + "\n  missing: " + missing + "\n";
}

std::string hazard::json() const {
  std::string line = "{\"hazard\":" + json_quoted(name_of(kind));
  line += ",\"seed\":" + std::to_string(seed);
  line += ",\"later\":" + side_json(later);
  line += ",\"earlier\":" + (earlier.work.empty() ? "null" : side_json(earlier));
  line += ",\"overlap\":{\"offset\":" + std::to_string(overlap_offset);
  line += ",\"bytes\":" + std::to_string(overlap_bytes);
  return line + "},\"missing\":" + json_quoted(missing) + "}";
}

hazard_log::hazard_log(hazard_options options)
    : state_(std::make_unique<detail::hazard_state>(options)) {}
hazard_log::~hazard_log() = default;

std::vector<hazard> hazard_log::hazards() const {
  return state_->hazards();
}
std::size_t hazard_log::count() const {
  return state_->count();
}
std::uint64_t hazard_log::waits() const {
  return state_->waits();
}
std::uint64_t hazard_log::waits(wait_reason at) const {
  return state_->waits(at);
}
std::uint64_t hazard_log::records() const {
  return state_->records();
}
skipped_edge hazard_log::skipped() const {
  return state_->skipped();
}

}  // namespace sluice
