#!/usr/bin/env python3
"""Measures `sluice chunk` on one corpus: speed, memory and the wait for the first chunk.

    chunk.py --command build/release/bin/sluice [--runs 5] [--memory 8MiB,32MiB,none]
             [--device cpu,sim:1] CORPUS

Every configuration runs once before the first measured run (files then lie in the page cache), and
the runs are interleaved, so that a busy machine is busy for all of them. Prints a table of medians
with every run beside them, in Markdown.

Who is measured does not measure: seconds are this script's, from start to exit, and memory is the
kernel's high-water mark of the process (ru_maxrss; what is below this interpreter's own, some
10 MiB, is not seen). The first chunk's time and the spilled bytes are the command's own words.
Standard library only.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20


class Run:
    def __init__(self, seconds, peak_bytes, report):
        self.mb_per_second = report["text_bytes"] / 1e6 / seconds
        self.peak_bytes = peak_bytes
        self.first_chunk_seconds = report["first_chunk_seconds"]
        self.spilled_bytes = report["spilled_bytes"]


def measure(command):
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaint:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=printed, stderr=complaint)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            complaint.seek(0)
            sys.exit(f"chunk.py: {' '.join(command)} ended with {child.returncode}:\n"
                     + complaint.read().decode(errors="replace"))
        printed.seek(0)
        return Run(seconds, used.ru_maxrss * 1024, json.load(printed))


def row(device, memory, runs):
    speeds = [each.mb_per_second for each in runs]
    return (f"| {device} | {memory} | {statistics.median(speeds):.0f} "
            f"({', '.join(f'{each:.0f}' for each in speeds)}) "
            f"| {statistics.median(each.first_chunk_seconds for each in runs):.3f} s "
            f"| {max(each.peak_bytes for each in runs) / MIB:.1f} MiB "
            f"| {statistics.median(each.spilled_bytes for each in runs) / 1e6:.1f} MB |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus")
    parser.add_argument("--command", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", default="8MiB,32MiB,none")
    parser.add_argument("--device", default="cpu,sim:1")
    options = parser.parse_args()

    out = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    try:
        commands = {}
        for device in options.device.split(","):
            for memory in options.memory.split(","):
                limit = [] if memory == "none" else ["--memory", memory]
                commands[device, memory] = [
                    options.command, "chunk", options.corpus, "-o", str(out), "--force", "--json",
                    "--device", device, *limit]
        runs = {which: [] for which in commands}
        for command in commands.values():
            measure(command)
        for _ in range(options.runs):
            for which, command in commands.items():
                runs[which].append(measure(command))
    finally:
        shutil.rmtree(out)

    print("| device | `--memory` | MB/s of text, median (all) | first chunk written after "
          "| largest memory of the process | spilled |")
    print("|---|---|---|---|---|---|")
    for (device, memory), done in runs.items():
        print(row(device, memory, done))


if __name__ == "__main__":
    main()
