"""What `sluice chunk` writes is what a program that shares nothing with it computes."""
import json
import os
import subprocess
import unittest

import megatron_reader
from command import SEED, CommandTest

KNOWN = {  # environment variable with the folder, --split, counts
    "SLUICE_FORTUNES": ("%", (14_475, 14_317, 79, 40, 39, 2_439_051)),
    "SLUICE_GOLANG": ("file", (11_748, 11_035, 408, 295, 10, 91_300_085)),
}
NAMES = ("documents", "kept", "duplicate", "invalid", "empty", "tokens")


def counts_of(summary):
    found = summary["documents"]
    return (found["in"], *(found[name] for name in NAMES[1:-1]), summary["tokens"])


class Results(CommandTest):
    def check_against_oracle(self, *options):
        self.write_seeded_text()
        for split in ("file", "line", "blank", "%", "}"):
            counts, tokens, index = self.expected(split, [self.text])
            with self.subTest(split=split, options=options, seed=SEED):
                done = self.run_chunk("--split", split, "--json", "--force", *options)
                self.require_ok(done)
                self.assertEqual(counts_of(json.loads(done.stdout)),
                                 tuple(counts[name] for name in NAMES))
                self.assertEqual((self.out / "tokens.bin").read_bytes(), tokens)
                self.assertEqual((self.out / "tokens.idx").read_bytes(), index)

    def test_are_the_oracles_on_the_cpu(self):
        self.check_against_oracle("--device", "cpu", "--memory", "8MiB")

    def test_are_the_oracles_on_the_simulated_device(self):
        self.check_against_oracle("--device", f"sim:{SEED}", "--memory", "8MiB")

    def test_of_standard_input_are_those_of_a_file(self):
        """30 MB through a pipe, between two files, with 8 MiB of memory."""
        self.write_seeded_text(100_000)
        large = self.folder / "large"
        large.write_bytes(b"".join(b"%d\n%s" % (i % 100_000, b"%\n" if i % 50 == 0 else b"")
                                   for i in range(4_500_000)))
        for split in ("file", "line", "blank", "%"):
            counts, tokens, index = self.expected(split, [self.text, large, self.text])
            for device in ("cpu", f"sim:{SEED}"):
                with self.subTest(split=split, device=device), \
                        subprocess.Popen(["cat", large], stdout=subprocess.PIPE) as pipe:
                    done = self.run_chunk("--split", split, "--json", "--force", "--device", device,
                                          "--memory", "8MiB", inputs=[self.text, "-", self.text],
                                          stdin=pipe.stdout)
                    self.require_ok(done)
                    self.assertEqual(counts_of(json.loads(done.stdout)),
                                     tuple(counts[name] for name in NAMES))
                    self.assertTrue((self.out / "tokens.bin").read_bytes() == tokens)
                    self.assertTrue((self.out / "tokens.idx").read_bytes() == index)

    def test_of_folders_are_of_the_files_that_match(self):
        self.write_seeded_text(100_000)
        (self.text / "0" / "also.txt").write_text("also\n")
        named = self.folder / "named"
        named.write_text("named\n")
        for include in (["*.txt"], ["0/*", "[1-2]/*5"], ["?/000[!1-3]"]):
            with self.subTest(include=include):
                inputs = [self.text, named]
                counts, tokens, _ = self.expected("line", inputs, include)
                words = [word for pattern in include for word in ("--include", pattern)]
                self.require_ok(self.run_chunk("--split", "line", "--force", *words,
                                               inputs=inputs))
                self.assertGreater(counts["kept"], 1)
                self.assertEqual((self.out / "tokens.bin").read_bytes(), tokens)

    def test_keep_every_document_when_duplicates_are_wanted(self):
        self.write_seeded_text()
        done = self.run_chunk("--split", "line", "--dedup", "none", "--json")
        self.require_ok(done)
        summary = json.loads(done.stdout)
        counts, _, _ = self.expected("line", [self.text])
        found = summary["documents"]
        self.assertEqual(found["kept"], counts["kept"] + counts["duplicate"])
        self.assertEqual(found["duplicate"], 0)

    def check_known(self, variable):
        folder = os.environ.get(variable)
        if not folder:
            self.skipTest(f"{variable} names no folder")
        split, expected = KNOWN[variable]
        done = self.run_chunk("--split", split, "--json", "--memory", "32MiB", inputs=[folder])
        self.require_ok(done)
        self.assertEqual(counts_of(json.loads(done.stdout)), expected)
        counts, equal = megatron_reader.check(str(self.out / "tokens"), [folder], split)
        self.assertEqual(equal, expected[1])
        self.assertEqual(tuple(counts[name] for name in NAMES), expected)

    def test_return_every_document_of_fortunes(self):
        self.check_known("SLUICE_FORTUNES")

    def test_return_every_document_of_golang(self):
        self.check_known("SLUICE_GOLANG")

    def test_stay_silent_when_asked(self):
        self.write_seeded_text(10_000)
        done = self.run_chunk("-q")
        self.require_ok(done)
        self.assertEqual(done.stdout, "")

    def test_tell_people_what_happened(self):
        self.write_seeded_text(10_000)
        done = self.run_chunk("--device", "sim")
        self.require_ok(done)
        for word in ("documents", "kept", "duplicate", "invalid", "empty", "tokens", "first chunk",
                     "read", "split", "utf8", "hash", "dedup", "tokenise", "write", "gpu 0",
                     "device 0", "pinned", "host", "disk", "spilled"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    unittest.main()
