#!/bin/sh
# run.sh COMPILER LEVEL FILE: compiles one program of this folder and runs it. 77: no such compiler.
compiler=$1 level=$2 file=$3
if ! command -v "$compiler" >/dev/null; then
  echo "$compiler is not installed"
  exit 77
fi
program=$(mktemp)
trap 'rm -f "$program"' EXIT
"$compiler" -std=c++20 -w -O"$level" -DLEVEL="$level" -I "$(dirname "$0")/.." \
  "$file" -o "$program" && "$program"
