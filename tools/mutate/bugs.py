"""./dev mutate --bugs: bugs that others published or planted; random programs must notice.

usage: bugs.py [--only PATTERN] [--jobs N] [--seeds N] [--starts N] [--unchecked]
Each patch of tests/mutations/bugs/ is applied to the copy of the tree in build/mutate, and
sluice_sim is built and run there from several first seeds until a program fails. Prints for each
patch how many programs that took, and their median. Exit status 1 when from most starts a bug was
not noticed within --seeds programs, when a patch does not apply or compile, or when programs fail
without any patch.
"""

import argparse
import math
import os
import re
import statistics
import sys
import time

import mutate
from mutate import Refused

PATCHES = mutate.ROOT / "tests/mutations/bugs"
TARGET = "sluice_sim"
BETWEEN_STARTS = 1_000_000
PROGRAM_LIMIT_S = 10


class Bug(mutate.Patch):
    faults = []  # options of sluice_sim


def parse_patch(name, text):
    """The header names the report of the bug, says in a sentence what it does, and when it takes
    faults of the machine to meet it, which: `Faults: safety`."""
    begin = re.search(r"^(diff --git|---) ", text, re.MULTILINE)
    header = text[:begin.start()] if begin else ""
    bug = re.search(r"^Bug: (.+)$", header, re.MULTILINE)
    faults = re.search(r"^Faults: (safety|liveness)$", header, re.MULTILINE)
    sentence = " ".join(line for line in header.splitlines()
                        if line and not line.startswith(("Bug:", "Faults:")))
    if not bug or not sentence:
        raise Refused(f"{name}: it needs a header with `Bug: REPORT` and a sentence, and a diff")
    made = Bug(name, bug.group(1), sentence, [], text[begin.start():])
    made.faults = ["--faults", faults.group(1)] if faults else []
    if not made.files():
        raise Refused(f"{name}: its diff changes no file")
    return made


def programs_until_failure(output):
    """(programs that were run, whether the last one failed), from the closing line."""
    line = re.search(r"^(\d+) programs, (\d+) failed", output, re.MULTILINE)
    if not line:
        raise Refused("sluice_sim ended without its closing line: " + output.strip()[-200:])
    return int(line.group(1)), line.group(2) != "0"


def run(seeds, first_seed, more=()):
    command = [mutate.BUILD / "bin" / TARGET, "--seeds", str(seeds), "--from", str(first_seed),
               "--first", "--isolate", "--limit-s", str(PROGRAM_LIMIT_S), *more]
    _, output = mutate.run_limited(command, mutate.BUILD_LIMIT_S)
    return programs_until_failure(output)


def first_seeds(starts):
    return [1 + start * BETWEEN_STARTS for start in range(starts)]


def verdict_of(taken, seeds):
    """`taken`: how many programs each start took, infinity when none of them failed."""
    each = " ".join(f"({seeds})" if one == math.inf else str(one) for one in taken)
    median = statistics.median_high(taken)
    if median == math.inf:
        raise Refused(f"SURVIVED: programs run {each}, those in brackets without noticing")
    return f"noticed after {each} programs, median {median}"


def judge(patch, options):
    """How many programs each start took."""
    restore = mutate.apply(patch)
    try:
        mutate.build([TARGET], options.jobs)
        taken = []
        for first_seed in first_seeds(options.starts):
            programs, failed = run(options.seeds, first_seed, patch.faults + options.more)
            taken.append(programs if failed else math.inf)
        return taken
    finally:
        restore()


def check_green(options):
    mutate.build([TARGET], options.jobs)
    programs, failed = run(options.seeds, 1)
    if failed:
        raise Refused(f"not green without any patch: program {programs} failed")


def judge_all(patches, options):
    noticed = 0
    for patch in patches:
        begin = time.monotonic()
        try:
            verdict = verdict_of(judge(patch, options), options.seeds)
            noticed += 1
        except Refused as why:
            verdict = f"NOT NOTICED: {why}"
        print(f"{patch.name}  {patch.rule}  {verdict}  {time.monotonic() - begin:.0f} s",
              flush=True)
    return noticed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="only patches with this regular expression in their name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seeds", type=int, default=2000, help="programs from each start, at most")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--unchecked", dest="more", action="store_const", const=["--unchecked"],
                        default=[], help="nobody looks for hazards: what values alone tell")
    options = parser.parse_args()
    begin = time.monotonic()
    try:
        patches = [parse_patch(path.stem, path.read_text(encoding="utf-8"))
                   for path in sorted(PATCHES.glob("*.patch"))]
        wanted = [patch for patch in patches if re.search(options.only, patch.name)]
        if not wanted:
            raise Refused(f"no patch's name has {options.only!r} in it")
        mutate.copy_tree()
        mutate.configure()
        check_green(options)
    except Refused as why:
        print(f"mutate: {why}", file=sys.stderr)
        return 1
    noticed = judge_all(wanted, options)
    print(f"{noticed} of {len(wanted)} bugs noticed, {time.monotonic() - begin:.0f} s")
    return 0 if noticed == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
