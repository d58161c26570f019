"""Sequences and formats: every token of every document where it should be."""
import json
import unittest

import chunk_oracle
import megatron_reader
import npy_reader
from command import SEED, CommandTest

PLACES = (("--device", "cpu", "--threads", "1", "--memory", "1GiB"),
          ("--device", f"sim:{SEED}", "--threads", "2", "--memory", "8MiB"),
          ("--device", "cpu", "--threads", "2", "--memory", "8MiB"))


class Packing(CommandTest):
    def setUp(self):
        super().setUp()
        self.write_seeded_text(200_000)
        self.documents = [[*document, chunk_oracle.END_OF_DOCUMENT] for document in
                          chunk_oracle.kept_documents([str(self.text)], "line", {})]
        self.tokens = [token for document in self.documents for token in document]

    def sequences_of(self, form):
        if form == "npy":
            return [list(each) for each in npy_reader.sequences(self.out)]
        pair = megatron_reader.Megatron(str(self.out / "tokens"))
        with pair.tokens:
            return [list(pair[number]) for number in range(len(pair))]

    def run_with(self, *options):
        """Runs at each place; the same files everywhere. Returns the manifest."""
        first = None
        for place in PLACES:
            done = self.run_chunk("--split", "line", "--force", *options, *place)
            self.require_ok(done)
            files = {path.name: path.read_bytes() for path in self.out.iterdir()}
            first = first or files
            self.assertEqual(files, first, f"{place} SLUICE_SEED={SEED}")
        return json.loads(first["manifest.json"])

    def test_of_documents_as_arrays(self):
        manifest = self.run_with("--format", "npy")
        self.assertEqual(self.sequences_of("npy"), self.documents)
        self.assertEqual([each["name"] for each in manifest["files"]],
                         ["tokens.npy", "offsets.npy", "rejected.jsonl"])
        self.assertEqual(manifest["counts"]["sequences"], len(self.documents))

    def test_of_all_tokens_one_after_another(self):
        for form in ("npy", "megatron"):
            for length in (3, 128, 10 * len(self.tokens)):
                for tail in ("drop", "pad"):
                    with self.subTest(form=form, length=length, tail=tail, seed=SEED):
                        manifest = self.run_with("--format", form, "--pack", "concat",
                                                 "--seq-len", length, "--tail", tail)
                        self.check_sequences(form, length, tail, manifest)

    def check_sequences(self, form, length, tail, manifest):
        rest = len(self.tokens) % length
        padded = (length - rest) % length if tail == "pad" else 0
        dropped = rest if tail == "drop" else 0
        expected = self.tokens[:len(self.tokens) - dropped] + [256] * padded
        expected = [expected[at:at + length] for at in range(0, len(expected), length)]
        self.assertEqual(self.sequences_of(form), expected)
        counts = manifest["counts"]
        self.assertEqual((counts["sequences"], counts["dropped_tokens"], counts["padded_tokens"]),
                         (len(expected), dropped, padded))
        self.assertEqual(counts["tokens"], len(self.tokens))
        self.assertEqual((manifest["options"]["pack"], manifest["options"]["seq_len"],
                          manifest["options"]["tail"]), ("concat", length, tail))

    def test_is_told_in_the_summary(self):
        for tail, word in (("drop", "dropped"), ("pad", "added")):
            done = self.run_chunk("--split", "line", "--force", "--pack", "concat", "--tail", tail,
                                  "--seq-len", len(self.tokens) - 1)
            self.require_ok(done)
            self.assertRegex(done.stdout, rf"\nsequences \d of [\d,]+ tokens; [\d,]+ tokens {word}")

    def test_of_the_other_format_replaces_all_of_the_first(self):
        self.require_ok(self.run_chunk("--rejected", "0"))
        self.require_ok(self.run_chunk("--rejected", "0", "--force", "--format", "npy"))
        self.assertEqual({path.name for path in self.out.iterdir()},
                         {"tokens.npy", "offsets.npy", "manifest.json"})


if __name__ == "__main__":
    unittest.main()
