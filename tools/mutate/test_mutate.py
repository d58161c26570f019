import unittest

import mutate

HEADER = """Rule: C14
The window counts only what nobody
has taken.
Tests: semantics/window_test.cpp, store/ledger_test.cpp

"""
DIFF = """diff --git a/runtime/detail/sequence.cpp b/runtime/detail/sequence.cpp
--- a/runtime/detail/sequence.cpp
+++ b/runtime/detail/sequence.cpp
@@ -1,1 +1,1 @@
-a
+b
"""

SOURCE = """// C6: what the file is about.

TEST_P(Window, C14_AProducerRunsAhead) {
}

// C1, C15: both.
// And a second line.
TEST(Ledger, IsExact) {
}

// C2 stands above a blank line.

TEST_F(Turns, AreShort) {
  // C3
}
TEST_P(LongSuiteName,
       C4_IsOnASecondLine) {
}
"""


class Patches(unittest.TestCase):
    def test_a_header_says_rule_sentence_and_tests(self):
        patch = mutate.parse_patch("C14-untaken", HEADER + DIFF)
        self.assertEqual(patch.rule, "C14")
        self.assertEqual(patch.sentence, "The window counts only what nobody has taken.")
        self.assertEqual(patch.tests, ["semantics/window_test.cpp", "store/ledger_test.cpp"])
        self.assertEqual(patch.files(), ["runtime/detail/sequence.cpp"])
        self.assertTrue(patch.diff.startswith("diff --git"))

    def test_what_is_left_out_is_refused(self):
        for text in (HEADER, DIFF, HEADER.replace("Rule", "Rules") + DIFF,
                     HEADER.replace("Tests", "Test") + DIFF,
                     "Rule: C14\nTests: a_test.cpp\n" + DIFF, HEADER + "--- a\n"):
            with self.assertRaises(mutate.Refused):
                mutate.parse_patch("C14-untaken", text)
        with self.assertRaises(mutate.Refused):
            mutate.parse_patch("C1-untaken", HEADER + DIFF)

    def test_every_standing_rule_is_broken_twice(self):
        patch = mutate.parse_patch("C14-untaken", HEADER + DIFF)
        self.assertIn("C14 has 1 patch(es), 2 are needed", mutate.too_few([patch]))
        self.assertFalse(any("C14" in line for line in mutate.too_few([patch, patch])))


class Names(unittest.TestCase):
    def test_a_rule_is_named_by_the_test_or_by_the_comment_directly_above(self):
        self.assertEqual(mutate.tests_naming("C14", SOURCE), [("Window", "C14_AProducerRunsAhead")])
        self.assertEqual(mutate.tests_naming("C15", SOURCE), [("Ledger", "IsExact")])
        self.assertEqual(mutate.tests_naming("C4", SOURCE),
                         [("LongSuiteName", "C4_IsOnASecondLine")])
        for rule in ("C2", "C3", "C6"):
            self.assertEqual(mutate.tests_naming(rule, SOURCE), [], rule)

    def test_c1_is_not_c14(self):
        self.assertEqual(mutate.tests_naming("C1", SOURCE), [("Ledger", "IsExact")])

    def test_a_filter_takes_every_instance(self):
        self.assertEqual(mutate.gtest_filter([("A", "B"), ("C", "D")]),
                         "A.B:*/A.B/*:C.D:*/C.D/*")

    def test_a_target_is_called_as_its_file(self):
        self.assertEqual(mutate.target_of("store/ledger_test.cpp"), "sluice_store_ledger_test")


class Outcomes(unittest.TestCase):
    def test_an_assertion_that_failed(self):
        outcome = mutate.parse_output(
            "[ RUN      ] On/A.B/host_1w\n[       OK ] On/A.B/host_1w (1 ms)\n"
            "[ RUN      ] On/A.B/sim_1w\nsome text\n"
            "[  FAILED  ] On/A.B/sim_1w, where GetParam() = sim (3 ms)\n"
            "[  FAILED  ] 1 test, listed below:\n"
            "[  FAILED  ] On/A.B/sim_1w, where GetParam() = sim\n", 1)
        self.assertEqual(outcome.failed, ["On/A.B/sim_1w"])
        self.assertEqual((outcome.passed, outcome.trouble), (1, ""))

    def test_a_test_without_an_end_has_crashed_or_hangs(self):
        begun = "[ RUN      ] A.B\n"
        self.assertEqual(mutate.parse_output(begun, -11).failed, ["A.B (crashed)"])
        self.assertEqual(mutate.parse_output(begun, "time").failed, ["A.B (hung)"])
        self.assertEqual(mutate.parse_output(begun + "watchdog: A.B hangs\n", -6).failed,
                         ["A.B (hung)"])

    def test_nothing_is_judged_by_a_program_that_fails_without_a_test(self):
        def trouble(end, status):
            return mutate.parse_output(f"[ RUN      ] A.B\n[{end}] A.B (0 ms)\n", status).trouble

        self.assertEqual(trouble("       OK ", 0), "")
        self.assertTrue(trouble("       OK ", 1))
        self.assertTrue(trouble("  SKIPPED ", 0))
        self.assertTrue(mutate.parse_output("", 0).trouble)


if __name__ == "__main__":
    unittest.main()
