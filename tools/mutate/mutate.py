"""./dev mutate --rules: breaks each standing rule of the contract on purpose; a test must notice.

usage: mutate.py [--only PATTERN] [--jobs N]
Each patch of tests/mutations/rules/ is applied to a copy of the tree, in build/mutate, where the
test files that it names are built and run. It counts as caught when a test fails that names the
patch's rule. Exit status 1 when a patch was not caught, does not apply or does not compile, when a
standing rule has fewer than two patches, or when the tree without patches is not green.
tests/mutations/README.md says how to add one.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATCHES = ROOT / "tests/mutations/rules"
WORK = ROOT / "build/mutate"
TREE = WORK / "tree"
BUILD = WORK / "build"

# Those that stand wholly, or as far as their tests say.
STANDING = [f"C{number}" for number in (*range(1, 18), 21)]
PATCHES_MIN = 2

TEST_LIMIT_S = 20  # of one test, for tests/support/watchdog.hpp: a hang is an end with a name
RUN_LIMIT_S = 300  # of one executable
BUILD_LIMIT_S = 1200


class Refused(Exception):
    """Why a patch, or the whole run, cannot be judged."""


# --- what a patch file says


class Patch:
    def __init__(self, name, rule, sentence, tests, diff):
        self.name = name
        self.rule = rule
        self.sentence = sentence
        self.tests = tests  # below tests/: "semantics/window_test.cpp"
        self.diff = diff

    def files(self):
        return re.findall(r"^\+\+\+ b/(\S+)", self.diff, re.MULTILINE)


def parse_patch(name, text):
    """The header names the rule, what is broken in one sentence, and the test files."""
    begin = re.search(r"^(diff --git|---) ", text, re.MULTILINE)
    if not begin:
        raise Refused(f"{name}: no diff")
    header, diff = text[:begin.start()], text[begin.start():]
    rule = re.search(r"^Rule: (C\d+)$", header, re.MULTILINE)
    tests = re.search(r"^Tests: (.+)$", header, re.MULTILINE)
    sentence = " ".join(line for line in header.splitlines()
                        if line and not line.startswith(("Rule:", "Tests:")))
    if not rule or not tests or not sentence:
        raise Refused(f"{name}: its header needs `Rule: Cn`, a sentence and `Tests: FILE...`")
    if not name.startswith(rule.group(1) + "-"):
        raise Refused(f"{name}: it is called otherwise than its rule, {rule.group(1)}")
    patch = Patch(name, rule.group(1), sentence, tests.group(1).replace(",", " ").split(), diff)
    if not patch.files():
        raise Refused(f"{name}: its diff changes no file")
    return patch


def too_few(patches):
    """The standing rules that nobody breaks often enough."""
    counts = {rule: sum(patch.rule == rule for patch in patches) for rule in STANDING}
    return [f"{rule} has {count} patch(es), {PATCHES_MIN} are needed"
            for rule, count in counts.items() if count < PATCHES_MIN]


# --- which tests name a rule


def names(rule, text):
    return re.search(rf"(?<![A-Za-z0-9]){rule}(?![A-Za-z0-9])", text) is not None


def tests_naming(rule, source):
    """(suite, test) of those that have the rule in their name or in the comment directly above."""
    found = []
    comment = []
    lines = source.splitlines()
    for line, following in zip(lines, lines[1:] + [""]):
        if line.startswith("//"):
            comment.append(line)
            continue
        test = line and re.match(r"TEST(?:_[PF])?\((\w+),\s*(\w+)\)", line + following)
        if test and (names(rule, test.group(2)) or names(rule, " ".join(comment))):
            found.append(test.groups())
        comment = []
    return found


def gtest_filter(tests):
    """Also of their instances: Window.C14_X is run as On/Window.C14_X/host_1w."""
    return ":".join(f"{suite}.{test}:*/{suite}.{test}/*" for suite, test in tests)


# --- what a run of tests said


class Outcome:
    def __init__(self):
        self.passed = 0
        self.failed = []  # names of tests, with how they failed in brackets unless by an assertion
        self.trouble = ""  # what is wrong beside tests that failed


def parse_output(text, status):
    """From GoogleTest's lines. A test that began and did not end has crashed or hangs."""
    outcome = Outcome()
    running = None
    for line in text.splitlines():
        mark = re.match(r"\[ +(RUN|OK|FAILED|SKIPPED) +\] ([\w/]+\.[\w/]+)", line)
        if not mark:
            continue
        what, test = mark.groups()
        if what == "RUN":
            running = test
        elif test == running:  # the summary at the end names the tests that failed again
            running = None
            outcome.passed += what == "OK"
            if what == "FAILED":
                outcome.failed.append(test)
    if running:
        how = "hung" if "watchdog:" in text or status == "time" else "crashed"
        outcome.failed.append(f"{running} ({how})")
    elif status != 0 and not outcome.failed:
        outcome.trouble = f"no test failed, and the program ended with {status}"
    elif not outcome.failed and not outcome.passed:
        outcome.trouble = "no test ran"
    return outcome


# --- the copy of the tree


