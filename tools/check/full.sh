#!/usr/bin/env bash
# ./dev check --full: everything that can be checked without a GPU, in every way it is built. Goes on
# behind a failure, ends with a table, and with 1 if anything failed. Hours on two cores.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

table=()
failed=0

# part NAME COMMAND...: status 77 means that something needed is not there.
part() {
  local name=$1 began=$SECONDS status=0 outcome
  shift
  printf '\n== %s\n' "$name" >&2
  "$@" || status=$?
  case $status in
    0) outcome=passed ;;
    77) outcome=skipped ;;
    *) outcome=FAILED failed=1 ;;
  esac
  table+=("$(printf '%-8s %5d s  %s' "$outcome" $((SECONDS - began)) "$name")")
}

nvcc() {
  command -v nvcc || { [ -x /usr/local/cuda/bin/nvcc ] && echo /usr/local/cuda/bin/nvcc; }
}

thrust_of_cuda() {
  [ -n "$(nvcc)" ] || { echo "there is no CUDA toolkit here" >&2; return 77; }
  ./dev test --cccl
}

every_architecture() {
  [ -n "$(nvcc)" ] || { echo "there is no CUDA toolkit here" >&2; return 77; }
  local known
  known=$("$(nvcc)" --list-gpu-arch | sed 's/compute_//' | sort -n | paste -sd';') || return
  cmake --preset cuda -B build/architectures -DSLUICE_CUDA_ARCHITECTURES="$known" \
    -DSLUICE_TOOLS=OFF -DSLUICE_TESTS=OFF -DSLUICE_EXAMPLES=OFF -DSLUICE_BENCH=OFF >&2 &&
    cmake --build build/architectures --target sluice_cuda_driver -j "$(nproc)" >&2 &&
    echo "the CUDA module compiles for $known"
}

part "house rules, format, clang-tidy" ./dev check
part "every header alone" python3 tools/check/headers_alone.py --build build/dev
part "g++, Debian's Thrust" ./dev test
part "g++, the Thrust of CUDA's toolkit" thrust_of_cuda
part "g++ -O0" ./dev test --gcc-debug
part "clang" ./dev test --clang
part "clang, address and undefined behaviour sanitizers" ./dev test --asan
part "clang, thread sanitizer" ./dev test --tsan
part "nvcc, every architecture" every_architecture

printf '\n'
printf '%s\n' "${table[@]}"
exit "$failed"
