#!/usr/bin/env python3
"""Reads NumPy arrays of version 1.0, and the token shards made of them. Standard library only.

    npy_reader.py show FILE.npy
"""
import array
import ast
import os
import struct
import sys

CODES = {"<u2": "H", "<i8": "q"}


class Broken(Exception):
    """The file does not have the layout it should have."""


class Npy:
    """One array: `shape`, and all its elements in `values`."""

    def __init__(self, path):
        with open(path, "rb") as file:
            magic, major, minor, size = struct.unpack("<6sBBH", file.read(10))
            if (magic, major, minor) != (b"\x93NUMPY", 1, 0):
                raise Broken(f"{path}: magic {magic!r}, version {major}.{minor}")
            if (10 + size) % 64:
                raise Broken(f"{path}: the data starts at {10 + size}, no multiple of 64")
            header = file.read(size).decode("latin-1")
            if len(header) != size or not header.endswith("\n"):
                raise Broken(f"{path}: the header has no end")
            about = ast.literal_eval(header)
            if set(about) != {"descr", "fortran_order", "shape"} or about["fortran_order"]:
                raise Broken(f"{path}: {header!r}")
            self.shape = about["shape"]
            self.values = array.array(CODES[about["descr"]])
            count = 1
            for length in self.shape:
                count *= length
            left = os.path.getsize(path) - file.tell()
            if left != count * self.values.itemsize:
                raise Broken(f"{path}: {left} bytes of data for the shape {self.shape}")
            self.values.fromfile(file, count)
        if sys.byteorder == "big":
            self.values.byteswap()


def sequences(folder):
    """The sequences of tokens.npy: its rows, or what offsets.npy says."""
    tokens = Npy(os.path.join(folder, "tokens.npy"))
    if len(tokens.shape) == 2:
        rows, length = tokens.shape
        return [tokens.values[row * length:(row + 1) * length] for row in range(rows)]
    offsets = Npy(os.path.join(folder, "offsets.npy")).values
    if offsets[0] != 0 or offsets[-1] != len(tokens.values):
        raise Broken(f"offsets from {offsets[0]} to {offsets[-1]}, {len(tokens.values)} tokens")
    return [tokens.values[start:end] for start, end in zip(offsets, offsets[1:])]


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "show":
        print(__doc__, file=sys.stderr)
        return 2
    try:
        found = Npy(sys.argv[2])
    except (Broken, OSError) as error:
        print(f"npy_reader: {error}", file=sys.stderr)
        return 1
    print(f"shape {found.shape}\nelements {len(found.values)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
