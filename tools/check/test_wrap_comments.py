import unittest

from wrap_comments import wrap

WORDS = " ".join(["word"] * 22)  # 109 columns


class Wrap(unittest.TestCase):
    def test_the_rest_goes_in_front_of_the_next_line_of_the_paragraph(self):
        got = wrap(["// " + WORDS, "// tail", "int x;"])
        self.assertEqual(len(got), 3)
        self.assertTrue(all(len(line) <= 100 for line in got))
        self.assertEqual(got[1], "// word word word tail")

    def test_a_key_keeps_its_column(self):
        got = wrap(["//   Owner    " + WORDS, "//   Threads  one."])
        self.assertTrue(got[1].startswith("//            word"))
        self.assertEqual(got[2], "//   Threads  one.")

    def test_code_and_short_lines_stay(self):
        lines = ["int x = " + "1 + " * 30 + "1;  // no", "// short"]
        self.assertEqual(wrap(lines), lines)


if __name__ == "__main__":
    unittest.main()
