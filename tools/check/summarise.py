"""Counts single tests from what ctest and GoogleTest wrote, and prints the closing lines: whether
the rooms are as they were on a GPU, then passed, failed and skipped.

usage: summarise.py RESULTS
RESULTS holds ctest.xml (ctest --output-junit) and, from GTEST_OUTPUT=xml:RESULTS/, one
sluice_<name>_tests.xml for the ctest entry <name>. Of an entry without such a file the lines count
that `python3 -m unittest -v` wrote, and without those it is one test.
Exit status 1 when anything failed or nothing ran.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

import verified

LINES_SHOWN = 40  # of the output of a test that failed
UNITTEST_PASSED = re.compile(r" \.\.\. ok$", re.MULTILINE)
UNITTEST_SKIPPED = re.compile(r""" \.\.\. skipped ['"](.*)['"]$""", re.MULTILINE)


class Summary:
    def __init__(self):
        self.passed = 0
        self.failures = []  # (name, text)
        self.skipped = collections.Counter()  # what (reason) -> count
        self.entries = []  # (seconds, name, tests) of each ctest entry

    def fail(self, name, text):
        lines = text.strip().splitlines()
        if len(lines) > LINES_SHOWN:
            lines = ["..."] + lines[-LINES_SHOWN:]
        self.failures.append((name, "\n".join("  " + line for line in lines)))

    def skip(self, name, reason):
        kind = "cuda " if "cuda" in name.lower() else ""
        self.skipped[f"{kind}({reason})"] += 1

    def closing_line(self):
        return (f"{self.passed} passed, {len(self.failures)} failed, "
                f"{sum(self.skipped.values())} skipped")


def reason_of(skipped):
    """GoogleTest's message is `file:line`, the text, and perhaps the traces of where it was."""
    text = (skipped.text or skipped.get("message") or "").partition("Google Test trace:")[0]
    lines = text.strip().splitlines()
    return (" ".join(lines[1:]) or "no reason given").strip()


def add_gtest(summary, name, root):
    """Counts the tests of one executable; returns how many there were."""
    count = 0
    for test in root.iter("testcase"):
        count += 1
        full = f"{name}: {test.get('classname')}.{test.get('name')}"
        failures = test.findall("failure")
        if failures:
            summary.fail(full, "\n".join(f.text or f.get("message") or "" for f in failures))
        elif test.find("skipped") is not None:
            summary.skip(full, reason_of(test.find("skipped")))
        elif test.get("status") == "notrun":
            summary.skip(full, "disabled")
        else:
            summary.passed += 1
    return count


def add_unittest(summary, name, output):
    """What `python3 -m unittest -v` said of each test; a program of another kind is one test."""
    skipped = UNITTEST_SKIPPED.findall(output)
    passed = len(UNITTEST_PASSED.findall(output))
    for reason in skipped:
        summary.skip(name, reason)
    summary.passed += passed if passed or skipped else 1
    return max(passed + len(skipped), 1)


def add_entry(summary, entry, results):
    name = entry.get("name")
    status = entry.get("status")
    output = entry.findtext("system-out") or ""
    skipped = entry.find("skipped")
    report = results / f"sluice_{name}_tests.xml"
    count = 1
    if report.exists():
        failed_before = len(summary.failures)
        count = add_gtest(summary, name, xml.parse(report).getroot())
        if status != "run" and len(summary.failures) == failed_before:
            summary.fail(f"{name}: all tests passed, then the program failed", output)
        elif count == 0:
            summary.fail(f"{name}: has no tests", output)
    elif status == "run":
        count = add_unittest(summary, name, output)
    elif skipped is not None and "SKIP_RE" in (skipped.get("message") or ""):
        lines = output.strip().splitlines()
        summary.skip(name, lines[-1] if lines else "no reason given")
    else:
        summary.fail(f"{name}: crashed, timed out or did not start", output)
    summary.entries.append((float(entry.get("time") or 0), name, count))


def summarise(results):
    summary = Summary()
    report = results / "ctest.xml"
    if not report.exists():
        summary.fail("ctest", "wrote no report")
        return summary
    for entry in xml.parse(report).getroot().iter("testcase"):
        add_entry(summary, entry, results)
    if not summary.entries:
        summary.fail("ctest", "ran no test")
    return summary


def main(arguments):
    summary = summarise(pathlib.Path(arguments[0]))
    for seconds, name, count in sorted(summary.entries, reverse=True)[:10]:
        print(f"{seconds:8.1f} s  {name} ({count})")
    for name, text in summary.failures:
        print(f"\nFAILED {name}\n{text}")
    for what, count in sorted(summary.skipped.items()):
        print(f"skipped: {count} {what}")
    print(verified.line())
    print(summary.closing_line())
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
