// Every test of this folder has a deadline.

#include <support/watchdog.hpp>

namespace sluice::test {
namespace {

[[maybe_unused]] bool const watched = watch_every_test();

}  // namespace
}  // namespace sluice::test
