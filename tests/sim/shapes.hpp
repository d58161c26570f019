// Random programs of a given shape, for what programs of all features seldom come to.

#pragma once

#include <cstdint>

#include <sim/program.hpp>

namespace sluice::test::sim {

// Objects that come and go, in memory for the largest of them: the rest is on disk.
program make_hoard(std::uint64_t seed);
// Tasks that hold one thing when they ask for the next, in memory for the oldest of them.
program make_rivals(std::uint64_t seed);
// Each item of a stream is given to a task while the next one is asked for.
program make_takers(std::uint64_t seed);
// Several tasks that follow a dynamic one as it grows.
program make_readers(std::uint64_t seed);
// Values that just fit into the memory there is, or just do not.
program make_brim(std::uint64_t seed);
// A wait with a timeout, first for a value and then for memory for its bytes.
program make_late(std::uint64_t seed);
// A stream whose values are looked at one by one, with work behind them that goes into none.
program make_tails(std::uint64_t seed);
// Objects that go up to a device for one task, which may be cancelled, and are gone behind it.
program make_guests(std::uint64_t seed);
// Structs of which half is read while there is no room for the other half.
program make_halves(std::uint64_t seed);
// A device whose values come down to where functions of the host make theirs.
program make_tiers(std::uint64_t seed);
// A stream through two or three tasks, with windows wider than memory.
program make_pipeline(std::uint64_t seed);

}  // namespace sluice::test::sim
