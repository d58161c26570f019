#!/usr/bin/env python3
"""Reads Megatron .bin/.idx pairs, and checks one against the text it was made from.

Knows only the layout: 9 bytes `MMIDIDX\\0\\0`, u64 version 1, u8 dtype code (8 = 16-bit unsigned),
u64 sequences, u64 document-index entries, i32 length per sequence, i64 byte offset per sequence,
i64 document index; all little-endian. Standard library only.

    megatron_reader.py show PREFIX
    megatron_reader.py check OUT --split file|line|blank|SEP INPUT...

`check` returns every document that chunk_oracle.py keeps, byte for byte, or says which one differs.
"""
import argparse
import array
import os
import struct
import sys

from chunk_oracle import END_OF_DOCUMENT, kept_documents

HEADER = struct.Struct("<9sQBQQ")
UINT16 = 8


class Broken(Exception):
    """The pair does not have the layout it should have."""


def read_array(file, code, count, what):
    values = array.array(code)
    try:
        values.fromfile(file, count)
    except EOFError:
        raise Broken(f"the index ends inside its {what}: {len(values)} of {count}") from None
    if sys.byteorder == "big":
        values.byteswap()
    return values


class Megatron:
    """The sequences of PREFIX.bin as PREFIX.idx describes them."""

    def __init__(self, prefix):
        with open(prefix + ".idx", "rb") as index:
            head = index.read(HEADER.size)
            if len(head) != HEADER.size:
                raise Broken(f"the index has {len(head)} bytes, its header needs {HEADER.size}")
            magic, version, dtype, count, entries = HEADER.unpack(head)
            if (magic, version, dtype) != (b"MMIDIDX\0\0", 1, UINT16):
                raise Broken(f"magic {magic!r}, version {version}, dtype code {dtype}")
            self.lengths = read_array(index, "i", count, "lengths")
            self.offsets = read_array(index, "q", count, "offsets")
            self.documents = read_array(index, "q", entries, "document index")
            if index.read(1):
                raise Broken("the index goes on after its document index")
        self.tokens = open(prefix + ".bin", "rb")
        self.check_shape(os.path.getsize(prefix + ".bin"))

    def check_shape(self, bin_bytes):
        """The sequences fill the .bin one behind the other; one document is one sequence."""
        offset = 0
        for number, (length, stated) in enumerate(zip(self.lengths, self.offsets)):
            if length < 1 or stated != offset:
                stated_at = f"length {length}, offset {stated}"
                raise Broken(f"sequence {number}: {stated_at}, expected offset {offset}")
            offset += 2 * length
        if offset != bin_bytes:
            raise Broken(f"the index describes {offset} bytes, the .bin has {bin_bytes}")
        if list(self.documents) != list(range(len(self.lengths) + 1)):
            raise Broken("the document index is not 0, 1, 2, ... sequences")

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, number):
        self.tokens.seek(self.offsets[number])
        ids = array.array("H")
        ids.frombytes(self.tokens.read(2 * self.lengths[number]))
        if sys.byteorder == "big":
            ids.byteswap()
        return ids

    def document(self, number):
        """The text of a document whose ids are bytes, without its end-of-document id."""
        ids = self[number]
        if ids[-1] != END_OF_DOCUMENT:
            raise Broken(f"sequence {number} ends with {ids[-1]}, not with {END_OF_DOCUMENT}")
        try:
            return bytes(ids[:-1].tolist())
        except ValueError:
            raise Broken(f"sequence {number} has an id above 255 before its end") from None


def check(prefix, inputs, rule):
    """Compares every document; returns the counts and the number of equal documents."""
    found, counts, number = Megatron(prefix), {}, 0
    with found.tokens:
        for expected in kept_documents(inputs, rule, counts):
            if number == len(found):
                raise Broken(f"only {number} sequences; the next should be {expected[:40]!r}")
            got = found.document(number)
            if got != expected:
                at = len(os.path.commonprefix([got, expected]))
                sizes = f"{len(got)} bytes for {len(expected)}"
                raise Broken(f"document {number}: {sizes}, first difference at {at}")
            number += 1
    if number != len(found):
        raise Broken(f"{len(found)} sequences for {number} documents")
    return counts, number


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="counts of a pair")
    show.add_argument("prefix", help="path without .bin or .idx")
    compare = commands.add_parser("check", help="compare every document with the input")
    compare.add_argument("output", metavar="OUT", help="the folder of tokens.bin and tokens.idx")
    compare.add_argument("inputs", nargs="+", metavar="INPUT")
    compare.add_argument("--split", default="file")
    options = parser.parse_args()
    try:
        if options.command == "show":
            pair = Megatron(options.prefix)
            print(f"sequences {len(pair)}\ntokens {sum(pair.lengths)}")
        else:
            prefix = os.path.join(options.output, "tokens")
            counts, equal = check(prefix, options.inputs, options.split)
            print(f"{equal} documents, {counts['tokens']} tokens: equal byte for byte")
    except (Broken, OSError) as error:
        print(f"megatron_reader: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
