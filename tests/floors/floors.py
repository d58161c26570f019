#!/usr/bin/env python3
"""Instructions and allocations of one task and one streamed item, counted by callgrind.

    floors.py [--check] SLUICE_FLOORS tasks|items

The program runs with two counts, and what one more costs is the slope between them: start and end
of the process, and what is made once, fall out. --check fails above the limits below. Where
valgrind is missing the exit status is 77. Standard library only.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COUNTS = (2000, 6000)
INSTRUCTIONS_MAX = {"tasks": 900, "items": 900}
ALLOCATIONS_MAX = 1.0

NAMED = re.compile(r"^cfn=\((\d+)\)(?: (.*))?$")
DEFINED = re.compile(r"^c?fn=\((\d+)\) (.*)$")


class Cost:
    def __init__(self, profile):
        """Reads a profile in callgrind's format: totals, and how often malloc was called."""
        self.instructions = None
        self.allocations = 0
        names = {}
        callee = None
        for line in profile.read_text().splitlines():
            if defined := DEFINED.match(line):
                names[defined[1]] = defined[2]
            if named := NAMED.match(line):
                callee = names[named[1]]
            elif line.startswith("calls=") and callee in ("malloc", "calloc", "realloc",
                                                          "aligned_alloc", "posix_memalign"):
                self.allocations += int(line[6:].split()[0])
            elif line.startswith(("totals:", "summary:")):
                self.instructions = int(line.split()[1])


def measure(program, what, count):
    with tempfile.TemporaryDirectory() as folder:
        profile = pathlib.Path(folder) / "profile"
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", program, what,
             str(count)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"floors.py: {program} {what} {count} ended with {done.returncode}:\n"
                     + done.stderr)
        return Cost(profile)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("what", choices=INSTRUCTIONS_MAX)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("valgrind is not installed")
        return 77

    few, many = (measure(options.program, options.what, count) for count in COUNTS)
    apart = COUNTS[1] - COUNTS[0]
    instructions = (many.instructions - few.instructions) / apart
    allocations = (many.allocations - few.allocations) / apart
    print(f"{options.what}: {instructions:.0f} instructions and {allocations:.2f} allocations each")
    if not options.check:
        return 0
    limit = INSTRUCTIONS_MAX[options.what]
    if few.allocations == 0:
        sys.exit("floors.py: no allocation was seen at all; the profile was not understood")
    if instructions > limit or allocations > ALLOCATIONS_MAX:
        sys.exit(f"floors.py: at most {limit} instructions and {ALLOCATIONS_MAX} allocations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
