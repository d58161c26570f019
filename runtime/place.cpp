#include <sluice/runtime/place.hpp>

namespace sluice {

std::string name_of(place where) {
  switch (where.which()) {
    case place::kind::any:
      return "any";
    case place::kind::cpu:
      return "cpu";
    case place::kind::gpu:
      return "gpu " + std::to_string(where.device());
  }
  return "unknown";
}

}  // namespace sluice
