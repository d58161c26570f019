import unittest

import bugs
import mutate

HEADER = """Bug: rmm 2489
Free ranges merge
and forget.

"""
DIFF = """diff --git a/store/detail/arena.cpp b/store/detail/arena.cpp
--- a/store/detail/arena.cpp
+++ b/store/detail/arena.cpp
@@ -1,1 +1,1 @@
-a
+b
"""


class Patches(unittest.TestCase):
    def test_a_header_names_the_report_and_says_what_happens(self):
        patch = bugs.parse_patch("merge", HEADER + DIFF)
        self.assertEqual(patch.rule, "rmm 2489")
        self.assertEqual(patch.sentence, "Free ranges merge and forget.")
        self.assertEqual(patch.files(), ["store/detail/arena.cpp"])

    def test_a_bug_that_takes_faults_of_the_machine_says_so(self):
        self.assertEqual(bugs.parse_patch("merge", HEADER + DIFF).faults, [])
        patch = bugs.parse_patch("merge", "Faults: safety\n" + HEADER + DIFF)
        self.assertEqual(patch.faults, ["--faults", "safety"])
        self.assertEqual(patch.sentence, "Free ranges merge and forget.")

    def test_what_is_left_out_is_refused(self):
        for text in (HEADER, DIFF, "Bug: rmm 2489\n" + DIFF, HEADER + "--- a\n"):
            with self.assertRaises(mutate.Refused):
                bugs.parse_patch("merge", text)


class Runs(unittest.TestCase):
    def test_the_closing_line_tells_how_many_programs_it_took(self):
        self.assertEqual(bugs.programs_until_failure("FAILED: x\n7 programs, 1 failed, 9 a second"),
                         (7, True))
        self.assertEqual(bugs.programs_until_failure("2000 programs, 0 failed, 9 a second\n"),
                         (2000, False))

    def test_without_a_closing_line_nothing_is_known(self):
        with self.assertRaises(mutate.Refused):
            bugs.programs_until_failure("killed")

    def test_a_bug_is_noticed_when_it_was_from_most_starts(self):
        self.assertEqual(bugs.verdict_of([7, bugs.math.inf, 30], 2000),
                         "noticed after 7 (2000) 30 programs, median 30")
        with self.assertRaises(mutate.Refused):
            bugs.verdict_of([7, bugs.math.inf, bugs.math.inf], 2000)
        with self.assertRaises(mutate.Refused):
            bugs.verdict_of([7, bugs.math.inf], 2000)

    def test_starts_have_programs_of_their_own(self):
        self.assertEqual(bugs.first_seeds(3), [1, 1_000_001, 2_000_001])


if __name__ == "__main__":
    unittest.main()
