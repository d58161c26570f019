#!/usr/bin/env python3
"""How much of a run was the simulated device's, computed from what `sluice chunk --trace` wrote.

    trace_figures.py TRACE... [--require]

Of each trace, and of all together:
  kernel bytes on devices: the share of the bytes kernels touched that they touched on a device;
  operations after a later host step: the share of the devices' kernels and copies that began
  after a host step which itself began after the operation was given to its stream. What runs at
  the call has none between.
  waits: how often a stream waited, by reason.
With --require the exit status is 1 where all together are below 90 % and 50 %.
Standard library only.
"""
import argparse
import bisect
import collections
import json
import sys

KERNEL_SHARE_LEAST = 0.90
LATER_SHARE_LEAST = 0.50


class Figures:
    def __init__(self):
        self.kernel_bytes = 0
        self.device_kernel_bytes = 0
        self.operations = 0
        self.later = 0
        self.waits = collections.Counter()
        self.dropped = 0

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def kernel_share(self):
        return self.device_kernel_bytes / max(self.kernel_bytes, 1)

    @property
    def later_share(self):
        return self.later / max(self.operations, 1)

    def __str__(self):
        waits = ", ".join(f"{reason} {count}" for reason, count in sorted(self.waits.items()))
        return (f"kernel bytes on devices {self.kernel_share:.1%}, "
                f"{self.operations} operations, {self.later_share:.1%} after a later host step; "
                f"waits: {waits or 'none'}")


def figures_of(path):
    with open(path, "rb") as file:
        trace = json.load(file)
    events = trace["traceEvents"]
    tracks = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M"}
    done = [e for e in events if e["ph"] == "X"]
    steps = sorted(e["args"]["enqueue_tick"] for e in done if e["cat"] == "host_step")
    found = Figures()
    found.dropped = trace["otherData"]["dropped"]
    for event in done:
        on_device = tracks[event["tid"]].startswith(("sim", "cuda"))
        arguments = event["args"]
        if event["cat"] == "kernel":
            found.kernel_bytes += arguments["bytes"]
            found.device_kernel_bytes += arguments["bytes"] if on_device else 0
        if event["cat"] == "stream_wait":
            found.waits[event["name"]] += 1
        if on_device and event["cat"] in ("kernel", "copy"):
            found.operations += 1
            first_later = bisect.bisect_right(steps, arguments["enqueue_tick"])
            found.later += first_later < bisect.bisect_left(steps, arguments["begin_tick"])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("traces", nargs="+", metavar="TRACE")
    parser.add_argument("--require", action="store_true", help="fail below 90 %% and 50 %%")
    options = parser.parse_args()
    total = Figures()
    for path in options.traces:
        figures = figures_of(path)
        print(f"{path}: {figures}")
        total.add(figures)
    print(f"all: {total}")
    if not options.require:
        return 0
    enough = total.kernel_share >= KERNEL_SHARE_LEAST and total.later_share >= LATER_SHARE_LEAST
    if total.dropped:
        print(f"trace_figures: {total.dropped} records were dropped", file=sys.stderr)
    return 0 if enough and not total.dropped else 1


if __name__ == "__main__":
    sys.exit(main())
