// Where a task runs.
//
//   Owner    values.
//   Errors   gpu(i) where there is no such device is device_unavailable, thrown by submit.

#pragma once

#include <cstdint>
#include <string>

namespace sluice {

class place {
 public:
  enum class kind : std::uint8_t { any, cpu, gpu };

  constexpr place() noexcept = default;  // any: a GPU if there is one with a body for it, else cpu
  constexpr place(kind which, int device) noexcept : kind_(which), device_(device) {}

  constexpr kind which() const noexcept { return kind_; }
  constexpr int device() const noexcept { return device_; }  // of a gpu
  friend constexpr bool operator==(place, place) = default;

 private:
  kind kind_ = kind::any;
  int device_ = 0;
};

inline constexpr place any{};
inline constexpr place cpu{place::kind::cpu, 0};
constexpr place gpu(int device = 0) noexcept {
  return {place::kind::gpu, device};
}

std::string name_of(place where);  // "any", "cpu", "gpu 0"

}  // namespace sluice
