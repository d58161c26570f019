// What the operations of a body mean, on bytes in order.
//
//   Units    bytes.
//   Owner    values.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sim/program.hpp>

namespace sluice::test::sim {

blob filled(std::size_t n, std::uint32_t k);
blob little_endian(std::uint64_t value, std::size_t size);
blob rotated(blob const& a, std::size_t by);
std::uint64_t total(blob const& a);
blob apply(action const& one, blob const& a, blob const& b);

}  // namespace sluice::test::sim
