"""On the simulated device the work is the device's, and late: computed from traces of 20 seeds."""
import json
import os
import unittest

import trace_figures
from command import SEED, CommandTest

SEEDS = range(SEED, SEED + 20)


def together(figures):
    total = trace_figures.Figures()
    for each in figures:
        total.add(each)
    return total


class Traces(CommandTest):
    def traces(self, *options):
        """The figures of each seed."""
        inputs = [os.environ["SLUICE_FORTUNES"]] if os.environ.get("SLUICE_FORTUNES") else None
        if inputs is None:
            self.write_seeded_text(2_000_000)
        found = {}
        path = self.folder / "trace.json"
        for seed in SEEDS:
            done = self.run_chunk("--split", "%", "--force", "--device", f"sim:{seed}", "--trace",
                                  path, *options, inputs=inputs)
            self.require_ok(done)
            found[seed] = trace_figures.figures_of(path)
        print(f"{len(SEEDS)} seeds, {' '.join(options)}: {together(found.values())}")
        return found

    def require_late(self, figures, of_what):
        self.assertEqual(figures.dropped, 0, of_what)
        self.assertGreaterEqual(figures.kernel_share, trace_figures.KERNEL_SHARE_LEAST, of_what)
        self.assertGreaterEqual(figures.later_share, trace_figures.LATER_SHARE_LEAST, of_what)

    def test_show_late_work_on_the_device_with_every_seed(self):
        for seed, figures in self.traces("--memory", "8MiB", "--threads", "2").items():
            self.require_late(figures, f"SLUICE_SEED={seed}")

    def test_show_late_work_where_there_are_few_operations(self):
        found = self.traces("--memory", "1GiB", "--threads", "1")
        self.require_late(together(found.values()), f"SLUICE_SEED={SEED}")

    def test_name_every_stage(self):
        self.write_seeded_text(100_000)
        path = self.folder / "trace.json"
        self.require_ok(self.run_chunk("--trace", path, "--device", "cpu"))
        steps = {event["name"] for event in json.loads(path.read_text())["traceEvents"]
                 if event.get("cat") == "host_step"}
        self.assertEqual(steps, {"read", "split", "utf8", "hash", "dedup", "tokenise", "write"})


if __name__ == "__main__":
    unittest.main()
