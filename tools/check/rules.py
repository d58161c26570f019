"""The house rules that need no compiler: each takes a path and its text and yields findings."""

import re
from typing import NamedTuple

import coroutine_forms
from source import code_only, line_of

LINES_MAX = 500
COLUMNS_MAX = 100
CONTRACT_KEYS = ("Units", "Owner", "Threads", "Streams", "Errors", "Flow", "Source")
ROOMS = ("cuda", "kernels", "store", "runtime", "testing")


class Finding(NamedTuple):
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def is_cpp(path):
    return path.endswith((".hpp", ".cpp", ".cu"))


def is_code(path):
    return (is_cpp(path) or path.endswith((".py", ".cmake", ".sh", "CMakeLists.txt"))
            or path in ("dev", ".ci/run"))


def _each_match(path, text, pattern, message):
    for match in re.finditer(pattern, text):
        yield Finding(path, line_of(text, match.start()), message.format(match.group(0).strip()))


def size(path, text):
    lines = text.splitlines()
    if is_code(path) and len(lines) > LINES_MAX:
        yield Finding(path, LINES_MAX, f"{len(lines)} lines; a file has at most {LINES_MAX}")
    for number, line in enumerate(lines, 1):
        if is_code(path) and len(line) > COLUMNS_MAX:
            yield Finding(path, number, f"{len(line)} columns; a line has at most {COLUMNS_MAX}")
        if line.rstrip() != line and not path.endswith(".md"):
            yield Finding(path, number, "trailing space")


def contract(path, text):
    """A header opens with a sentence; a public one also says who may do what with it."""
    if not path.endswith(".hpp"):
        return
    block = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        block.append(line[2:])
    if not block or not re.match(r" [A-Z0-9`].*", block[0]):
        yield Finding(path, 1, "a header opens with a // block: one sentence that says what it is")
        return
    if not re.search(r"[.:]\s*(\n|$)", "\n".join(block)):
        yield Finding(path, 1, "the header's first sentence has no end")
    if "#pragma once" not in text:
        yield Finding(path, len(block) + 1, "#pragma once is missing")
    keys = [m.group(1) for m in (re.match(r"   ([A-Z][a-z]+)  +\S", line) for line in block) if m]
    for key in keys:
        if key not in CONTRACT_KEYS:
            yield Finding(path, 1, f"contract key {key}: known are {', '.join(CONTRACT_KEYS)}")
    folder = path.rpartition("/")[0]
    if folder in ROOMS and not keys:
        yield Finding(path, 1, f"no contract key ({', '.join(CONTRACT_KEYS)}) in a public header")


_CUDA_HEADER = (r"#\s*include\s*<(?:cuda|cuda_\w+|cuda/\w.*|cub/.*|nccl|nvtx3/.*|"
                r"cooperative_groups)(?:\.h)?>")


def includes(path, text):
    if not is_cpp(path):
        return
    yield from _each_match(path, text, r'(?m)^[ \t]*#\s*include\s*"[^"]*"',
                           "{}: includes are spelled <sluice/room/x.hpp>")
    for_cuda = (path.startswith(("cuda/module/", "tests/module/"))
                or path.endswith(("_cuda.cpp", "_nccl.cpp", ".cu")))
    if not for_cuda:
        yield from _each_match(path, text, _CUDA_HEADER, "{}: only the CUDA module includes this")
    if not path.startswith("kernels/detail/"):
        yield from _each_match(path, text, r"#\s*include\s*<thrust/[^>]*>",
                               "{}: only kernels/detail/ includes Thrust")
    if path.startswith(("kernels/", "cuda/")):
        yield from _each_match(path, text, r"#\s*include\s*<coroutine>",
                               "{}: coroutine headers stay out of what nvcc compiles")


_HOST_SYNCHRONISING = (
    "copy_if|stable_partition\\w*|partition\\w*|is_partitioned|reduce|reduce_by_key|"
    "transform_reduce|unique\\w*|min_element|max_element|minmax_element|set_\\w+|merge_by_key|"
    "remove\\w*|count|count_if|inner_product|any_of|all_of|none_of|equal|mismatch|find|find_if|"
    "find_if_not|is_sorted\\w*|device_vector|host_vector|device_malloc|device_new")


def thrust_that_waits(path, text):
    """Calls that make the host wait for the device even under par_nosync."""
    if path.startswith("kernels/") and is_cpp(path):
        yield from _each_match(
            path, code_only(text),
            rf"\bthrust::(?:{_HOST_SYNCHRONISING})\b(?!\s*\(\s*thrust::seq\b)",
            "{}: makes the host wait for the device; use scans, sorts and scatters")


_WORDS = [r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b", r"\bHA" + r"CK\b",
          r"(?i)\bplace" + r"holder\b", r"(?i)\bfor " + r"now\b"]


def words(path, text):
    for pattern in _WORDS:
        yield from _each_match(path, text, pattern, "'{}': finish it or leave it out")
    if is_cpp(path):
        yield from _each_match(path, text, r"[@\\](?:brief|return|param)\b",
                               "{}: comments are plain sentences")


def machine_paths(path, text):
    yield from _each_match(path, text, r"(?<![\w.}/-])/(?:work|home|root|mnt)/[\w.-]*",
                           "{}: a path of one machine")
    if is_cpp(path):
        yield from _each_match(path, text, r'"/tmp\b', "{}: ask for the temporary folder")


def calls(path, text):
    """Calls that no code or test of ours makes."""
    if not is_cpp(path):
        return
    code = code_only(text)
    yield from _each_match(path, code, r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<!\w)::sleep\s*\(",
                           "{}: nothing sleeps; wait for what is awaited")
    yield from _each_match(path, code, r"\batomic_(?:thread|signal)_fence\b",
                           "{}: orderings stand on the operations, for TSan's sake")
    yield from _each_match(path, code, r"\bDISABLED_\w+", "{}: a test runs or is not there")
    if path.endswith(".hpp"):
        yield from _each_match(path, code, r"\busing\s+namespace\b", "{} in a header")


def coroutines(path, text):
    # The programs in tests/compilers show the broken forms.
    if is_cpp(path) and not path.startswith("tests/compilers/"):
        for line, message in coroutine_forms.findings(text):
            yield Finding(path, line, f"g++ 12 breaks this: {message}")


ALL = (size, contract, includes, thrust_that_waits, words, machine_paths, calls, coroutines)


def check(path, text):
    for rule in ALL:
        yield from rule(path, text)
