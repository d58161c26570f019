"""C++ source text with comments and literals blanked, so that rules see code only."""

import re

_TOKENS = re.compile(
    r"""
    //[^\n]*                                  # line comment
  | /\*.*?\*/                                 # block comment
  | R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"   # raw string
  | "(?:[^"\\\n]|\\.)*"                       # string
  | (?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'       # character; not a digit separator
    """,
    re.VERBOSE | re.DOTALL,
)


def code_only(text):
    """The same text, same length and lines, with comments and literals replaced by spaces."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    return _TOKENS.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def matching_close(text, start):
    """The index of the bracket that closes the one at `start`, or the end of the text."""
    closing = {"(": ")", "{": "}", "[": "]"}
    stack = []
    for i in range(start, len(text)):
        c = text[i]
        if c in closing:
            stack.append(closing[c])
        elif stack and c == stack[-1]:
            stack.pop()
            if not stack:
                return i
    return len(text)
