import pathlib
import tempfile
import unittest

from summarise import summarise

GTEST = """<testsuites><testsuite name="On/Spill">
<testcase name="Runs/host" status="run" result="completed" classname="On/Spill"/>
<testcase name="Runs/cuda" status="run" result="skipped" classname="On/Spill">
<skipped message="a.cpp:3&#x0A;no NVIDIA driver">a.cpp:3
no NVIDIA driver
Google Test trace:
a.cpp:2: seed 1</skipped></testcase>
{more}</testsuite></testsuites>"""

FAILURE = """<testcase name="Fails" status="run" result="completed" classname="A">
<failure message="">a.cpp:5
Expected equality</failure></testcase>"""


def entry(name, status, inside=""):
    return (f'<testcase name="{name}" classname="{name}" time="1" status="{status}">{inside}'
            "<system-out>its output</system-out></testcase>")


def closing_line(entries, gtest=None):
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder)
        if entries is not None:
            (results / "ctest.xml").write_text(f"<testsuite>{''.join(entries)}</testsuite>")
        if gtest:
            (results / "sluice_store_tests.xml").write_text(gtest)
        return summarise(results).closing_line()


class Counts(unittest.TestCase):
    def test_the_single_tests_of_an_executable(self):
        self.assertEqual(closing_line([entry("store", "run"), entry("house.x", "run")],
                                      GTEST.format(more="")), "2 passed, 0 failed, 1 skipped")
        self.assertEqual(closing_line([entry("store", "fail")], GTEST.format(more=FAILURE)),
                         "1 passed, 1 failed, 1 skipped")

    def test_a_crash_before_and_after_the_report_is_a_failure(self):
        self.assertEqual(closing_line([entry("store", "fail", "<failure/>")]),
                         "0 passed, 1 failed, 0 skipped")
        self.assertEqual(closing_line([entry("store", "fail", "<failure/>")],
                                      GTEST.format(more="")), "1 passed, 1 failed, 1 skipped")

    def test_what_did_not_start_is_a_failure_and_what_skips_itself_is_not(self):
        missing = '<skipped message="Unable to find executable"/>'
        skips = '<skipped message="SKIP_RETURN_CODE=77"/>'
        self.assertEqual(closing_line([entry("store", "notrun", missing)]),
                         "0 passed, 1 failed, 0 skipped")
        self.assertEqual(closing_line([entry("compilers.x", "notrun", skips)]),
                         "0 passed, 0 failed, 1 skipped")

    def test_the_single_tests_of_a_python_program(self):
        said = ("<system-out>test_a (test_errors.Refusals.test_a) ... ok\n"
                "test_b (test_errors.Refusals.test_b)\nWhat it is. ... ok\n"
                "test_c (test_errors.Refusals.test_c) ... skipped 'root may read everything'\n"
                "Ran 3 tests in 0.4s\n\nOK (skipped=1)\n</system-out>")
        self.assertEqual(closing_line([f'<testcase name="oracle.errors" status="run">{said}'
                                       "</testcase>"]), "2 passed, 0 failed, 1 skipped")

    def test_a_reason_is_without_the_trace_of_where_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            results = pathlib.Path(folder)
            (results / "ctest.xml").write_text(f"<testsuite>{entry('store', 'run')}</testsuite>")
            (results / "sluice_store_tests.xml").write_text(GTEST.format(more=""))
            self.assertEqual(dict(summarise(results).skipped), {"cuda (no NVIDIA driver)": 1})

    def test_a_run_without_tests_fails(self):
        self.assertEqual(closing_line([]), "0 passed, 1 failed, 0 skipped")
        self.assertEqual(closing_line(None), "0 passed, 1 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
