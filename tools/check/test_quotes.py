import unittest

import quotes

PROGRAM = "int main() {\n  int const one = 1;\n  return one - 1;\n}\n"


def lines_found(page):
    return [each.line for each in quotes.check("README.md", page, [PROGRAM])]


class Quotes(unittest.TestCase):
    def test_a_block_that_an_example_has_is_fine(self):
        self.assertEqual(lines_found("Text\n```cpp\n  int const one = 1;\n  return one - 1;\n```\n"),
                         [])

    def test_a_block_that_differs_is_found_at_its_line(self):
        page = "Text\n\n```cpp\n  int const one = 2;\n```\nand\n```cpp\nint main() {\n```\n"
        self.assertEqual(lines_found(page), [3])

    def test_other_languages_are_not_looked_at(self):
        self.assertEqual(lines_found("```cmake\nfind_package(Sluice)\n```\n"), [])


if __name__ == "__main__":
    unittest.main()
