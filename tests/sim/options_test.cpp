// The command line of sluice_sim: what it takes, and in which sentence it refuses.

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/options.hpp>

namespace sluice::test::sim {
namespace {

std::string refusal_of(std::vector<std::string> const& words) {
  try {
    read_options(words);
  } catch (std::runtime_error const& refused) {
    return refused.what();
  }
  return "taken";
}

TEST(SimOptions, AreTakenAsTheyAreGiven) {
  options const made = read_options({"--seeds", "5", "--from", "7", "--program", "a", "--program",
                                     "b", "--save", "c", "--faults", "safety", "--order", "newest",
                                     "--limit-s", "9", "--stats", "--twice", "--first"});
  EXPECT_EQ(made.seeds, 5u);
  EXPECT_EQ(made.from, 7u);
  EXPECT_EQ(made.files, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(made.save, "c");
  EXPECT_EQ(made.faults, going_wrong::safety);
  EXPECT_EQ(made.where.order, sim_order::newest);
  EXPECT_FALSE(made.where.cuda);
  EXPECT_EQ(made.limit_s, 9u);
  EXPECT_TRUE(made.stats && made.twice && made.first);
  EXPECT_FALSE(made.isolate || made.print);
}

TEST(SimOptions, OnCudaDevicesEachProgramHasAProcessOfItsOwn) {
  options const made = read_options({"--program", "a", "--device", "cuda"});
  EXPECT_TRUE(made.where.cuda);
  EXPECT_TRUE(made.isolate);
  EXPECT_FALSE(read_options({"--program", "a", "--device", "sim"}).isolate);
}

TEST(SimOptions, WhatOnlySimulatedDevicesDoIsRefusedForOthers) {
  for (std::vector<std::string> words :
       {std::vector<std::string>{"--faults", "safety"}, {"--order", "newest"}, {"--twice"}}) {
    std::string const sentence =
        words[0] + " is for simulated devices; leave out either that or --device cuda";
    words.insert(words.end(), {"--device", "cuda"});
    EXPECT_EQ(refusal_of(words), sentence);
    words.back() = "sim";
    EXPECT_EQ(refusal_of(words), "taken");
  }
}

TEST(SimOptions, AProgramWithFaultsIsForSimulatedDevices) {
  program all;
  all.faults = going_wrong::safety;
  EXPECT_NO_THROW(check_fits(all, "a.program", setting()));
  try {
    check_fits(all, "a.program", setting::on_cuda());
    FAIL() << "nothing was refused";
  } catch (std::runtime_error const& refused) {
    EXPECT_STREQ(refused.what(),
                 "a.program: it asks for faults, which simulated devices have; leave out either "
                 "its line `faults` or --device cuda");
  }
  all.faults = going_wrong::nothing;
  EXPECT_NO_THROW(check_fits(all, "a.program", setting::on_cuda()));
}

TEST(SimOptions, WhatIsNotKnownIsNamed) {
  EXPECT_EQ(refusal_of({"--device", "gpu"}), "--device wants sim or cuda, not gpu");
  EXPECT_EQ(refusal_of({"--faults", "nothing"}), "--faults wants safety or liveness, not nothing");
  EXPECT_EQ(refusal_of({"--sedes", "5"}), "unknown option --sedes");
  EXPECT_EQ(refusal_of({"--sedes"}), "unknown option --sedes");
  EXPECT_EQ(refusal_of({"--seeds"}), "--seeds wants a value");
}

TEST(SimOptions, TheWordsOfASettingGiveItAgain) {
  EXPECT_EQ(words_for(setting()), "");
  EXPECT_EQ(words_for(setting(sim_order::eager)), " --order eager");
  EXPECT_EQ(words_for(read_options({"--unchecked"}).where), " --unchecked");
  EXPECT_EQ(words_for(setting::on_cuda()), " --device cuda");
}

}  // namespace
}  // namespace sluice::test::sim
