"""./dev check: format, house rules, clang-tidy. Prints each finding as path:line: text.

usage: check.py --build BUILD [--no-tidy] [PATH...]
BUILD is a configured build folder with a compile_commands.json. With PATHs, only files whose path
begins with one of them.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import quotes
import rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = (".png", ".bin", ".idx")
# Texts that must name what the rules refuse, or are not ours.
EXEMPT = ("tools/check/", "LICENSE")


def tracked_files():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return [path for path in out.splitlines()
            if not path.endswith(BINARY) and (ROOT / path).is_file()]


def house_rules(paths):
    examples = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.cpp")]
    for path in paths:
        if path.startswith(EXEMPT):
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        yield from rules.check(path, text)
        if path in quotes.PAGES:
            yield from quotes.check(path, text, examples)


def format_findings(paths):
    """One finding per file, at the first place that differs."""
    run = subprocess.run(["clang-format-19", "--dry-run", "--ferror-limit=1", *paths], cwd=ROOT,
                         capture_output=True, text=True)
    seen = set()
    for match in re.finditer(r"^(\S+?):(\d+):\d+: warning", run.stderr, re.MULTILINE):
        path = os.path.relpath(ROOT / match.group(1), ROOT)
        if path not in seen:
            seen.add(path)
            yield rules.Finding(path, int(match.group(2)), "not in format; ./dev format does it")
    if run.returncode and not seen:
        yield rules.Finding("clang-format-19", 0, run.stderr.strip())


def tidy_sources(build, wanted):
    commands = json.loads((build / "compile_commands.json").read_text())
    files = {os.path.realpath(command["file"]) for command in commands
             if "nvcc" not in command["command"].split()[0:2]}
    return sorted(path for path in files
                  if path.startswith(tuple(f"{ROOT}/{prefix}" for prefix in wanted))
                  and not path.startswith(f"{ROOT}/build/") and path.endswith(".cpp"))


def tidy_one(build, source):
    run = subprocess.run(["clang-tidy-19", "-p", str(build), "--quiet", source], cwd=ROOT,
                         capture_output=True, text=True)
    found = []
    for match in re.finditer(r"^(/\S+?):(\d+):\d+: (?:warning|error): (.*)$", run.stdout,
                             re.MULTILINE):
        path = os.path.relpath(os.path.realpath(match.group(1)), ROOT)
        found.append(rules.Finding(path, int(match.group(2)), match.group(3)))
    if run.returncode and not found:
        found.append(rules.Finding(os.path.relpath(source, ROOT), 0,
                                   "clang-tidy-19 failed: " + run.stderr.strip()[-400:]))
    return found


def tidy_findings(build, wanted):
    sources = tidy_sources(build, wanted)
    # The largest first, so that none is left alone at the end.
    sources.sort(key=lambda source: -os.path.getsize(source))
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for found in pool.map(lambda source: tidy_one(build, source), sources):
            yield from found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", type=pathlib.Path, required=True)
    options.add_argument("--no-tidy", action="store_true")
    options.add_argument("paths", nargs="*", default=[""])
    options = options.parse_args()

    paths = [path for path in tracked_files() if path.startswith(tuple(options.paths))]
    stages = [("house rules", lambda: house_rules(paths)),
              ("format", lambda: format_findings([p for p in paths if rules.is_cpp(p)]))]
    if not options.no_tidy:
        stages.append(("clang-tidy", lambda: tidy_findings(options.build.resolve(), options.paths)))
    total = 0
    for name, stage in stages:
        began = time.monotonic()
        found = set()  # a header's finding comes once for each file that includes it
        for finding in stage():
            if finding not in found:
                found.add(finding)
                print(finding, flush=True)
        total += len(found)
        print(f"{name}: {len(found)} findings in {time.monotonic() - began:.0f} s", flush=True)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
