#!/usr/bin/env bash
# ./dev gpu --pack: lays into build/pack what a machine with a GPU and no network needs besides its
# own nvcc, CMake, ninja and C++ compiler. Copy it along with the tree; ./dev gpu finds it there.
#
# The Debian packages are unpacked, not installed. build/pack/README says what is in it, of which
# version and under which licence.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

pack=$PWD/build/pack
part=$pack.part
debs=$pack.debs

say() { printf '%s\n' "$*" >&2; }

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || {
    say "gpu --pack: $tool is missing; it takes sources from Debian, so run it on a Debian machine"
    exit 1
  }
done

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# unpack PACKAGE: into $debs/PACKAGE; its version and licence go with it.
unpack() {
  local package=$1 folder=$debs/$1
  mkdir -p "$folder/deb"
  (cd "$folder/deb" && apt-get download -q "$package" >"$debs/log" 2>&1) || {
    as_root apt-get update >"$debs/log" 2>&1
    (cd "$folder/deb" && apt-get download -q "$package" >"$debs/log" 2>&1) || {
      cat "$debs/log" >&2
      return 1
    }
  }
  dpkg-deb -x "$folder"/deb/*.deb "$folder"
  dpkg-deb -f "$folder"/deb/*.deb Version >"$folder/version"
  cp "$folder/usr/share/doc/$package/copyright" "$part/LICENCE.$package"
}

rm -rf "$part" "$debs"
mkdir -p "$part/include" "$part/googletest" "$debs"

unpack googletest
sources=$debs/googletest/usr/src/googletest
cp -p "$sources/CMakeLists.txt" "$part/googletest"
for half in googletest googlemock; do
  mkdir "$part/googletest/$half"
  cp -a "$sources/$half"/{CMakeLists.txt,cmake,include,src} "$part/googletest/$half"
done
unpack libxxhash-dev
cp -p "$debs/libxxhash-dev/usr/include/xxhash.h" "$part/include"

cat >"$part/README" <<TEXT
Made by ./dev gpu --pack, for ./dev gpu on a machine without a network.

googletest/        GoogleTest $(cat "$debs/googletest/version"), BSD 3-clause (LICENCE.googletest)
include/xxhash.h   xxHash $(cat "$debs/libxxhash-dev/version"), BSD 2-clause (LICENCE.libxxhash-dev)
commit             the commit that it was made at, and the hash of the rooms then
TEXT
# The copy may come without .git; its report names a commit all the same, if the rooms are its.
printf '%s %s\n' "$(git describe --always --abbrev=40 --dirty --exclude '*')" \
  "$(python3 -B tools/check/verified.py --hash)" >"$part/commit"

rm -rf "$debs" "$pack"
mv "$part" "$pack"
cat "$pack/README" >&2
say "build/pack: $(du -sh --apparent-size "$pack" | cut -f1), $(find "$pack" -type f | wc -l) files"
