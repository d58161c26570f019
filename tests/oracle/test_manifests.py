"""What stands beside the shards: the manifest, and the documents that were rejected."""
import json
import unittest

import chunk_oracle
from command import SEED, CommandTest
from xxh64 import xxh64

PLACES = (("--device", "cpu", "--threads", "1", "--memory", "1GiB"),
          ("--device", "cpu", "--threads", "2", "--memory", "8MiB"),
          ("--device", f"sim:{SEED}", "--threads", "2", "--memory", "8MiB"),
          ("--device", f"sim:{SEED + 1}", "--threads", "1", "--memory", "1GiB"))


class Manifests(CommandTest):
    def files(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir()}

    def test_say_what_decides_the_bytes_and_nothing_else(self):
        self.write_seeded_text(150_000)
        named = self.folder / "named\\"
        named.write_text("a document\n%\nanother\n")
        inputs = [self.text, named]
        counts = {}
        for _ in chunk_oracle.kept_documents(map(str, inputs), "%", counts, ["*1", "*2"]):
            pass
        of_folder = [path for path in chunk_oracle.input_files([str(self.text)], ["*1", "*2"])]
        first = None
        for place in PLACES:
            with self.subTest(place=place, seed=SEED):
                self.require_ok(self.run_chunk("--split", "%", "--include", "*1", "--include", "*2",
                                               "--force", *place, inputs=inputs))
                files = self.files()
                first = first or files
                self.assertEqual(files, first)
        manifest = json.loads(first.pop("manifest.json"))
        self.assertEqual(manifest.pop("manifest"), 1)
        self.assertEqual(manifest.pop("inputs"), [
            {"path": str(self.text), "files": len(of_folder),
             "bytes": sum(len(chunk_oracle.read_input(path)) for path in of_folder)},
            {"path": str(named).replace("\\", "\\\\"), "files": 1, "bytes": 21}])
        self.assertEqual(manifest.pop("options"), {
            "include": ["*1", "*2"], "split": "separator", "separator": "%", "dedup": "exact",
            "tokenizer": "bytes", "pack": "none", "format": "megatron", "rejected": 20})
        counts.update(sequences=counts["kept"], dropped_tokens=0, padded_tokens=0)
        self.assertEqual(manifest.pop("counts"), counts)
        self.assertEqual({each.pop("name"): each for each in manifest.pop("files")},
                         {name: {"bytes": len(data), "xxh64": xxh64(data)}
                          for name, data in first.items()})
        self.assertEqual(manifest, {})

    def test_tell_of_the_first_documents_that_are_not_utf8(self):
        self.write_seeded_text()
        for split in ("file", "line", "blank", "%"):
            for most in (0, 3, 20, 1000):
                with self.subTest(split=split, most=most, seed=SEED):
                    place = PLACES[(most + SEED) % len(PLACES)]
                    self.require_ok(self.run_chunk("--split", split, "--force", "--rejected", most,
                                                   *place))
                    rejected = []
                    for _ in chunk_oracle.kept_documents([str(self.text)], split, {},
                                                         rejected=rejected):
                        pass
                    self.assertTrue(rejected)
                    lines = self.files().get("rejected.jsonl", b"").decode("utf-8").splitlines()
                    self.assertEqual([json.loads(line) for line in lines], rejected[:most])

    def test_leave_nothing_of_an_older_result(self):
        (self.text / "a").write_bytes(b"not UTF-8: \xff")
        self.require_ok(self.run_chunk())
        self.assertEqual(set(self.files()),
                         {"tokens.bin", "tokens.idx", "rejected.jsonl", "manifest.json"})
        (self.text / "a").write_bytes(b"UTF-8")
        refused = self.run_chunk()
        self.assertEqual(refused.returncode, 2)
        self.require_ok(self.run_chunk("--force"))
        self.assertEqual(set(self.files()), {"tokens.bin", "tokens.idx", "manifest.json"})


if __name__ == "__main__":
    unittest.main()
