"""Compiles every header by itself, private ones too, as the sources of its folder are compiled.

    headers_alone.py --build BUILD

BUILD is a configured build folder with a compile_commands.json. A folder without sources takes the
command of the nearest one above that has some. Headers that need nvcc, and those of programs that
the tests compile for themselves, are left out. Standard library only.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEFT_OUT = ("cuda/module/", "bench/scale", "bench/stream", "tests/compilers/", "tests/consumer/",
            "tests/module/")
OPTIONS_WITH_A_VALUE = ("-o", "-MF", "-MT", "-MQ")


def flags_of(command):
    """A compile command without its compiler launcher, source, object and dependency file."""
    words = shlex.split(command)
    if pathlib.Path(words[0]).name == "ccache":
        words = words[1:]
    kept = []
    i = 0
    while i < len(words):
        if words[i] in OPTIONS_WITH_A_VALUE:
            i += 1
        elif words[i] not in ("-c", "-MD", "-MMD") and not words[i].endswith(".cpp"):
            kept.append(words[i])
        i += 1
    return kept


def commands_by_folder(build):
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = os.path.relpath(os.path.realpath(entry["file"]), ROOT)
        if not path.endswith(".cpp") or "nvcc" in entry["command"]:
            continue
        # A source of several targets, as tests/support has: the one that sees most.
        folder, flags = os.path.dirname(path), flags_of(entry["command"])
        if folder not in found or len(flags) > len(found[folder][0]):
            found[folder] = (flags, entry["directory"])
    return found


def nearest(folder, commands):
    while folder not in commands:
        if not folder:
            sys.exit("headers_alone.py: a header stands where no source is compiled")
        folder = os.path.dirname(folder)
    return commands[folder]


def headers():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", "*.hpp"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for path in listed.splitlines()
            if not path.startswith(LEFT_OUT) and (ROOT / path).is_file()]


def complaint(path, commands):
    flags, directory = nearest(os.path.dirname(path), commands)
    run = subprocess.run([*flags, "-fsyntax-only", "-x", "c++", "-include", str(ROOT / path),
                          "/dev/null"], cwd=directory, capture_output=True, text=True)
    return "" if run.returncode == 0 else f"{path} does not compile alone:\n{run.stderr}"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--build", type=pathlib.Path, required=True)
    commands = commands_by_folder(options.parse_args().build)
    paths = headers()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for text in pool.map(lambda path: complaint(path, commands), paths):
            if text:
                failed += 1
                print(text, file=sys.stderr)
    print(f"headers alone: {len(paths)} compiled, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
