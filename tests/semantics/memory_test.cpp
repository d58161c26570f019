// C15: no tier ever holds more than its limit, what cannot fit is refused, and a stall ends.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/one_worker.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

constexpr std::size_t page = page_numbers * sizeof(std::uint32_t);

class Memory : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Memory, testing::ValuesIn(worlds()), world_name);

TEST_P(Memory, C15_NoTierIsEverAboveItsLimit) {
  on_each_seed(GetParam(), tight_memory(GetParam().at, page, 6), 10,
               [](world const& on, runtime& rt) {
                 auto const refs = rt.submit(task("ramps", ramps).on(on.where()).num_returns(60),
                                             page_numbers, 60U, false);
                 for (std::size_t i = 0; i < refs.size(); ++i) {
                   auto const total =
                       rt.submit(task("sum", sum_of).on(on.where()).num_returns<1>(), refs[i]);
                   EXPECT_EQ(*rt.get(total), expected_sum(page_numbers, i));
                   expect_ramp(rt, refs[i], page_numbers, i);
                   for (location const each : pools_of(rt)) {
                     auto const now = rt.store().figures(each);
                     EXPECT_LE(now.used_bytes, now.limit_bytes) << name_of(each);
                   }
                 }
                 EXPECT_GT(rt.store().spilled_bytes(), 0U);
                 EXPECT_GT(rt.store().restored_bytes(), 0U);
               });
}

generator<chunk> one_of_bytes(context here, std::size_t bytes) {
  auto made = co_await here.make<std::byte>(bytes);
  chunk sealed = std::move(made).seal();
  co_yield std::move(sealed);
}

TEST_P(Memory, C15_ARequestLargerThanEveryTierIsRefusedBeforeAnythingIsMoved) {
  on_each_seed(
      GetParam(), tight_memory(GetParam().at, page, 4), 5, [](world const& on, runtime& rt) {
        auto const kept =
            rt.submit(task("ramps", ramps).on(on.where()).num_returns(3), page_numbers, 3U, false);
        expect_ramp(rt, kept[2], page_numbers, 2);
        auto const before = rt.store().spilled_bytes();
        auto const large =
            rt.submit(task("large", one_of_bytes).on(on.where()).num_returns<1>(), 5 * page);
        auto const error = error_of<object_too_large>(rt, large);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->asked_bytes(), 5 * page);
        EXPECT_EQ(error->limit_bytes(), 4 * page);
        EXPECT_EQ(error->task(), "large");
        EXPECT_EQ(rt.store().spilled_bytes(), before);
      });
}

TEST_P(Memory, C15_PutOfMoreThanTheHostMayHoldIsRefused) {
  on_each_seed(GetParam(), tight_memory(GetParam().at, page, 4), 5, [](world const&, runtime& rt) {
    std::vector<std::byte> const bytes(5 * page);
    auto const error = thrown_by<object_too_large>(
        [&] { static_cast<void>(rt.put(std::span<std::byte const>(bytes))); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->asked_bytes(), 5 * page);
  });
}

// Writers cannot be spilled: their holder is the only one who could give something back.
generator<std::size_t> hoards(context here, std::size_t count) {
  std::vector<writer<std::uint32_t>> held;
  for (std::size_t i = 0; i < count; ++i) {
    auto made = co_await here.make<std::uint32_t>(page_numbers);
    held.push_back(std::move(made));
  }
  std::size_t const all = held.size();
  co_yield all;
}

TEST_P(Memory, C15_AStallForMemoryEndsInOutOfMemoryWithItsNumbers) {
  on_each_seed(
      GetParam(), tight_memory(GetParam().at, page, 4), 5, [](world const& on, runtime& rt) {
        auto const enough = rt.submit(task("hoards", hoards).on(on.where()).num_returns<1>(), 4U);
        EXPECT_EQ(*rt.get(enough), 4U);
        auto const ref = rt.submit(task("hoards", hoards).on(on.where()).num_returns<1>(), 40U);
        auto const error = error_of<out_of_memory>(rt, ref);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->task(), "hoards");
        EXPECT_EQ(error->asked_bytes(), page);
        EXPECT_EQ(error->limit_bytes(), 4 * page);
        EXPECT_GT(error->used_bytes() + page, error->limit_bytes());
        expect_ramp(rt,
                    rt.submit(task("ramps", ramps).on(on.where()).num_returns<1>(), page_numbers,
                              1U, false),
                    page_numbers, 0);
      });
}

