#include <sluice/store/tier.hpp>

namespace sluice {

std::string_view name_of(tier which) noexcept {
  switch (which) {
    case tier::device:
      return "device";
    case tier::pinned:
      return "pinned";
    case tier::host:
      return "host";
    case tier::disk:
      return "disk";
  }
  return "unknown tier";
}

std::string name_of(location where) {
  std::string name(name_of(where.which()));
  if (where.which() == tier::device) name += " " + std::to_string(where.device());
  return name;
}

}  // namespace sluice
