import json
import pathlib
import subprocess
import tempfile
import unittest

from verified import RECORD, ROOT, line, rooms_hash


class Verified(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for room in ("cuda", "kernels", "store", "runtime", "tools"):
            self.write(f"{room}/one.cpp", room)
        self.write("cuda/module/two.cu", "two")

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def record(self):
        self.write(RECORD, json.dumps({"rooms_sha256": rooms_hash(self.root), "chip": "A GPU",
                                       "date": "2026-01-02", "commit": "0123456789abcdef"}))

    def test_without_a_record_there_was_no_run(self):
        self.assertEqual(line(self.root), "cuda: NOT VERIFIED: never run on a GPU")

    def test_rooms_as_they_were_are_verified(self):
        self.record()
        self.assertEqual(line(self.root), "cuda: verified on A GPU, 2026-01-02")
        self.write("tools/one.cpp", "changed")
        self.assertEqual(line(self.root), "cuda: verified on A GPU, 2026-01-02")

    def test_a_damaged_record_is_no_verification_and_no_crash(self):
        for text in ("", "[]", "{}", '"verified"', '{"rooms_sha256": "other"}'):
            self.write(RECORD, text)
            self.assertIn("cuda: NOT VERIFIED: ", line(self.root), text)

    def test_any_change_in_a_room_is_seen(self):
        def changed(change):
            self.record()
            change()
            return line(self.root) == "cuda: NOT VERIFIED since 0123456789ab"
        self.assertTrue(changed(lambda: self.write("store/one.cpp", "changed")))
        self.assertTrue(changed(lambda: self.write("runtime/new.hpp", "")))
        self.assertTrue(changed(lambda: (self.root / "cuda/module/two.cu").unlink()))
        self.assertTrue(changed(lambda: (self.root / "kernels/one.cpp").rename(
            self.root / "kernels/another.cpp")))

    def test_a_copy_without_git_has_the_same_hash(self):
        without = rooms_hash(self.root)
        self.write(".gitignore", "*.tmp\n__pycache__/\n")
        self.write("cuda/__pycache__/x.pyc", "")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.assertEqual(rooms_hash(self.root), without)
        self.write("cuda/ignored.tmp", "")
        self.assertEqual(rooms_hash(self.root), without)

    def test_the_readme_says_it_too_where_there_was_no_run(self):
        if not (ROOT / RECORD).exists():
            self.assertIn("**cuda: NOT VERIFIED**", (ROOT / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
