"""What a run of ./dev gpu came to: counts the tests and writes its reports.

usage: gpu_report.py WORK OUT
WORK has `facts` (one name and value a line) and results/ (of each suite of tests: a report of
GoogleTest's, its output, its exit status). OUT has steps.txt; it gets summary.txt, machine.json,
tests.xml and, if all is well, cuda.json: commit that as docs/measurements/cuda.json.
Exit status 1 when anything failed, nothing ran or something was skipped.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as xml

from summarise import Summary, add_gtest
from verified import rooms_hash

TESTED = ("chip", "driver", "nvcc", "date", "commit")


def read_pairs(path):
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split("\t") for line in lines if line]


def add_suite(summary, status_file):
    """Returns the suite's report, or None where it came to none."""
    name = status_file.name.removesuffix(".status")
    status = int(status_file.read_text())
    report = status_file.with_suffix(".xml")
    failed_before = len(summary.failures)
    root = None
    try:
        root = xml.parse(report).getroot()
        add_gtest(summary, name.partition(".")[0], root)
    except (OSError, xml.ParseError):
        pass
    if status != 0 and len(summary.failures) == failed_before:
        log = status_file.with_suffix(".log")
        summary.fail(f"{name}: crashed or took too long (status {status})",
                     log.read_text(errors="replace") if log.exists() else "")
    elif root is None:
        summary.fail(f"{name}: wrote no report", "")
    return root


def add_suites(summary, results):
    """Returns the suites' reports as one; a suite that has no test for a GPU adds nothing."""
    together = xml.Element("testsuites")
    for status_file in sorted(results.glob("*.status")):
        root = add_suite(summary, status_file)
        if root is not None:
            for suite in root.iter("testsuite"):
                together.append(suite)
    return together


def is_green(summary, steps):
    return (bool(steps) and summary.passed > 0 and not summary.failures and not summary.skipped
            and not any(outcome.startswith("FAILED") for _, outcome, _ in steps))


def record_of(facts, summary, root):
    record = {name: facts.get(name, "unknown") for name in TESTED}
    record["tests"] = summary.closing_line()
    record["rooms_sha256"] = rooms_hash(root)
    return record


def lines_of(facts, steps, summary):
    yield from (f"{name}: {facts[name]}" for name in TESTED if facts.get(name))
    yield from (f"{name:10} {int(seconds):4} s  {outcome}" for name, outcome, seconds in steps)
    for name, text in summary.failures:
        yield f"\nFAILED {name}\n{text}"
    yield from (f"skipped: {count} {what}" for what, count in sorted(summary.skipped.items()))
    yield summary.closing_line()


def as_json(value):
    return json.dumps(value, indent=1) + "\n"


def report(work, out, root):
    summary = Summary()
    facts = dict(read_pairs(work / "facts"))
    steps = read_pairs(out / "steps.txt")
    together = add_suites(summary, work / "results")
    xml.ElementTree(together).write(out / "tests.xml", encoding="utf-8", xml_declaration=True)
    (out / "machine.json").write_text(as_json(facts))
    text = "\n".join(lines_of(facts, steps, summary)) + "\n"
    (out / "summary.txt").write_text(text)
    green = is_green(summary, steps)
    if green:
        (out / "cuda.json").write_text(as_json(record_of(facts, summary, root)))
    return green, text


def main(arguments):
    work, out = (pathlib.Path(each) for each in arguments)
    green, text = report(work, out, pathlib.Path(__file__).resolve().parents[2])
    print(text, end="")
    print(f"cuda: verified; commit {out / 'cuda.json'} as docs/measurements/cuda.json" if green
          else "cuda: NOT VERIFIED by this run")
    return 0 if green else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
