import unittest

import headers_alone


class HeadersAlone(unittest.TestCase):
    def test_flags_are_what_is_not_about_one_file(self):
        command = ("/usr/bin/ccache /usr/bin/g++ -DX=1 -I/inc -O2 -std=c++20 -MD -MT a.o -MF a.d "
                   "-o a.o -c /src/a.cpp")
        self.assertEqual(headers_alone.flags_of(command),
                         ["/usr/bin/g++", "-DX=1", "-I/inc", "-O2", "-std=c++20"])

    def test_a_folder_without_sources_takes_the_nearest_ones_command(self):
        commands = {"store": (["g++"], "/build"), "store/detail": (["g++", "-O2"], "/build")}
        self.assertEqual(headers_alone.nearest("store/detail/deep", commands)[0], ["g++", "-O2"])
        self.assertEqual(headers_alone.nearest("store/other", commands)[0], ["g++"])


if __name__ == "__main__":
    unittest.main()
