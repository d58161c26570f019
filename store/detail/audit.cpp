#include <sluice/store/detail/audit.hpp>

#include <algorithm>

#include <sluice/store/detail/store_access.hpp>

namespace sluice::detail {

namespace {

class auditor {
 public:
  explicit auditor(store_state& state) : state_(state), lock_(state) {}

  std::string run(store_moment at) {
    for (std::size_t i = 0; i < state_.device_count() + 3; ++i) look_at(*state_.pools()[i]);
    std::uint64_t const in_files = state_.files().taken_bytes();  // never without its charge
    if (auto const charged = state_.on_disk().account.figures().used_bytes; in_files > charged)
      say("files have " + std::to_string(in_files) + " bytes taken and disk is charged " +
          std::to_string(charged));
    if (state_.granted_out_of_turn != 0)
      say(std::to_string(state_.granted_out_of_turn) + " requests were granted past older ones");
    if (state_.dropped_in_use != 0)
      say(std::to_string(state_.dropped_in_use) + " replicas were dropped while in use");
    if (at == store_moment::quiet && !state_.spilling && pins_ > state_.open_readings)
      say(std::to_string(pins_) + " pins of replicas for " + std::to_string(state_.open_readings) +
          " open readings");
    return std::move(text_);
  }

 private:
  void say(std::string const& what) { text_ += what + "; "; }

  void look_at(pool& of) {
    auto const waits_for_it = [&](waiting_request const* each) {
      return std::ranges::find(each->pools, &of) != each->pools.end();
    };
    auto const has_claim = [&](waiting_request const* each) { return each->key == *of.claim; };
    request_queue const& queue = state_.queue(lock_);
    if (std::ranges::count_if(queue, waits_for_it) != of.waiting)
      say(name_of(of.where) + " counts " + std::to_string(of.waiting) + " waiting requests");
    if (of.claim && std::ranges::none_of(queue, has_claim))
      say(name_of(of.where) + " is kept for a request that does not wait");
    std::size_t bytes = 0;
    of.order.each([&](replica const& filed) {
      bytes += filed.memory.size();
      pins_ += filed.open;
      if (filed.filed_clean != (filed.of.replicas.size() > 1))
        say(name_of(of.where) + " has a replica among the wrong ones");
      if (filed.of.failure != nullptr && !of.is_device() && is_good(filed.ready))
        say(name_of(of.where) + " has the bytes of a chunk that was given up");
    });
    if (std::size_t const used = of.account.figures().used_bytes; bytes > used)
      say(name_of(of.where) + " has " + std::to_string(bytes) + " bytes and is charged " +
          std::to_string(used));
  }

  store_state& state_;
  store_lock lock_;
  std::size_t pins_ = 0;
  std::string text_;
};

}  // namespace

std::string audit(object_store& store, store_moment at) {
  return auditor(store_access::state_of(store)).run(at);
}

}  // namespace sluice::detail
