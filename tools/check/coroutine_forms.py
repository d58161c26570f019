"""Finds what g++ 12 miscompiles in coroutines; tests/compilers shows what it does with each.

Works on text, so it judges by form: it refuses every braced temporary that does not name a plain
number, every lambda that captures by value and every ?: in an expression that suspends, and every
co_await in a condition. What it refuses wrongly is cured like the rest: by a named local.
"""

import re

from source import code_only, line_of, matching_close

_SUSPENDS = re.compile(r"\bco_(?:await|yield)\b")
_PLAIN = re.compile(
    r"^(?:std::)?(?:size_t|ptrdiff_t|byte|u?int\d*_t|int|unsigned|long|bool|char|float|double)$")
_BRACED = re.compile(r"([A-Za-z_][\w:]*)\s*(<[^<>;{}]*(?:<[^<>;{}]*>[^<>;{}]*)*>)?\s*\{")
_LITERAL_CHOICE = re.compile(r"\?\s*(?:-?\d[\w.']*|true|false)\s*:\s*(?:-?\d[\w.']*|true|false)")
_BLOCK_HEAD = re.compile(
    r"(?:^|\)|\belse|\bdo|\btry)\s*(?:const|noexcept|mutable|override|final|\s)*"
    r"(?:->\s*[\w:<>,&*\s]+)?$")
_DECLARES = re.compile(r"^\s*(?:[\w:]+(?:<[^;]*>)?[\s&*]+)+\w+\s*=[^=]")


def _statement_start(code, position):
    """Where the full expression around `position` begins: behind the last ; or block brace."""
    depth = 0
    for i in range(position - 1, -1, -1):
        c = code[i]
        if c in ")]}":
            if depth == 0 and c == "}":
                return i + 1
            depth += 1
        elif c in "([":
            depth -= 1
        elif c == "{":
            if depth == 0 and _opens_block(code, i):
                return i + 1
            depth -= 1
        elif c == ";" and depth <= 0:
            return i + 1
    return 0


def _opens_block(code, brace):
    begin = max(code.rfind(c, 0, brace) for c in ";{}") + 1
    head = code[begin:brace].strip()
    if head.endswith("]"):  # a lambda without parameters, or an array's initialiser
        return not re.search(r"[\w\])]\s*$", head[:head.rfind("[")])
    return bool(_BLOCK_HEAD.search(head)) or bool(re.match(r"(?:case\b.*|default\s*):$", head))


def _statement_end(code, position):
    depth = 0
    for i in range(position, len(code)):
        c = code[i]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            if c == "}" and depth == 0:
                return i
            depth -= 1
        elif c == ";" and depth <= 0:
            return i
    return len(code)


def _inside_initialiser(code, position):
    """Whether the nearest open brace around `position` is that of an initialiser."""
    depth = 0
    for i in range(position - 1, -1, -1):
        c = code[i]
        if c == "}":
            depth += 1
        elif c == "{":
            if depth == 0:
                return not _opens_block(code, i)
            depth -= 1
    return False


def _lambda_captures(expression):
    """The capture lists in an expression."""
    for match in re.finditer(r"(?:^|[(,=\s])\[([^\[\]]*)\]\s*[({]", expression):
        yield match.group(1)


def _captures_by_value(captures):
    for capture in captures.split(","):
        capture = capture.strip()
        if capture and not capture.startswith("&") and capture not in ("this", "*this"):
            return True
    return False


def _condition_around(code, begin, position):
    """The text of the if/while/switch condition that `position` is in, or None."""
    for match in re.finditer(r"\b(?:if|while|switch)\s*(?:constexpr\s*)?\(", code[begin:position]):
        opening = begin + match.end() - 1
        if matching_close(code, opening) > position:
            return code[opening + 1:matching_close(code, opening)]
    return None


def _without_blocks(expression):
    """The expression without the bodies of its lambdas."""
    out, i = [], 0
    while i < len(expression):
        if expression[i] == "{" and _opens_block(expression, i):
            out.append("{")
            i = matching_close(expression, i)
        out.append(expression[i:i + 1])
        i += 1
    return "".join(out)


def findings(text):
    """Yields (line, message) for each form that g++ 12 breaks."""
    code = code_only(text)
    # Preprocessor lines are no statements.
    code = re.sub(r"^[ \t]*#[^\n]*", lambda m: " " * len(m.group(0)), code, flags=re.MULTILINE)
    seen = set()
    for match in _SUSPENDS.finditer(code):
        at = match.start()
        line = line_of(code, at)
        begin = _statement_start(code, at)
        if _inside_initialiser(code, at):
            if ("braces", line) not in seen:
                seen.add(("braces", line))
                yield line, "co_await inside initialiser braces: await into a named local first"
            continue
        condition = _condition_around(code, begin, at)
        if condition is not None:
            if not _DECLARES.search(condition.split(";")[-1]):
                yield line, "co_await in a condition: await into a named local first"
            expression = condition
        else:
            expression = code[begin:_statement_end(code, at)]
        if begin in seen:
            continue
        seen.add(begin)
        expression = _without_blocks(expression)
        if "?" in _LITERAL_CHOICE.sub(" ", expression):
            yield line, "?: in an expression that suspends: use if, or name the choice first"
        if any(_captures_by_value(captures) for captures in _lambda_captures(expression)):
            yield line, "lambda captures by value in an expression that suspends: name it first"
        for braced in _BRACED.finditer(expression):
            if braced.group(1) not in ("co_await", "co_yield") and not (
                    _PLAIN.match(braced.group(1)) and not braced.group(2)):
                yield line, f"{braced.group(1)}{{...}} in an expression that suspends: name it first"
                break
        else:
            if re.search(r"[(,]\s*\{|\bco_yield\s*\{", expression):
                yield line, "{...} as an argument of an expression that suspends: name it first"
