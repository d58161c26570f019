#!/usr/bin/env python3
"""What `sluice chunk` must produce, computed one document after the other.

Shares nothing with the C++: it reads whole files, splits them with Python's own bytes methods,
judges UTF-8 with bytes.decode and finds duplicates with a set. Standard library only.

    chunk_oracle.py INPUT... [--include GLOB]... --split file|line|blank|SEP [-o DIR] [--json]

prints documents, kept, duplicate, invalid, empty and tokens; with -o it also writes DIR/tokens.bin
and DIR/tokens.idx as the tool should.
"""
import argparse
import fnmatch
import hashlib
import itertools
import json
import os
import re
import stat
import struct
import sys

END_OF_DOCUMENT = 256
COUNTS = ("documents", "kept", "duplicate", "invalid", "empty", "tokens")


def input_files(inputs, include=()):
    """The regular files that the arguments name, in the order of the result; b"-" as it stands.

    A link named as an argument is followed; a link found below a folder is not. What is found below
    one must match a pattern of `include`, if there are any.
    """
    include = [os.fsencode(pattern) for pattern in include]
    for argument in map(os.fsencode, inputs):
        if argument == b"-":
            yield argument
            continue
        if not stat.S_ISDIR(os.stat(argument).st_mode):
            yield argument
            continue
        below = []
        for folder, _, names in os.walk(argument, followlinks=False, onerror=_throw):
            for name in names:
                path = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(path).st_mode):
                    below.append((os.path.relpath(path, argument), path))
        for name, path in sorted(below):
            if not include or any(fnmatch.fnmatchcase(name, pattern) for pattern in include):
                yield path


def _throw(error):
    raise error


def split_file(text, rule):
    """The documents of one file, in order, each with its offset."""
    if rule == "file":
        return [(0, text)]
    if rule == "blank":
        runs = re.finditer(rb"[^\n]+(?:\n[^\n]+)*", text)
        return [(run.start(), run.group()) for run in runs]
    lines = text.split(b"\n")
    ended = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    starts = [0, *itertools.accumulate(map(len, ended))]
    if rule == "line":
        return [(at, line.removesuffix(b"\n")) for at, line in zip(starts, ended)]
    separator = os.fsencode(rule)
    pieces = [(0, [])]
    for behind, line in zip(starts[1:], ended):
        if line.removesuffix(b"\n") == separator:
            pieces.append((behind, []))
        else:
            pieces[-1][1].append(line)
    return [(at, b"".join(piece).removesuffix(b"\n")) for at, piece in pieces]


def read_input(path):
    if path == b"-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def escaped(text):
    """Any bytes as text: a backslash becomes two, what is no character \\xNN."""
    return text.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def rejection(path, number, offset, document, fault):
    """What rejected.jsonl says of a document."""
    return {"source": escaped(path), "document": number, "offset": offset, "bytes": len(document),
            "fault_offset": fault.start, "fault": fault.reason, "start": escaped(document[:200])}


def kept_documents(inputs, rule, counts, include=(), rejected=None):
    """Yields every document that stays; fills `counts`: empty, then invalid, then duplicate, and
    the list `rejected`."""
    for key in COUNTS:
        counts[key] = 0
    seen = set()
    for path in input_files(inputs, include):
        for offset, document in split_file(read_input(path), rule):
            counts["documents"] += 1
            if not document:
                counts["empty"] += 1
                continue
            try:
                document.decode("utf-8")
            except UnicodeDecodeError as fault:
                counts["invalid"] += 1
                if rejected is not None:
                    number = counts["documents"] - 1
                    rejected.append(rejection(path, number, offset, document, fault))
                continue
            # 32 bytes instead of the document; a collision of SHA-256 is not expected.
            digest = hashlib.sha256(document).digest()
            if digest in seen:
                counts["duplicate"] += 1
                continue
            seen.add(digest)
            counts["kept"] += 1
            counts["tokens"] += len(document) + 1
            yield document


def write_megatron(documents, prefix):
    """One document is one sequence of 16-bit ids, ended by END_OF_DOCUMENT."""
    lengths = []
    with open(prefix + ".bin", "wb") as tokens:
        for document in documents:
            wide = bytearray(2 * len(document))
            wide[::2] = document
            tokens.write(wide + struct.pack("<H", END_OF_DOCUMENT))
            lengths.append(len(document) + 1)
    count = len(lengths)
    offsets, offset = [], 0
    for length in lengths:
        offsets.append(offset)
        offset += 2 * length
    with open(prefix + ".idx", "wb") as index:
        index.write(b"MMIDIDX\0\0" + struct.pack("<QBQQ", 1, 8, count, count + 1))
        index.write(struct.pack(f"<{count}i", *lengths))
        index.write(struct.pack(f"<{count}q", *offsets))
        index.write(struct.pack(f"<{count + 1}q", *range(count + 1)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("inputs", nargs="+", metavar="INPUT")
    parser.add_argument("--include", action="append", default=[], metavar="GLOB")
    parser.add_argument("--split", default="file", help="file, line, blank or a separator line")
    parser.add_argument("-o", "--output", metavar="DIR", help="write DIR/tokens.bin and .idx")
    parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")
    options = parser.parse_args()

    counts = {}
    documents = kept_documents(options.inputs, options.split, counts, options.include)
    if options.output:
        os.makedirs(options.output, exist_ok=True)
        write_megatron(documents, os.path.join(options.output, "tokens"))
    else:
        for _ in documents:
            pass
    if options.json:
        print(json.dumps(counts))
    else:
        print("\n".join(f"{key} {counts[key]}" for key in COUNTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