def copy_tree():
    """Only what differs is written, so that little is built again."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            check=True, capture_output=True).stdout.decode().split("\0")
    wanted = {path for path in listed if path and (ROOT / path).is_file()}
    for path in wanted:
        target = TREE / path
        content = (ROOT / path).read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, target)
            os.utime(target)
    for target in [each for each in TREE.rglob("*") if each.is_file()]:
        if str(target.relative_to(TREE)) not in wanted:
            target.unlink()


def apply(patch):
    """Returns what puts the files back."""
    before = {path: (TREE / path).read_bytes() for path in patch.files() if (TREE / path).is_file()}
    # The copy lies in a folder of this repository that git ignores; it must not look up there.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(WORK)}
    run = subprocess.run(["git", "apply", "-"], cwd=TREE, input=patch.diff.encode(),
                         capture_output=True, env=alone)
    if run.returncode != 0:
        raise Refused("does not apply: " + run.stderr.decode().strip().splitlines()[0])
    if all((TREE / path).read_bytes() == content for path, content in before.items()):
        raise Refused("does not apply: nothing changed")

    def restore():
        for path in patch.files():
            if path in before:
                (TREE / path).write_bytes(before[path])
            else:
                (TREE / path).unlink()
    return restore


# --- building and running


def run_limited(command, limit_s, **options):
    """(exit status or "time", output). The whole group of processes ends with it."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, start_new_session=True, **options)
    try:
        output, _ = process.communicate(timeout=limit_s)
        return process.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return "time", output.decode(errors="replace")


def configure():
    settings = {"CMAKE_BUILD_TYPE": "Debug", "CMAKE_CXX_FLAGS_DEBUG": "-O0 -D_GLIBCXX_ASSERTIONS",
                "SLUICE_CUDA": "OFF", "SLUICE_EXAMPLES": "OFF", "SLUICE_BENCH": "OFF",
                "SLUICE_TESTS_BY_FILE": "ON"}
    status, output = run_limited(["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja",
                                  *(f"-D{name}={value}" for name, value in settings.items())],
                                 BUILD_LIMIT_S)
    if status != 0:
        raise Refused("cmake:\n" + output)


def target_of(test_file):
    return "sluice_" + test_file.removesuffix(".cpp").replace("/", "_")


def build(targets, jobs):
    status, output = run_limited(["cmake", "--build", BUILD, "-j", str(jobs), "--target", *targets],
                                 BUILD_LIMIT_S)
    if status != 0:
        lines = [line for line in output.splitlines() if "error" in line] or output.splitlines()
        raise Refused("does not compile: " + (lines[-1] if status == "time" else lines[0]))


def run_tests(test_file, tests, *options):
    hidden = ("SLUICE_REQUIRE_GPU", "SLUICE_CUDA_MODULE", "SLUICE_SEED")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["SLUICE_TEST_LIMIT_S"] = str(TEST_LIMIT_S)
    status, output = run_limited([BUILD / "bin" / target_of(test_file),
                                  "--gtest_filter=" + gtest_filter(tests), *options],
                                 RUN_LIMIT_S, env=environment)
    return parse_output(output, status)


def named_tests(patch):
    """{test file: tests that name the rule}; from the tree without patches."""
    found = {}
    for test_file in patch.tests:
        source = TREE / "tests" / test_file
        if not source.is_file():
            raise Refused(f"no such file: tests/{test_file}")
        found[test_file] = tests_naming(patch.rule, source.read_text(encoding="utf-8"))
    if not any(found.values()):
        raise Refused(f"no test names {patch.rule} in {' '.join(patch.tests)}")
    return {test_file: tests for test_file, tests in found.items() if tests}


def check_green(patches, jobs):
    """What the patches will be judged by passes without them."""
    wanted = {}
    for patch in patches:
        for test_file, tests in named_tests(patch).items():
            wanted.setdefault(test_file, set()).update(tests)
    build([target_of(each) for each in sorted(wanted)], jobs)
    for test_file, tests in sorted(wanted.items()):
        outcome = run_tests(test_file, sorted(tests))
        if outcome.failed or outcome.trouble:
            raise Refused(f"not green without any patch: {test_file}: " +
                          (outcome.trouble or ", ".join(outcome.failed)))


def judge(patch, jobs):
    """The test that fails with this patch. Refused when there is none, or no way to know."""
    tests = named_tests(patch)
    restore = apply(patch)
    try:
        build([target_of(each) for each in sorted(tests)], jobs)
        for test_file, names_of_file in tests.items():
            outcome = run_tests(test_file, names_of_file, "--gtest_fail_fast")
            if outcome.failed:
                return outcome.failed[0]
            if outcome.trouble:
                raise Refused(outcome.trouble)
    finally:
        restore()
    raise Refused(f"SURVIVED: no test that names {patch.rule} failed in {' '.join(patch.tests)}")


def read_patches():
    patches = []
    for path in sorted(PATCHES.glob("*.patch"), key=lambda each: (
            int(re.sub(r"\D", "", each.name.partition("-")[0]) or 0), each.name)):
        patches.append(parse_patch(path.stem, path.read_text(encoding="utf-8")))
    return patches


def judge_all(patches, jobs):
    caught = 0
    for patch in patches:
        begin = time.monotonic()
        try:
            verdict = "caught by " + judge(patch, jobs)
            caught += 1
        except Refused as why:
            verdict = f"NOT CAUGHT: {why}"
        seconds = time.monotonic() - begin
        print(f"{patch.name}  {patch.rule}  {verdict}  {seconds:.0f} s", flush=True)
    return caught


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="only patches with this regular expression in their name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    begin = time.monotonic()
    try:
        patches = read_patches()
        wanted = [patch for patch in patches if re.search(arguments.only, patch.name)]
        if not wanted:
            raise Refused(f"no patch's name has {arguments.only!r} in it")
        missing = too_few(patches)
        copy_tree()
        configure()
        check_green(wanted, arguments.jobs)
    except Refused as why:
        print(f"mutate: {why}", file=sys.stderr)
        return 1
    print(f"green without patches after {time.monotonic() - begin:.0f} s", flush=True)
    caught = judge_all(wanted, arguments.jobs)
    for line in missing:
        print(line)
    print(f"{caught} of {len(wanted)} patches caught, {len({each.rule for each in wanted})} rules, "
          f"{time.monotonic() - begin:.0f} s")
    return 0 if caught == len(wanted) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
