// C8, C9: what was yielded stays readable, what was not carries the error, and dependents do not
// run.

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

class Errors : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Errors, testing::ValuesIn(worlds()), world_name);

int throws_logic_error(int a) {
  throw std::logic_error("cause " + std::to_string(a));
}
int plus(int a, int b) {
  return a + b;
}

TEST_P(Errors, C8_ValuesBeforeAnErrorStayReadableWhateverTheirSizeAndTier) {
  for (std::size_t const numbers : {std::size_t{1}, page_numbers, 16 * page_numbers}) {
    SCOPED_TRACE(std::to_string(numbers) + " numbers");
    auto const memory = tight_memory(GetParam().at, numbers * 4 + 4096, 3);
    on_each_seed(GetParam(), memory, 3, [&](world const& on, runtime& rt) {
      auto const refs =
          rt.submit(task("ramps", ramps).on(on.where()).num_returns(9), numbers, 6U, true);
      error_of<task_error>(rt, refs[8]);
      for (int again = 0; again < 2; ++again)
        for (std::size_t i = 0; i < 6; ++i) expect_ramp(rt, refs[i], numbers, i);
      for (std::size_t i = 6; i < 9; ++i) {
        auto const error = error_of<task_error>(rt, refs[i]);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->index(), 6U);
      }
    });
  }
}

// When the error comes nobody has taken one of them.
TEST_P(Errors, C8_UntakenValuesStayWhenTheBodyFails) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body =
        +[](context here, signal gate, object_ref_generator<int> numbers) -> generator<int> {
      int values = 0;
      int errors = 0;
      co_await gate.wait();
      while (auto ref = co_await numbers.next()) try {
          auto const number = co_await here.get(*ref);
          if (*number == values) ++values;
        } catch (task_error const&) {
          ++errors;
        }
      co_yield 100 * values + errors;
    };
    signal failed;
    auto const outer =
        rt.submit(task("counting", counting).on(on.where()).num_returns(dynamic), 5, true);
    auto const read = rt.submit(task("read", body).on(on.where()).num_returns<1>(), failed, outer);
    error_of<task_error>(rt, outer);
    failed.set();
    EXPECT_EQ(*rt.get(read), 501);
  });
}

TEST_P(Errors, C9_GetRethrowsEachTimeWithCauseTaskAndIndex) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const ref = rt.submit(task("thrower", throws_logic_error).on(on.where()), 7);
    for (int again = 0; again < 3; ++again) try {
        static_cast<void>(rt.get(ref));
        ADD_FAILURE() << "nothing was thrown";
      } catch (task_error const& error) {
        EXPECT_EQ(error.kind(), error_kind::task_error);
        EXPECT_EQ(error.task(), "thrower");
        EXPECT_EQ(error.index(), 0U);
        EXPECT_EQ(cause_of(error), "cause 7");
        EXPECT_NE(std::string(error.what()).find("cause 7"), std::string::npos) << error.what();
        EXPECT_THROW(std::rethrow_if_nested(error), std::logic_error);
      }
  });
}

TEST_P(Errors, C9_WhatIsNoExceptionIsATaskErrorToo) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](int a) -> int { throw a; };
    auto const error = error_of<task_error>(rt, rt.submit(task("odd", body).on(on.where()), 3));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "odd");
  });
}

TEST_P(Errors, C9_EveryOtherKindArrivesAsItselfWithTaskAndIndex) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context, int count) -> generator<int> {
      for (int i = 0; i < count; ++i) co_yield i;
      throw io_error("read of a test", 5, "nothing to be done");
    };
    auto const refs = collect(rt.submit(task("reader", body).on(on.where()), 2));
    ASSERT_EQ(refs.size(), 3U);
    auto const error = error_of<io_error>(rt, refs[2]);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->error_number(), 5);
    EXPECT_EQ(error->task(), "reader");
    EXPECT_EQ(error->index(), 2U);
    auto const wrong = error_of<wrong_return_count>(
        rt, rt.submit(task("counting", counting).on(on.where()).num_returns(2), 1, false)[1]);
    ASSERT_TRUE(wrong);
    EXPECT_EQ(wrong->task(), "counting");
    EXPECT_EQ(wrong->index(), 1U);
  });
}

TEST_P(Errors, C9_DependentsThrowTheirRootsErrorAndDoNotRun) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census ran;
    auto const body = +[](int a, census* of) {
      resident const frame(*of);
      return a;
    };
    auto ref = rt.submit(task("root", throws_logic_error).on(on.where()), 1);
    std::vector<object_ref<int>> chain;
    for (int i = 0; i < 5; ++i) {
      ref = rt.submit(task("dependent", body).on(on.where()), ref, &ran);
      chain.push_back(ref);
    }
    auto const both = rt.submit(task("plus", plus).on(on.where()), 1, ref);
    for (auto const& each : chain) {
      auto const error = error_of<task_error>(rt, each);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->task(), "root");
    }
    auto const error = error_of<task_error>(rt, both);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "root");
    EXPECT_EQ(ran.made(), 0);
  });
}

