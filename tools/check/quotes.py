"""Code that a page shows must be code that the tests compile and run: every C++ block of the pages
below stands in a file of examples/, line by line."""

import re

import rules

PAGES = ("README.md", "docs/semantics.md", "docs/simulation.md")
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def check(path, text, examples):
    """`examples`: the texts of the programs. A finding for each block that none of them has."""
    for block in BLOCK.finditer(text):
        if not any(block.group(1) in example for example in examples):
            line = text.count("\n", 0, block.start()) + 1
            yield rules.Finding(path, line, "no program in examples/ has this code; the tests "
                                "would not see it break")
