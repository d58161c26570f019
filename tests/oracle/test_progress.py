"""Progress on a terminal: one line, no wider than it, gone at the end; none with -q."""
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import unittest

from command import CommandTest, command


class Progress(CommandTest):
    def on_terminal(self, columns, *options, wanted):
        """What a run writes to a terminal for errors, until `wanted` was seen and it ended."""
        keyboard, terminal = self.terminal()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        line = [command(), "chunk", "-", "-o", str(self.out), "--split", "line", "--force",
                *options]
        seen = b""
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=terminal) as running:
            os.close(terminal)
            running.stdin.write(b"a line\n" * 100_000)
            running.stdin.flush()
            while wanted and not re.search(wanted, seen):
                self.assertTrue(select.select([keyboard], [], [], 60)[0], seen)
                seen += os.read(keyboard, 4096)
            running.stdin.close()
            said = running.stdout.read()
            self.assertEqual(running.wait(60), 0)
        while True:
            try:
                more = os.read(keyboard, 4096)
            except OSError:  # the other side is closed
                break
            if not more:
                break
            seen += more
        os.close(keyboard)
        return seen, said

    def test_is_one_line_that_fits(self):
        for columns in (40, 80):
            with self.subTest(columns=columns):
                seen, said = self.on_terminal(columns, wanted=rb"MB/s")
                self.assertNotIn(b"\n", seen)
                for line in seen.split(b"\r"):
                    self.assertLess(len(line.replace(b"\x1b[K", b"")), columns)
                self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-80:])
                self.assertIn(b"documents 100,000", said)

    def test_is_not_there_when_unwanted(self):
        seen, said = self.on_terminal(80, "-q", wanted=None)
        self.assertEqual((seen, said), (b"", b""))


if __name__ == "__main__":
    unittest.main()
