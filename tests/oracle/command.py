"""Runs the `sluice` command for tests, on text drawn from a seed. Standard library only.

SLUICE_COMMAND names the binary, SLUICE_SEED the seed (default 1).
"""
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

import chunk_oracle

SEED = int(os.environ.get("SLUICE_SEED", "1"))
LINES = ("the same line again", "}", "%", "", "% ", "%%", "caf\u00e9 \u20ac \U0001f600")


def command():
    return os.environ["SLUICE_COMMAND"]


def without_progress(lines):
    """What a run of more than 10 s tells on the way is no problem."""
    return re.sub(r"(?m)^sluice: \d+ s: read [^\n]*\n", "", lines)


def seeded_files(seed, size):
    """The contents of some files: short and long lines, empty ones, duplicates, bytes that are not
    UTF-8, lines "%", with and without a last newline; some files are empty or equal."""
    draw = random.Random(seed)
    files = []
    while sum(map(len, files)) < size:
        if files and draw.random() < 0.15:
            files.append(draw.choice(files))
            continue
        lines = []
        all_valid = draw.random() < 0.8
        for _ in range(draw.randrange(300)):
            kind = draw.random()
            if kind < 0.4:
                lines.append(draw.choice(LINES).encode())
            elif kind < 0.5 and not all_valid:
                lines.append(b"not UTF-8 " + bytes([0xC3, 0x28]) * draw.randrange(4) + b"\xff")
            elif kind < 0.55:
                lines.append(bytes([draw.randrange(97, 123)]) * draw.randrange(5000))
            else:
                lines.append(" ".join(str(draw.randrange(10**6)) for _ in range(8)).encode())
        text = b"\n".join(lines)
        files.append(text + b"\n" if draw.random() < 0.7 else text)
    return files


class CommandTest(unittest.TestCase):
    """A folder of its own for each test: `self.text` to read from, `self.out` to write to."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sluice-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.text = self.folder / "text"
        self.text.mkdir()
        self.out = self.folder / "out"

    def terminal(self):
        """Both ends of one: keyboard and screen, what a program opens. The caller closes them."""
        try:
            return os.openpty()
        except OSError as missing:
            self.skipTest(f"no terminal can be made here: {missing.strerror}; mount /dev/pts")

    def write_seeded_text(self, size=400_000):
        for number, text in enumerate(seeded_files(SEED, size)):
            path = self.text / str(number % 5) / f"{number:04}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text)

    def run_chunk(self, *options, inputs=None, **more):
        """Runs `sluice chunk` on the inputs; returns the finished process. `stdin` is a file."""
        more.setdefault("stdin", subprocess.DEVNULL)
        inputs = [str(self.text)] if inputs is None else inputs
        line = [command(), "chunk", *map(str, inputs), "-o", str(self.out), *map(str, options)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=300, **more)
        done.stderr = without_progress(done.stderr)
        return done

    def require_ok(self, done):
        self.assertEqual(done.returncode, 0, f"SLUICE_SEED={SEED} {done.args}\n{done.stderr}")
        self.assertEqual(done.stderr, "")

    def require_refused(self, done, code, *words):
        """One line that says what happened, the code of docs/errors.md, and nothing left behind."""
        self.assertEqual(done.returncode, code, f"{done.args}\n{done.stderr}{done.stdout}")
        self.assertRegex(done.stderr, r"\Asluice: error: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, "")
        self.require_nothing_left()

    def require_nothing_left(self):
        left = [str(path) for path in self.out.rglob("*")] if self.out.exists() else []
        self.assertEqual(left, [], "files were left in the output folder")

    def expected(self, split, inputs, include=()):
        """The counts and both files as the oracle makes them."""
        made = self.folder / "expected"
        made.mkdir(exist_ok=True)
        counts = {}
        documents = chunk_oracle.kept_documents([str(i) for i in inputs], split, counts, include)
        chunk_oracle.write_megatron(documents, str(made / "tokens"))
        return counts, (made / "tokens.bin").read_bytes(), (made / "tokens.idx").read_bytes()
