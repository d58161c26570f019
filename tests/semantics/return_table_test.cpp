// C2, C4, C5, C6, C8: every count asked for against every count made and every index thrown at, for
// generators and plain functions, for values in place, chunks, and chunks that have to be spilled.

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/runtimes.hpp>

namespace sluice::test {
namespace {

enum class kind { inline_value, page, spilled_page };

// What a body does: `made` values, and then it throws, if `fails`.
struct behaviour {
  std::size_t made;
  bool fails;
};

std::vector<behaviour> behaviours(std::size_t asked) {
  std::vector<behaviour> all;
  for (std::size_t made = 0; made <= asked + 2; ++made)
    for (bool const fails : {false, true}) all.push_back({made, fails});
  return all;
}

class ReturnTable : public testing::TestWithParam<std::tuple<world, kind>> {
 protected:
  static store_options memory() {
    world const on = std::get<0>(GetParam());
    if (std::get<1>(GetParam()) != kind::spilled_page) return ample_memory(on.at);
    return tight_memory(on.at, 4096, on.at.kind == device_kind::host ? 3 : 2);
  }
};

std::string table_name(testing::TestParamInfo<std::tuple<world, kind>> const& tested) {
  auto const& [on, what] = tested.param;
  std::string const kinds[] = {"inline", "page", "spilled"};
  return std::string(name_of(on.at.kind)) + "_" + std::to_string(on.workers) + "w_" +
         kinds[static_cast<std::size_t>(what)];
}
INSTANTIATE_TEST_SUITE_P(On, ReturnTable,
                         testing::Combine(testing::ValuesIn(worlds()),
                                          testing::Values(kind::inline_value, kind::page,
                                                          kind::spilled_page)),
                         table_name);

void expect_value(runtime& rt, object_ref<int> const& ref, std::size_t index) {
  EXPECT_EQ(*rt.get(ref), static_cast<int>(index));
}
void expect_value(runtime& rt, object_ref<chunk> const& ref, std::size_t index) {
  expect_ramp(rt, ref, page_numbers, index);
}

template <class T>
void expect_thrown(runtime& rt, object_ref<T> const& ref, std::string const& name,
                   std::size_t index) {
  auto const found = error_of<task_error>(rt, ref);
  if (!found) return;
  EXPECT_EQ(found->task(), name);
  EXPECT_EQ(found->index(), index);
}

template <class T>
void expect_wrong_count(runtime& rt, object_ref<T> const& ref, std::size_t expected,
                        std::size_t got) {
  auto const found = error_of<wrong_return_count>(rt, ref);
  if (!found) return;
  EXPECT_EQ(found->expected(), expected);
  EXPECT_EQ(found->got(), got);
}

// C4, word by word, for a body that yields.
template <class T>
void expect_fixed(runtime& rt, std::vector<object_ref<T>> const& refs, behaviour const& did,
                  std::string const& name) {
  std::size_t const asked = refs.size();
  bool const went_well = did.made == asked && !did.fails;
  for (std::size_t i = 0; i < asked; ++i) {
    SCOPED_TRACE("ref " + std::to_string(i));
    if (did.made > asked && i + 1 == asked)
      expect_wrong_count(rt, refs[i], asked, asked + 1);
    else if (i < did.made && (i + 1 < asked || went_well))
      expect_value(rt, refs[i], i);
    else if (did.fails)
      expect_thrown(rt, refs[i], name, did.made);
    else
      expect_wrong_count(rt, refs[i], asked, did.made);
  }
}

std::string text_of(std::size_t asked, behaviour const& does) {
  return std::to_string(asked) + " asked, " + std::to_string(does.made) + " made" +
         (does.fails ? ", then a throw" : "");
}

template <class Submit>
void check_fixed(runtime& rt, std::string const& name, Submit const& submit) {
  for (std::size_t const asked : {1U, 2U, 7U})
    for (behaviour const& does : behaviours(asked)) {
      SCOPED_TRACE(text_of(asked, does));
      expect_fixed(rt, submit(asked, does), does, name);
    }
}

TEST_P(ReturnTable, C4_OfAGeneratorEveryWrongCountAndEveryThrowIsMet) {
  world const at = std::get<0>(GetParam());
  kind const what = std::get<1>(GetParam());
  bool const numbers = what == kind::inline_value;
  on_each_seed(at, memory(), 3, [&](world const& on, runtime& rt) {
    if (numbers)
      check_fixed(rt, "counting", [&](std::size_t asked, behaviour const& does) {
        return rt.submit(task("counting", counting).on(on.where()).num_returns(asked),
                         static_cast<int>(does.made), does.fails);
      });
    else
      check_fixed(rt, "ramps", [&](std::size_t asked, behaviour const& does) {
        return rt.submit(task("ramps", ramps).on(on.where()).num_returns(asked), page_numbers,
                         does.made, does.fails);
      });
    if (what == kind::spilled_page) {
      EXPECT_GT(rt.store().spilled_bytes(), 0U) << "the table is meant to spill";
    }
  });
}

TEST_P(ReturnTable, C4_OfNoReturnsEveryYieldIsOneTooMany) {
  world const at = std::get<0>(GetParam());
  kind const what = std::get<1>(GetParam());
  bool const numbers = what == kind::inline_value;
  on_each_seed(at, memory(), 3, [&](world const& on, runtime& rt) {
    for (behaviour const& does : behaviours(0)) {
      SCOPED_TRACE(text_of(0, does));
      auto const done = numbers ? rt.submit(task("body", counting).on(on.where()).num_returns<0>(),
                                            static_cast<int>(does.made), does.fails)
                                : rt.submit(task("body", ramps).on(on.where()).num_returns<0>(),
                                            page_numbers, does.made, does.fails);
      if (does.made > 0)
        expect_wrong_count(rt, done, 0, 1);
      else if (does.fails)
        expect_thrown(rt, done, "body", 0);
      else
        rt.get(done);
    }
  });
}

std::vector<int> numbers_at_once(int count, bool fails) {
  if (fails) throw std::runtime_error("numbers_at_once was told to throw");
  std::vector<int> all;
  for (int i = 0; i < count; ++i) all.push_back(i);
  return all;
}

std::vector<chunk> ramps_at_once(context here, std::size_t count, bool fails) {
  std::vector<chunk> all;
  for (std::size_t i = 0; i < count; ++i) {
    auto made = here.make<std::uint32_t>(page_numbers).now();
    iota(here, made.view(), first_of(i));
    all.push_back(std::move(made).seal());
  }
  if (fails) throw std::runtime_error("ramps_at_once was told to throw");
  return all;
}

// A plain function that throws has returned nothing, so its error stands at index 0 of all.
TEST_P(ReturnTable, C4_OfAPlainFunctionEveryWrongCountAndEveryThrowIsMet) {
  world const at = std::get<0>(GetParam());
  kind const what = std::get<1>(GetParam());
  bool const numbers = what == kind::inline_value;
  on_each_seed(at, memory(), 3, [&](world const& on, runtime& rt) {
    auto const submit_numbers = [&](std::size_t asked, behaviour const& does) {
      return rt.submit(task("whole", numbers_at_once).on(on.where()).num_returns(asked),
                       static_cast<int>(does.made), does.fails);
    };
    auto const submit_ramps = [&](std::size_t asked, behaviour const& does) {
      return rt.submit(task("whole", ramps_at_once).on(on.where()).num_returns(asked), does.made,
                       does.fails);
    };
    auto const check = [&](auto const& refs, behaviour const& does) {
      if (!does.fails) return expect_fixed(rt, refs, does, "whole");
      for (auto const& ref : refs) expect_thrown(rt, ref, "whole", 0);
    };
    for (std::size_t const asked : {1U, 2U, 7U})
      for (behaviour const& does : behaviours(asked)) {
        SCOPED_TRACE(text_of(asked, does));
        if (numbers)
          check(submit_numbers(asked, does), does);
        else
          check(submit_ramps(asked, does), does);
      }
  });
}

template <class T>
void expect_items(runtime& rt, object_ref_generator<T> items, behaviour const& did,
                  std::string const& name) {
  std::size_t index = 0;
  for (auto const& ref : items) {
    SCOPED_TRACE("item " + std::to_string(index));
    if (index < did.made)
      expect_value(rt, ref, index);
    else
      expect_thrown(rt, ref, name, did.made);
    ++index;
  }
  EXPECT_EQ(index, did.made + (did.fails ? 1 : 0));
}

TEST_P(ReturnTable, C6_AStreamHasEveryValueThenItsErrorThenTheEnd) {
  world const at = std::get<0>(GetParam());
  kind const what = std::get<1>(GetParam());
  bool const numbers = what == kind::inline_value;
  on_each_seed(at, memory(), 3, [&](world const& on, runtime& rt) {
    for (behaviour const& does : behaviours(7)) {
      SCOPED_TRACE(text_of(0, does));
      if (numbers)
        expect_items(rt,
                     rt.submit(task("counting", counting).on(on.where()),
                               static_cast<int>(does.made), does.fails),
                     does, "counting");
      else
        expect_items(
            rt, rt.submit(task("ramps", ramps).on(on.where()), page_numbers, does.made, does.fails),
            does, "ramps");
    }
  });
}

template <class T>
void expect_outer(runtime& rt, object_ref<object_ref_generator<T>> const& outer,
                  behaviour const& did, std::string const& name) {
  if (!did.fails) return expect_items(rt, rt.get(outer), did, name);
  expect_thrown(rt, outer, name, did.made);
  auto const kept = rt.yielded(outer);
  ASSERT_EQ(kept.size(), did.made);
  for (std::size_t i = 0; i < kept.size(); ++i) expect_value(rt, kept[i], i);
}

TEST_P(ReturnTable, C5_AnOuterRefHasEveryValueOrTheErrorAndWhatCameBeforeIt) {
  world const at = std::get<0>(GetParam());
  kind const what = std::get<1>(GetParam());
  bool const numbers = what == kind::inline_value;
  on_each_seed(at, memory(), 3, [&](world const& on, runtime& rt) {
    for (behaviour const& does : behaviours(7)) {
      SCOPED_TRACE(text_of(0, does));
      if (numbers)
        expect_outer(rt,
                     rt.submit(task("counting", counting).on(on.where()).num_returns(dynamic),
                               static_cast<int>(does.made), does.fails),
                     does, "counting");
      else
        expect_outer(rt,
                     rt.submit(task("ramps", ramps).on(on.where()).num_returns(dynamic),
                               page_numbers, does.made, does.fails),
                     does, "ramps");
    }
  });
}

}  // namespace
}  // namespace sluice::test