TEST_P(Errors, C9_ADependentGeneratorIsNeverStarted) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census ran;
    auto const body = +[](context, value<int> a, census* of) -> generator<int> {
      resident const frame(*of);
      co_yield *a;
    };
    auto const root = rt.submit(task("root", throws_logic_error).on(on.where()), 1);
    auto const refs = rt.submit(task("dependent", body).on(on.where()).num_returns(2), root, &ran);
    for (auto const& each : refs) {
      auto const error = error_of<task_error>(rt, each);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->task(), "root");
    }
    auto const outer =
        rt.submit(task("dependent", body).on(on.where()).num_returns(dynamic), root, &ran);
    error_of<task_error>(rt, outer);
    EXPECT_TRUE(rt.yielded(outer).empty());
    EXPECT_EQ(ran.made(), 0);
  });
}

// A body may meet an error, and go on.
TEST_P(Errors, C9_AnErrorThatABodyCatchesIsItsOwnAffair) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context here, object_ref<int> from) -> generator<int> {
      int found = 0;
      try {
        auto const number = co_await here.get(from);
        found = *number;
      } catch (task_error const& failed) {
        found = failed.task() == "root" ? -1 : -2;
      }
      co_yield found;
    };
    auto const root = rt.submit(task("root", throws_logic_error).on(on.where()), 1);
    auto const met = rt.submit(task("catches", body).on(on.where()).num_returns<1>(), root);
    EXPECT_EQ(*rt.get(met), -1);
  });
}

// The error of a root keeps its name when a body lets it through.
TEST_P(Errors, C9_AnErrorThatABodyLetsThroughKeepsItsRoot) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context here, object_ref<int> from) -> generator<int> {
      co_yield 0;
      auto const number = co_await here.get(from);
      co_yield *number;
    };
    auto const root = rt.submit(task("root", throws_logic_error).on(on.where()), 1);
    auto const refs = collect(rt.submit(task("through", body).on(on.where()), root));
    ASSERT_EQ(refs.size(), 2U);
    auto const error = error_of<task_error>(rt, refs[1]);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "root");
    EXPECT_EQ(error->index(), 0U);
  });
}

TEST_P(Errors, C9_AYieldedExceptionObjectIsAValue) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const objects = +[](context) -> generator<std::runtime_error> {
      std::runtime_error made("a value");
      co_yield std::move(made);
    };
    auto const object = rt.submit(task("objects", objects).on(on.where()).num_returns<1>());
    EXPECT_STREQ(rt.get(object)->what(), "a value");
    auto const pointers = +[](context) -> generator<std::exception_ptr> {
      auto made = std::make_exception_ptr(std::runtime_error("held"));
      co_yield std::move(made);
    };
    auto const pointer = rt.submit(task("pointers", pointers).on(on.where()).num_returns<1>());
    EXPECT_THROW(std::rethrow_exception(*rt.get(pointer)), std::runtime_error);
  });
}

// Every reader gets the same object, so nobody may write to it after its root has.
TEST_P(Errors, C9_ManyDependentsOfOneErrorReadItAtOnce) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    std::vector<std::byte> const bytes(64);
    auto const whole = rt.put(std::span<std::byte const>(bytes));
    auto const outside = rt.slice(whole, 60, 8);
    auto const body = +[](context, reading<std::byte> part) { return part.size(); };
    std::vector<object_ref<std::size_t>> refs;
    for (int i = 0; i < 20; ++i)
      refs.push_back(rt.submit(task("dependent", body).on(on.where()), outside));
    for (auto const& ref : refs) {
      auto const error = error_of<misuse>(rt, ref);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->task(), "") << "it was no task that failed";
    }
  });
}

TEST_P(Errors, C9_AFunctionThatThrowsGivesItsErrorToEveryReturn) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](int a) -> std::tuple<int, std::string> {
      if (a == 1) throw std::logic_error("both");
      return {a, "fine"};
    };
    auto const [number, text] = rt.submit(task("pair", body).on(on.where()).num_returns<2>(), 1);
    EXPECT_EQ(error_of<task_error>(rt, number)->task(), "pair");
    EXPECT_EQ(error_of<task_error>(rt, text)->task(), "pair");
    error_of<task_error>(rt, rt.submit(task("pair", body).on(on.where()).num_returns<0>(), 1));
  });
}

TEST_P(Errors, C10_WhatSubmitCanJudgeItThrowsAndNothingIsCreated) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census arguments;
    auto const body = +[](resident const&, int a) { return a; };
    thrown_by<misuse>([&] {
      static_cast<void>(
          rt.submit(task("never", body).on(on.where()), resident(arguments), object_ref<int>()));
    });
    EXPECT_EQ(arguments.alive(), 0);
    for (task_figures const& each : rt.figures()) EXPECT_EQ(each.tasks, 0U) << each.task;
  });
}

}  // namespace
}  // namespace sluice::test
