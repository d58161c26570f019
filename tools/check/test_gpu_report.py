import json
import pathlib
import tempfile
import unittest

from gpu_report import report
from verified import rooms_hash

SUITE = '<testsuites><testsuite name="On/Order">{}</testsuite></testsuites>'
PASSED = '<testcase name="Runs/cuda" status="run" result="completed" classname="On/Order"/>'
FAILED = ('<testcase name="Fails/cuda" status="run" result="completed" classname="On/Order">'
          '<failure message="">a.cpp:3\na GPU is required: no driver</failure></testcase>')
SKIPPED = ('<testcase name="Skips/cuda" status="run" result="skipped" classname="On/Order">'
           '<skipped message="a.cpp:3&#x0A;why">a.cpp:3\nwhy</skipped></testcase>')


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.work, self.out = self.root / "work", self.root / "out"
        (self.work / "results").mkdir(parents=True)
        self.out.mkdir()
        (self.work / "facts").write_text("commit\tabc\nchip\tA GPU\ndate\t2026-01-02\n")
        self.steps("build\tok\t12\ntests\tok\t3\n")

    def steps(self, text):
        (self.out / "steps.txt").write_text(text)

    def suite(self, name, tests, status=0):
        file = self.work / "results" / name
        if tests is not None:
            file.with_name(name + ".xml").write_text(SUITE.format(tests))
        file.with_name(name + ".status").write_text(f"{status}\n")
        file.with_name(name + ".log").write_text("its last line\n")

    def outcome(self):
        green, text = report(self.work, self.out, self.root)
        self.assertEqual(green, (self.out / "cuda.json").exists())
        return green, text.splitlines()

    def test_a_green_run_writes_the_record(self):
        self.suite("cuda.On.Order", PASSED)
        self.suite("store.On.Spill", PASSED)
        self.suite("cuda.On.Launch", "")  # no instance for a GPU
        green, lines = self.outcome()
        self.assertTrue(green)
        self.assertEqual(lines[-1], "2 passed, 0 failed, 0 skipped")
        self.assertEqual(json.loads((self.out / "cuda.json").read_text()),
                         {"chip": "A GPU", "driver": "unknown", "nvcc": "unknown",
                          "date": "2026-01-02", "commit": "abc",
                          "tests": "2 passed, 0 failed, 0 skipped",
                          "rooms_sha256": rooms_hash(self.root)})
        self.assertEqual((self.out / "tests.xml").read_text().count("<testcase"), 2)

    def test_a_failed_test_is_counted_and_shown(self):
        self.suite("cuda.On.Order", PASSED + FAILED, 1)
        green, lines = self.outcome()
        self.assertFalse(green)
        self.assertEqual(lines[-1], "1 passed, 1 failed, 0 skipped")
        self.assertIn("FAILED cuda: On/Order.Fails/cuda", lines)
        self.assertIn("  a GPU is required: no driver", lines)

    def test_a_crash_before_or_after_the_report_is_a_failure(self):
        self.suite("cuda.On.Order", None, 139)
        self.suite("store.On.Spill", PASSED, 124)
        green, lines = self.outcome()
        self.assertFalse(green)
        self.assertEqual(lines[-1], "1 passed, 2 failed, 0 skipped")
        self.assertIn("FAILED cuda.On.Order: crashed or took too long (status 139)", lines)

    def test_a_skip_a_failed_step_or_no_test_at_all_is_not_green(self):
        self.assertFalse(self.outcome()[0])
        self.suite("cuda.On.Order", PASSED)
        self.assertTrue(self.outcome()[0])
        (self.out / "cuda.json").unlink()
        self.steps("build\tok\t12\nstream\tFAILED with status 1\t3\n")
        self.assertFalse(self.outcome()[0])
        self.steps("build\tok\t12\nmemcheck\tnot run: there is none\t0\n")
        self.assertTrue(self.outcome()[0])
        (self.out / "cuda.json").unlink()
        self.suite("store.On.Spill", SKIPPED)
        self.assertFalse(self.outcome()[0])


if __name__ == "__main__":
    unittest.main()
