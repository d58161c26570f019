"""Wraps // comment lines that are too long, keeping the columns of contract blocks.

usage: wrap_comments.py FILE...
clang-format is told to leave comments alone, because it would wrap `Key    text` like prose.
"""

import pathlib
import re
import sys

from rules import COLUMNS_MAX

_COMMENT = re.compile(r"^(\s*//)(\s*)(.*)$")
_KEY = re.compile(r"^([A-Z][a-z]+\s{2,})\S")


def _split(line):
    """(indent of the text, text) of a whole-line comment, or None."""
    match = _COMMENT.match(line)
    if not match or not match.group(3):
        return None
    return match.group(1) + match.group(2), match.group(3)


def _hanging(prefix, text):
    """What the next line of the same paragraph begins with."""
    key = _KEY.match(text)
    return prefix + " " * len(key.group(1)) if key and len(prefix.strip()) == 2 else prefix


def wrap(lines):
    out, ahead = [], list(lines)
    while ahead:
        line = ahead.pop(0)
        parts = _split(line)
        if len(line) <= COLUMNS_MAX or parts is None:
            out.append(line)
            continue
        cut = line.rfind(" ", 0, COLUMNS_MAX + 1)
        prefix = _hanging(*parts)
        if cut <= len(prefix):
            out.append(line)
            continue
        out.append(line[:cut].rstrip())
        rest = line[cut + 1:]
        follows = _split(ahead[0]) if ahead else None
        if follows and follows[0] == prefix and not _KEY.match(follows[1]):
            ahead[0] = f"{prefix}{rest} {follows[1]}"
        else:
            ahead.insert(0, prefix + rest)
    return out


def main(paths):
    for path in map(pathlib.Path, paths):
        text = path.read_text(encoding="utf-8")
        wrapped = "\n".join(wrap(text.split("\n")))
        if wrapped != text:
            path.write_text(wrapped, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