// The youngest of those who wait for memory is the victim; the others get what it held.
TEST_P(Memory, C15_OneVictimIsEnoughAndTheOthersGoOn) {
  on_each_seed(GetParam(), tight_memory(GetParam().at, page, 8), 5,
               [](world const& on, runtime& rt) {
                 auto const greedy = task("hoards", hoards).on(on.where()).num_returns<1>();
                 std::vector<object_ref<std::size_t>> refs;
                 for (int i = 0; i < 3; ++i) refs.push_back(rt.submit(greedy, 6U));
                 EXPECT_EQ(*rt.get(refs[0]), 6U) << "the oldest is never the victim";
                 for (auto const& ref : refs) try {
                     EXPECT_EQ(*rt.get(ref), 6U);
                   } catch (out_of_memory const& error) {
                     EXPECT_EQ(error.task(), "hoards");
                   }
               });
}

generator<std::size_t> hoards_in_two_goes(context here, signal first_half, signal go) {
  std::vector<writer<std::uint32_t>> held;
  for (std::size_t i = 0; i < 6; ++i) {
    if (i == 2) {
      first_half.set();
      co_await go.wait();
    }
    auto made = co_await here.make<std::uint32_t>(page_numbers);
    held.push_back(std::move(made));
  }
  std::size_t const all = held.size();
  co_yield all;
}

// All three have begun, and none can end unless one of them gives its part back.
TEST_P(Memory, C15_TheVictimIsTheYoungestAndTheOldestGetsWhatItHeld) {
  on_each_seed(
      GetParam(), tight_memory(GetParam().at, page, 8), 5, [](world const& on, runtime& rt) {
        auto const greedy = task("hoards", hoards_in_two_goes).on(on.where()).num_returns<1>();
        signal go;
        std::vector<object_ref<std::size_t>> refs;
        for (int i = 0; i < 3; ++i) {
          signal const first_half;
          refs.push_back(rt.submit(greedy, first_half, go));
          rt.get(first_half.ref());
        }
        go.set();
        EXPECT_EQ(*rt.get(refs[0]), 6U);
        error_of<out_of_memory>(rt, refs[2]);
      });
}

TEST_P(Memory, C15_APlainFunctionNeverWaitsForMemory) {
  on_each_seed(
      GetParam(), tight_memory(GetParam().at, page, 4), 5, [](world const& on, runtime& rt) {
        auto const body = +[](context here, std::size_t count) {
          std::vector<writer<std::uint32_t>> held;
          for (std::size_t i = 0; i < count; ++i)
            held.push_back(here.make<std::uint32_t>(page_numbers).now());
          return held.size();
        };
        EXPECT_EQ(*rt.get(rt.submit(task("plain", body).on(on.where()), 4U)), 4U);
        auto const error =
            error_of<out_of_memory>(rt, rt.submit(task("plain", body).on(on.where()), 40U));
        ASSERT_TRUE(error);
        EXPECT_EQ(error->task(), "plain");
      });
}

// Seen: it was taken for a way to have memory without waiting.
TEST_P(Memory, C15_ACoroutineIsToldToWait) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context here) -> generator<int> {
      auto const made = here.make<std::uint32_t>(page_numbers).now();
      co_yield 1;
    };
    auto const ref = rt.submit(task("body", body).on(on.where()).num_returns<1>());
    auto const error = error_of<misuse>(rt, ref);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "body");
  });
}

