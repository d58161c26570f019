#!/usr/bin/env python3
"""Runs `sluice chunk` on text many times larger than its memory, inside a memory cgroup.

    larger_than_memory.py --command build/release/bin/sluice [--copies 38] [--memory 32MiB]
                          [--cgroup 160MiB] [--work FOLDER] CORPUS

Every document of CORPUS is written once for each copy, with a first line that has its number and
the copy's, so that nothing becomes a duplicate. The same documents go in as a folder of files and
as one stream on standard input, in which a line divides them. Runs: files and standard input
under the limit, each in a memory cgroup of its own (version 1 or 2, whichever is mounted; needs
root), and files without either. Prints a table in Markdown. FOLDER needs disk for some four times
the text.

Who is measured does not measure: seconds are this script's, memory is the kernel's high-water mark
of the process (VmHWM, which wait4 gives out as ru_maxrss) and the cgroup's own, spilled bytes are
what the kernel saw the process write less the size of its result. All runs must give the same
tokens; documents and the text's bytes are compared with what was laid out. Standard library only.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
DIVIDER = "=== the next document ==="


def size_of(text):
    number, unit = text[:-3], text[-3:]
    return int(number) * {"KiB": 1 << 10, "MiB": MIB, "GiB": 1 << 30}[unit]


def lay_out(corpus, copies, folder):
    """Writes the files, and beside the folder a list of them in the order in which sluice takes
    them: bytes of the relative path. Returns their number and their bytes."""
    sources = sorted((path.relative_to(corpus) for path in corpus.rglob("*")
                      if path.is_file() and not path.is_symlink()), key=os.fsencode)
    total = 0
    with open(f"{folder}.list", "wb") as order:
        for copy in range(copies):
            for number, source in enumerate(sources):
                target = folder / f"{copy:04}" / source
                target.parent.mkdir(parents=True, exist_ok=True)
                text = b"document %d of copy %d\n" % (number, copy) + (corpus / source).read_bytes()
                target.write_bytes(text)
                order.write(os.fsencode(target) + b"\0")
                total += len(text)
    return copies * len(sources), total


def send(folder):
    """Every listed file as a document: a piece loses its last newline, so each gets one more."""
    divider = None
    with open(f"{folder}.list", "rb") as order:
        for path in order.read().split(b"\0")[:-1]:
            if divider:
                sys.stdout.buffer.write(divider)
            divider = DIVIDER.encode() + b"\n"
            with open(path, "rb") as file:
                sys.stdout.buffer.write(file.read() + b"\n")


class Cgroup:
    def __init__(self, limit_bytes):
        root = pathlib.Path("/sys/fs/cgroup")
        self.first_version = (root / "memory").is_dir()
        below = root / "memory" if self.first_version else root
        self.folder = below / f"sluice-bench-{os.getpid()}"
        self.folder.mkdir()
        limit = "memory.limit_in_bytes" if self.first_version else "memory.max"
        (self.folder / limit).write_text(str(limit_bytes))

    def enter(self):
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def peak_bytes(self):
        name = "memory.max_usage_in_bytes" if self.first_version else "memory.peak"
        return int((self.folder / name).read_text())


def written_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    sys.exit("the kernel keeps no count of written bytes")


def digest(file):
    summed = hashlib.sha256()
    with open(file, "rb") as stream:
        while part := stream.read(MIB):
            summed.update(part)
    return summed.hexdigest()


class Run:
    def __init__(self, name, command, out, cgroup_limit, sender=None):
        self.name = name
        cgroup = Cgroup(cgroup_limit) if cgroup_limit else None
        source = subprocess.Popen(sender, stdout=subprocess.PIPE) if sender else None
        with tempfile.TemporaryFile() as printed:
            start = time.monotonic()
            child = subprocess.Popen(command + ["-o", str(out), "--json", "--force"],
                                     stdin=source.stdout if source else subprocess.DEVNULL,
                                     stdout=printed, preexec_fn=cgroup.enter if cgroup else None)
            if source:
                source.stdout.close()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            self.seconds = time.monotonic() - start
            written = written_bytes(child.pid)
            _, status, used = os.wait4(child.pid, 0)
            if status != 0:
                sys.exit(f"{name}: ended with {os.waitstatus_to_exitcode(status)}")
            if source and source.wait() != 0:
                sys.exit(f"{name}: the documents could not be sent")
            printed.seek(0)
            self.report = json.load(printed)
        self.peak_bytes = used.ru_maxrss * 1024
        self.cgroup_peak_bytes = cgroup.peak_bytes() if cgroup else None
        if cgroup:
            cgroup.folder.rmdir()
        self.spilled_bytes = written - sum(each.stat().st_size for each in out.iterdir())
        self.tokens = [digest(out / name) for name in ("tokens.bin", "tokens.idx")]
        shutil.rmtree(out)

    def row(self, text_bytes):
        cgroup = f"{self.cgroup_peak_bytes / MIB:.1f} MiB" if self.cgroup_peak_bytes else "none"
        return (f"| {self.name} | {text_bytes / 1e6 / self.seconds:.0f} | {self.seconds:.1f} s "
                f"| {self.peak_bytes / MIB:.1f} MiB | {cgroup} "
                f"| {self.spilled_bytes / (1 << 30):.2f} GiB |")


def main():
    if sys.argv[1:2] == ["--send"]:
        return send(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--command", required=True)
    parser.add_argument("--copies", type=int, default=38)
    parser.add_argument("--memory", default="32MiB")
    parser.add_argument("--cgroup", default="160MiB", help="limit of the cgroup; none: no cgroup")
    parser.add_argument("--work", help="a folder for text and results, removed at the end")
    options = parser.parse_args()

    work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-", dir=options.work))
    try:
        text, out = work / "text", work / "out"
        documents, text_bytes = lay_out(options.corpus, options.copies, text)
        print(f"{documents} documents, {text_bytes / (1 << 30):.2f} GiB of text", flush=True)
        cgroup = None if options.cgroup == "none" else size_of(options.cgroup)
        chunk = [options.command, "chunk"]
        limited = ["--memory", options.memory, "--spill-dir", str(work)]
        sender = [sys.executable, __file__, "--send", str(text)]
        runs = [
            Run("files", chunk + [str(text), *limited], out, cgroup),
            Run("standard input", chunk + ["-", "--split", DIVIDER, *limited], out, cgroup, sender),
            Run("files, no limit", chunk + [str(text)], out, None)]
    finally:
        shutil.rmtree(work)

    print("| input | MB/s of text | whole process | largest memory of the process "
          "| of its cgroup, page cache included | spilled |\n|---|---|---|---|---|---|")
    for run in runs:
        print(run.row(text_bytes))
        became = run.report["documents"]
        if became["in"] != documents or became["duplicate"] != 0:
            sys.exit(f"{run.name}: not {documents} documents without duplicates, but {became}")
        if run.tokens != runs[0].tokens:
            sys.exit(f"{run.name}: other tokens than {runs[0].name}")


if __name__ == "__main__":
    main()
