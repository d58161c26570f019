"""A failed run says in one line what, where and what to do, and leaves nothing behind."""
import os
import pathlib
import resource
import signal
import subprocess
import unittest

from command import CommandTest, command, without_progress
from folder_watch import CREATED, MODIFIED, FolderWatch


def ignore_large_files_signal(limit):
    """For a child: writes beyond `limit` bytes of a file fail."""
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return prepare


class Refusals(CommandTest):
    def test_of_options_and_inputs_come_before_anything_is_made(self):
        (self.text / "a").write_text("text")
        missing = self.folder / "missing"
        for words, options, inputs in (
                (["missing", "No such file"], [], [missing]),
                (["--memory", "6MiB"], ["--memory", "1MiB"], None),
                (["--device-memory", "1MiB"], ["--device", "sim", "--device-memory", "1"], None),
                (["--memory", "lots"], ["--memory", "lots"], None),
                (["--threads", "0"], ["--threads", "0"], None),
                (["--device", "tpu"], ["--device", "tpu"], None),
                (["--dedup", "fuzzy"], ["--dedup", "fuzzy"], None),
                (["--split"], ["--split", "s" * 300], None),
                (["--spill-dir", "missing"], ["--spill-dir", missing], None),
                (["--trace", "missing"], ["--trace", missing / "trace"], None),
                (["--include", "none of the 1 files", "'*.md'"], ["--include", "*.md"], None),
                (["--seq-len"], ["--pack", "concat"], None),
                (["--seq-len", "from 1"], ["--pack", "concat", "--seq-len", "0"], None),
                (["--tail", "--pack concat"], ["--tail", "pad"], None),
                (["no input"], [], [])):
            with self.subTest(options=options, inputs=inputs):
                self.require_refused(self.run_chunk(*options, inputs=inputs), 2, *words)
                self.assertFalse(self.out.exists())

    def test_of_a_result_that_is_there_leave_it_alone(self):
        (self.text / "a").write_text("text")
        self.require_ok(self.run_chunk())
        before = {path.name: path.read_bytes() for path in self.out.iterdir()}
        (self.text / "a").write_text("other text")
        done = self.run_chunk()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--force", done.stderr)
        self.assertEqual({p.name: p.read_bytes() for p in self.out.iterdir()}, before)
        self.require_ok(self.run_chunk("--force"))
        self.assertNotEqual({p.name: p.read_bytes() for p in self.out.iterdir()}, before)

    def test_of_files_that_may_not_be_read(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        (self.text / "a").write_text("text")
        (self.text / "a").chmod(0)
        self.require_refused(self.run_chunk(), 2, "Permission denied")

    def test_of_a_standard_input_that_cannot_be_read(self):
        (self.text / "a").write_text("text")
        keyboard, terminal = self.terminal()
        self.addCleanup(os.close, keyboard)
        self.addCleanup(os.close, terminal)
        self.require_refused(self.run_chunk(inputs=["-"], stdin=terminal), 2, "terminal", "cat ")
        self.require_refused(self.run_chunk(inputs=["-", self.text, "-"]), 2, "twice")
        closed = self.run_chunk(inputs=["-"], stdin=None, preexec_fn=lambda: os.close(0))
        self.require_refused(closed, 2, "closed")
        with open("/dev/null", "wb") as sink:
            self.require_refused(self.run_chunk(inputs=["-"], stdin=sink), 2, "writing only")
        folder = os.open(self.text, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.require_refused(self.run_chunk(inputs=["-"], stdin=folder), 2, "folder")
        self.require_ok(self.run_chunk(inputs=[self.text], stdin=terminal))

    def test_of_folders_that_cannot_be_made(self):
        (self.text / "a").write_text("text")
        self.out = pathlib.Path("/proc/sluice-test")
        self.require_refused(self.run_chunk(), 5, "/proc/sluice-test")
        self.out = self.text / "a" / "below-a-file"
        done = self.run_chunk()
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_of_cuda_say_why_there_is_none(self):
        (self.text / "a").write_text("text")
        done = self.run_chunk("--device", "cuda:200")
        self.require_refused(done, 4, "device 200")


class Shortages(CommandTest):
    def test_of_the_size_a_file_may_have(self):
        self.write_seeded_text(1_000_000)
        done = self.run_chunk("--split", "line", preexec_fn=ignore_large_files_signal(100_000))
        self.require_refused(done, 5, "File too large", "ulimit")

    def test_of_room_on_the_disk(self):
        if os.geteuid() != 0:
            self.skipTest("only root may mount a small disk")
        self.write_seeded_text(1_000_000)
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        spill = self.folder / "spill"
        spill.mkdir()
        self.out = disk
        done = self.run_chunk("--split", "line", "--spill-dir", spill)
        self.require_refused(done, 3, str(disk))
        self.check_spilling(disk)

    def check_spilling(self, disk):
        """One document of 20 MB does not fit into 8 MiB, and neither into the spill folder."""
        self.out = self.folder / "out"
        (self.text / "huge").write_bytes(b"0123456789" * 2_000_000)
        done = self.run_chunk("--memory", "8MiB", "--spill-dir", disk)
        self.require_refused(done, 3, str(disk))
        self.assertEqual(list(disk.iterdir()), [])

    def test_while_standard_input_gives_nothing(self):
        """A run that fails does not wait for input that may never come."""
        line = [command(), "chunk", "-", "-o", str(self.out), "--split", "line", "--dedup", "none",
                "--memory", "8MiB", "--threads", "2"]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              preexec_fn=ignore_large_files_signal(20_000)) as running:
            running.stdin.write(b"a line of text\n" * 4_000)  # a pipe holds that much
            running.stdin.flush()
            problems = running.stderr.readline().decode()
            self.assertEqual(running.wait(60), 5, problems)
        self.assertIn("File too large", problems)
        self.require_nothing_left()

    def test_of_memory_for_the_list_of_documents(self):
        (self.text / "numbers").write_text("".join(f"{i}\n" for i in range(200_000)))
        done = self.run_chunk("--split", "line", "--memory", "6MiB")
        self.require_refused(done, 3, "distinct documents", "--memory")


class Signals(CommandTest):
    def check_signal(self, number, code, word):
        (self.text / "large").write_bytes(b"".join(b"%d\n" % i for i in range(6_000_000)))
        line = [command(), "chunk", str(self.text), "-o", str(self.out), "--split", "line",
                "--device", "sim", "--dedup", "none", "--trace", str(self.folder / "trace")]
        self.out.mkdir()
        with FolderWatch(self.out, MODIFIED) as first_tokens, \
                subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True) as running:
            self.assertTrue(first_tokens.wait(120))
            running.send_signal(number)
            said, problems = running.communicate(timeout=120)
        self.assertEqual(running.returncode, code, problems)
        self.assertEqual(said, "")
        self.assertRegex(without_progress(problems), rf"\Asluice: error: {word}[^\n]*\n\Z")
        self.require_nothing_left()
        self.assertFalse((self.folder / "trace").exists())

    def test_interrupt_while_standard_input_gives_nothing(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        line = [command(), "chunk", "-", "-o", str(self.out)]
        self.out.mkdir()
        with FolderWatch(self.out, CREATED) as first_file, \
                subprocess.Popen(line, stdin=reading, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) as running:
            os.close(reading)
            self.assertTrue(first_file.wait(60))
            running.send_signal(signal.SIGINT)
            said, problems = running.communicate(timeout=60)
        self.assertEqual((running.returncode, said), (130, ""), problems)
        self.assertRegex(problems, r"\Asluice: error: interrupted[^\n]*\n\Z")
        self.require_nothing_left()

    def test_interrupt_leaves_nothing(self):
        self.check_signal(signal.SIGINT, 130, "interrupted")

    def test_terminate_leaves_nothing(self):
        self.check_signal(signal.SIGTERM, 143, "terminated")


if __name__ == "__main__":
    unittest.main()
