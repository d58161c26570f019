"""`sluice inspect` passes what a run wrote, and finds whatever was changed since."""
import json
import random
import struct
import subprocess
import unittest

from command import SEED, CommandTest, command
from xxh64 import xxh64


class Inspect(CommandTest):
    def inspect(self, *options, folder=None):
        line = [command(), "inspect", str(folder or self.out), *options]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    def make(self, *options):
        self.require_ok(self.run_chunk("--split", "line", "--force", *options))

    def require_damage(self, *words):
        done = self.inspect()
        self.assertEqual(done.returncode, 5, f"SLUICE_SEED={SEED} {done.stdout}{done.stderr}")
        self.assertRegex(done.stderr, r"\Asluice: error: [^\n]+; [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, "")

    def change(self, name, at, data):
        """Other bytes in a file of the result, with a manifest that says so."""
        path = self.out / name
        text = bytearray(path.read_bytes())
        text[at:at + len(data)] = data
        path.write_bytes(text)
        manifest = json.loads((self.out / "manifest.json").read_text())
        for file in manifest["files"]:
            if file["name"] == name:
                file["xxh64"] = xxh64(bytes(text))
        (self.out / "manifest.json").write_text(json.dumps(manifest))

    def test_passes_every_kind_of_result(self):
        self.write_seeded_text(100_000)
        concat = ("--pack", "concat", "--seq-len", "100")
        for options in ((), concat, (*concat, "--tail", "pad"), ("--format", "npy"),
                        ("--format", "npy", *concat, "--tail", "pad"), ("--rejected", "0")):
            with self.subTest(options=options, seed=SEED):
                self.make(*options)
                done = self.inspect("--json")
                self.require_ok(done)
                found = json.loads(done.stdout)
                counts = json.loads((self.out / "manifest.json").read_text())["counts"]
                self.assertEqual(found["sequences"], counts["sequences"])
                self.assertEqual(found["documents"]["kept"], counts["kept"])
                self.assertEqual(found["tokens"], counts["tokens"] - counts["dropped_tokens"] +
                                 counts["padded_tokens"])
                self.assertIn("whole", self.inspect().stdout)
                self.assertEqual(self.inspect("-q").stdout, "")

    def test_passes_a_result_without_documents(self):
        for form in ("megatron", "npy"):
            self.make("--format", form)
            self.require_ok(self.inspect())

    def test_finds_a_changed_byte_wherever_it_is(self):
        self.write_seeded_text(20_000)
        draw = random.Random(SEED)
        for form in ("megatron", "npy"):
            self.make("--format", form)
            for path in sorted(self.out.iterdir()):
                if path.name == "manifest.json":
                    continue
                whole = path.read_bytes()
                at = draw.randrange(len(whole))
                with self.subTest(path=path.name, at=at, seed=SEED):
                    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                    self.require_damage(str(path), "XXH64")
                    path.write_bytes(whole[:-1])
                    self.require_damage(str(path), f"{len(whole) - 1} bytes")
                    path.unlink()
                    self.require_damage(str(path), "No such file")
                    path.write_bytes(whole)
            self.require_ok(self.inspect())

    def test_finds_what_sums_do_not_show(self):
        (self.text / "a").write_text("four\nlines of\ntext or\nso\n")
        for at, data, words in ((34, b"\x06", ("sequence 0",)), (42, b"\0\0\0\0", ("sequence 2",)),
                                (50 + 8, b"\x09", ("sequence 1",)),
                                (34 + 12 * 4 + 8, b"\x02", ("sequence 1",)),
                                (9, b"\2", ("header",))):
            with self.subTest(at=at):
                self.make()
                self.change("tokens.idx", at, data)
                self.require_damage("tokens.idx" if at != 34 else "tokens.bin", *words)
        for at, value, words in ((0, 999, ("token 0", "999")), (2, 256, ("inside",)),
                                 (8, 65, ("no end",))):
            with self.subTest(at=at):
                self.make()
                self.change("tokens.bin", at, struct.pack("<H", value))
                self.require_damage("tokens.bin", "sequence 0", *words)
        self.make("--format", "npy")
        self.change("offsets.npy", 128, b"\1")
        self.require_damage("offsets.npy", "token 0")
        self.make("--format", "npy")
        self.change("offsets.npy", 136, b"\0")
        self.require_damage("offsets.npy", "sequence 0")
        self.make("--format", "npy")
        self.change("tokens.npy", 21, b"<u4")
        self.require_damage("tokens.npy", "header")

    def test_refuses_what_is_no_result(self):
        done = self.inspect(folder=self.text)
        self.assertEqual(done.returncode, 2)
        self.assertIn("manifest.json", done.stderr)
        self.assertEqual(subprocess.run([command(), "inspect"], capture_output=True,
                                        check=False).returncode, 2)
        (self.text / "a").write_text("text\n")
        self.make()
        manifest = self.out / "manifest.json"
        text = manifest.read_text()
        for broken in ("", "{", "[]", text.replace('"manifest": 1', '"manifest": 2'),
                       text.replace('"kept": 1', '"kept": 2'), text.replace("tokens.idx", "a"),
                       text.replace('"kept": 1', '"kept": "1"'),
                       text.replace('"xxh64": "', '"xxh64": "-')):
            with self.subTest(manifest=broken):
                self.assertNotEqual(broken, text)
                manifest.write_text(broken)
                self.require_damage("manifest.json")
        self.make("--pack", "concat", "--seq-len", "5")
        text = manifest.read_text()
        for broken in (text.replace('"seq_len": 5', '"seq_len": 0'),
                       text.replace('"sequences": 1', '"sequences": 2')):
            self.assertNotEqual(broken, text)
            manifest.write_text(broken)
            self.require_damage("manifest.json")


class Info(CommandTest):
    def test_tells_versions_devices_and_limits(self):
        done = subprocess.run([command(), "info"], capture_output=True, text=True, timeout=60,
                              check=False)
        self.require_ok(done)
        for word in ("sluice", "xxHash", "cpu", "cuda", "sim", "host", "pinned", "disk", "control"):
            self.assertIn(word, done.stdout)
        if "cuda      none" in done.stdout:
            self.assertRegex(done.stdout, r"cuda      none: \S+")


if __name__ == "__main__":
    unittest.main()
