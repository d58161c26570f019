"""Whether the rooms are as they were when they last passed on a GPU: the line that tests end with.

usage: verified.py [--hash]
docs/measurements/cuda.json is what ./dev gpu wrote on that day. Without the file there was none.
--hash prints what the rooms hash to now.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("cuda", "kernels", "store", "runtime")
RECORD = "docs/measurements/cuda.json"


def files_of_rooms(root):
    """Paths below `root`, in order. In a copy without git every file counts that is not hidden."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard", "--", *ROOMS],
        capture_output=True, text=True, check=False) if (root / ".git").exists() else None
    if listed is not None and listed.returncode == 0:
        paths = set(listed.stdout.split("\0")) - {""}
    else:
        paths = {str(each.relative_to(root)) for room in ROOMS
                 for each in (root / room).rglob("*")
                 if not each.name.startswith(".") and "__pycache__" not in each.parts}
    return sorted(path for path in paths if (root / path).is_file())


def rooms_hash(root=ROOT):
    whole = hashlib.sha256()
    for path in files_of_rooms(root):
        contents = hashlib.sha256((root / path).read_bytes()).hexdigest()
        whole.update(f"{path}\0{contents}\n".encode())
    return whole.hexdigest()


def line(root=ROOT):
    record = root / RECORD
    if not record.exists():
        return "cuda: NOT VERIFIED: never run on a GPU"
    try:
        last = json.loads(record.read_text())
        if last["rooms_sha256"] != rooms_hash(root):
            return f"cuda: NOT VERIFIED since {last['commit'][:12]}"
        return f"cuda: verified on {last['chip']}, {last['date']}"
    except (ValueError, KeyError, TypeError):
        return f"cuda: NOT VERIFIED: {RECORD} is not what ./dev gpu writes"


if __name__ == "__main__":
    print(rooms_hash() if sys.argv[1:] == ["--hash"] else line())
