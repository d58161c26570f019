"""On the simulated device the work is the device's, and late: computed from traces of 20 seeds."""
import json
import os
import unittest

import trace_figures
from command import SEED, CommandTest

SEEDS = range(SEED, SEED + 20)


class Traces(CommandTest):
    def traces(self, *options):
        """The figures of all seeds together."""
        inputs = [os.environ["SLUICE_FORTUNES"]] if os.environ.get("SLUICE_FORTUNES") else None
        if inputs is None:
            self.write_seeded_text(2_000_000)
        total = trace_figures.Figures()
        path = self.folder / "trace.json"
        for seed in SEEDS:
            done = self.run_chunk("--split", "%", "--force", "--device", f"sim:{seed}", "--trace",
                                  path, *options, inputs=inputs)
            self.require_ok(done)
            total.add(trace_figures.figures_of(path))
        print(f"{len(SEEDS)} seeds, {' '.join(options)}: {total}")
        return total

    def test_show_late_work_on_the_device(self):
        total = self.traces("--memory", "8MiB", "--threads", "2")
        total.add(self.traces("--memory", "1GiB", "--threads", "1"))
        self.assertEqual(total.dropped, 0)
        self.assertGreaterEqual(total.kernel_share, trace_figures.KERNEL_SHARE_LEAST)
        self.assertGreaterEqual(total.later_share, trace_figures.LATER_SHARE_LEAST)

    def test_name_every_stage(self):
        self.write_seeded_text(100_000)
        path = self.folder / "trace.json"
        self.require_ok(self.run_chunk("--trace", path, "--device", "cpu"))
        steps = {event["name"] for event in json.loads(path.read_text())["traceEvents"]
                 if event.get("cat") == "host_step"}
        self.assertEqual(steps, {"read", "split", "utf8", "hash", "dedup", "tokenise", "write"})


if __name__ == "__main__":
    unittest.main()
