// What must hold of a store whenever nobody has its mutex. Random programs ask after each step, so
// that a broken structure is found before it has led to a wrong byte.
//
//   Owner    nothing.
//   Threads  any; it takes the store's mutex.
//   Errors   none: what is broken is said in words, and empty words say that all is well.

#pragma once

#include <cstdint>
#include <string>

namespace sluice {
class object_store;
}

namespace sluice::detail {

// Whether anybody may be between two steps of moving bytes.
enum class store_moment : std::uint8_t { busy, quiet };

std::string audit(object_store& store, store_moment at);

}  // namespace sluice::detail