// Nothing can leave the host without a disk, so what was made before stays where it can be read.
TEST_P(Memory, C15_WithoutDiskAStaticProducerEndsInATypedErrorAndItsValuesStay) {
  auto memory = tight_memory(GetParam().at, page, 4);
  memory.disk_bytes = 0;
  on_each_seed(GetParam(), memory, 5, [](world const& on, runtime& rt) {
    auto refs =
        rt.submit(task("ramps", ramps).on(on.where()).num_returns(60), page_numbers, 60U, false);
    auto const error = error_of<out_of_memory>(rt, refs.back());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "ramps");
    std::size_t const made = error->index().value_or(0);
    ASSERT_GE(made, 4U);
    error_of<out_of_memory>(rt, refs[made]);
    if (on.at.kind != device_kind::host) return;
    for (std::size_t i = 0; i < made; ++i) expect_ramp(rt, refs[i], page_numbers, i);
  });
}

TEST_P(Memory, C15_WaitersThatOnlyWaitForEachOtherEndInDeadlockDetected) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal never;
    auto const body = +[](context, signal gate) -> generator<int> {
      co_await gate.wait();
      co_yield 1;
    };
    auto const ref = rt.submit(task("waits", body).on(on.where()).num_returns<1>(), never);
    auto const error = error_of<deadlock_detected>(rt, ref);
    ASSERT_TRUE(error);
    EXPECT_NE(std::string(error->what()).find("waits"), std::string::npos) << error->what();
  });
}

// The pipeline that a window bounds goes through memory of a few chunks, on disk what must.
TEST_P(Memory, C15_APipelineRunsInMemoryOfAFewChunks) {
  on_each_seed(
      GetParam(), tight_memory(GetParam().at, page, 6), 5, [](world const& on, runtime& rt) {
        auto const sums =
            +[](context here, object_ref_generator<chunk> from) -> generator<std::uint64_t> {
          while (auto ref = co_await from.next()) {
            std::uint64_t found = 0;
            {
              auto const held = co_await here.get(*ref);
              auto const numbers = co_await here.read<std::uint32_t>(*held);
              auto total = co_await here.make<std::uint64_t>(1);
              auto scratch = co_await here.make<std::byte>(sum_workspace_bytes(numbers.size()));
              sum(here.with(scratch.update()), numbers.view(), total.view());
              found = co_await here.fetch(total);
            }
            co_yield found;
          }
        };
        auto stream =
            rt.submit(task("sums", sums).on(on.where()),
                      rt.submit(task("ramps", ramps).on(on.where()).ahead(window(2, 2 * page)),
                                page_numbers, 100U, false));
        std::size_t index = 0;
        for (auto const& ref : stream) EXPECT_EQ(*rt.get(ref), expected_sum(page_numbers, index++));
        EXPECT_EQ(index, 100U);
      });
}

class LittleMemory : public one_worker {
 protected:
  LittleMemory() : one_worker(one_page_and_a_half()) {}

 private:
  static store_options one_page_and_a_half() {
    store_options memory;
    memory.host_bytes = page + page / 2;
    memory.disk_bytes = 0;
    return memory;
  }
};

// Seen: out_of_memory, though the thread that held the memory was about to let go. It had never had
// to wait, so nobody knew that it was there.
TEST_F(LittleMemory, C15_WhoHoldsAReadingIsWaitedForThoughItNeverWaited) {
  std::vector<std::byte> const bytes(page);
  auto first = std::make_optional(runtime_->put(std::span(bytes)));
  auto reading = runtime_->read<std::byte>(*first);
  std::thread asker([&] { EXPECT_NO_THROW(runtime_->put(std::span(bytes))); });
  clock_->until_asleep(2);  // the worker, and who asks
  reading.close();
  first.reset();
  asker.join();
}

}  // namespace
}  // namespace sluice::test
