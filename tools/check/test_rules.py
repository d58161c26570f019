import unittest

import rules

HEADER = "// What a thing is.\n//\n//   Units    bytes.\n\n#pragma once\n"


def texts(rule, path, text):
    return [finding.text for finding in rule(path, text)]


class Sizes(unittest.TestCase):
    def test_a_long_file_and_a_long_line_are_refused(self):
        self.assertEqual(len(texts(rules.size, "store/a.cpp", "\n" * 501)), 1)
        self.assertEqual(len(texts(rules.size, "store/a.cpp", "\n" * 500)), 0)
        self.assertEqual(len(texts(rules.size, "store/a.cpp", "x" * 101 + "\n")), 1)
        self.assertEqual(len(texts(rules.size, "docs/a.md", "x" * 101 + "\n")), 0)


class Contracts(unittest.TestCase):
    def test_a_public_header_needs_a_sentence_and_a_key(self):
        self.assertEqual(texts(rules.contract, "store/a.hpp", HEADER), [])
        self.assertEqual(len(texts(rules.contract, "store/a.hpp", "#pragma once\n")), 1)
        self.assertEqual(len(texts(rules.contract, "store/a.hpp", "// A.\n\n#pragma once\n")), 1)
        self.assertEqual(texts(rules.contract, "store/detail/a.hpp", "// A.\n\n#pragma once\n"), [])

    def test_unknown_keys_and_a_missing_pragma_are_refused(self):
        self.assertEqual(len(texts(rules.contract, "store/a.hpp",
                                   HEADER.replace("Units ", "Unites"))), 1)
        self.assertEqual(len(texts(rules.contract, "store/a.hpp",
                                   HEADER.replace("#pragma once", ""))), 1)


class Includes(unittest.TestCase):
    def test_quoted_includes_are_refused(self):
        self.assertEqual(len(texts(rules.includes, "store/a.cpp", '#include "../a.hpp"\n')), 1)
        self.assertEqual(texts(rules.includes, "store/a.cpp", "#include <sluice/store/a.hpp>\n"), [])

    def test_cuda_stays_in_its_module(self):
        for header in ("cuda_runtime.h", "cuda.h", "nccl.h", "cub/cub.cuh"):
            line = f"#include <{header}>\n"
            self.assertEqual(len(texts(rules.includes, "store/a.cpp", line)), 1, header)
            self.assertEqual(texts(rules.includes, "cuda/module/a_cuda.cpp", line), [])
            self.assertEqual(texts(rules.includes, "bench/by_hand.cu", line), [])
        self.assertEqual(texts(rules.includes, "store/a.cpp", "#include <sluice/cuda/a.hpp>\n"), [])

    def test_thrust_stays_in_kernels(self):
        line = "#include <thrust/scan.h>\n"
        self.assertEqual(len(texts(rules.includes, "store/a.cpp", line)), 1)
        self.assertEqual(texts(rules.includes, "kernels/detail/a.kernel.hpp", line), [])


class Thrust(unittest.TestCase):
    def test_calls_that_make_the_host_wait_are_refused(self):
        for call in ("thrust::reduce(p, a, b)", "thrust::copy_if(p, a)", "thrust::device_vector<int>"):
            self.assertEqual(len(texts(rules.thrust_that_waits, "kernels/a.cpp", call)), 1, call)

    def test_scans_and_sequential_calls_are_not(self):
        for call in ("thrust::exclusive_scan(p, a)", "thrust::reduce(thrust::seq, a, b)",
                     "// thrust::reduce(p) waits"):
            self.assertEqual(texts(rules.thrust_that_waits, "kernels/a.cpp", call), [], call)


class Words(unittest.TestCase):
    def test_unfinished_work_is_refused(self):
        for text in ("TO" + "DO", "a place" + "holder", "For " + "now it waits"):
            self.assertEqual(len(texts(rules.words, "docs/a.md", text)), 1, text)
        self.assertEqual(texts(rules.words, "docs/a.md", "for nowhere, mastodons"), [])

    def test_paths_of_one_machine_are_refused(self):
        self.assertEqual(len(texts(rules.machine_paths, "a.cpp", 'open("/ho' + 'me/me/x")')), 1)
        self.assertEqual(len(texts(rules.machine_paths, "a.cpp", 'open("/tm' + 'p/x")')), 1)
        self.assertEqual(texts(rules.machine_paths, "a.md", "build/work/x and /usr/include"), [])

    def test_calls_that_no_one_makes(self):
        self.assertEqual(len(texts(rules.calls, "a.cpp", "std::this_thread::sleep_for(1ms);")), 1)
        self.assertEqual(len(texts(rules.calls, "a.cpp", "std::atomic_thread_fence(x);")), 1)
        self.assertEqual(texts(rules.calls, "a.cpp", "// sleep(1) is refused\nasleep(1);"), [])


class Coroutines(unittest.TestCase):
    def test_the_compiler_programs_may_show_broken_forms(self):
        text = "void f() { co_yield batch{a, b}; }"
        self.assertEqual(len(texts(rules.coroutines, "runtime/a.cpp", text)), 1)
        self.assertEqual(texts(rules.coroutines, "tests/compilers/a.cpp", text), [])


if __name__ == "__main__":
    unittest.main()
