#!/usr/bin/env bash
# ./dev gpu [FOLDER]: builds Sluice for CUDA, runs on the GPU here what needs one, and measures.
#
# Needs nvcc, CMake, ninja and a C++ compiler; no network and no package manager: what else is
# needed lies in build/pack (./dev gpu --pack). python3 writes the reports, where there is one.
# FOLDER (default: build/gpu/out) gets at most eight files. Every step has a time limit, and all of
# them together have eight minutes; SLUICE_GPU_PATIENCE=10 makes that ten times as much. Exit status
# 0: there was a GPU, and everything passed on it.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2

patience=${SLUICE_GPU_PATIENCE:-1}
all_s=$((480 * patience))
work=$PWD/build/gpu
pack=$PWD/build/pack
prefix=$work/prefix
results=$work/results
jobs=$(nproc)
mkdir -p "${1:-$work/out}" || exit 2
out=$(cd "${1:-$work/out}" && pwd)
log=$out/log.txt

suites="cuda kernels store runtime semantics"

say() { printf '%s\n' "$*" | tee -a "$log" >&2; }

# note NAME OUTCOME SECONDS
note() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$out/steps.txt"
  say "$(printf '%-10s %4d s  %s' "$1" "$3" "$2")"
}
fact() { printf '%s\t%s\n' "$1" "$2" >>"$work/facts"; }

# Who stops this stops what it runs, which is in a process group of its own.
running=
trap '[ -z "$running" ] || kill "$running" 2>/dev/null; exit 130' INT TERM

# step NAME SECONDS COMMAND...: a function of this file or a program; its output goes into the log.
step() {
  local name=$1 limit=$(($2 * patience)) start=$SECONDS left=$((all_s - SECONDS)) status=0
  local outcome=ok
  shift 2
  [ "$limit" -le "$left" ] || limit=$left
  [ "$limit" -ge 1 ] || limit=1
  printf '\n== %s: %s\n' "$name" "$*" >>"$log"
  timeout -k 5 "$limit" bash -c '"$@"' bash "$@" >>"$log" 2>&1 </dev/null &
  running=$!
  wait "$running" || status=$?
  case $status in
    0) ;;
    124 | 137) outcome="FAILED: took longer than $limit s" ;;
    *) outcome="FAILED with status $status" ;;
  esac
  note "$name" "$outcome" $((SECONDS - start))
  return "$status"
}

# What the last step said, as far as a screen holds it.
last_words() {
  awk '/^== / {text = ""} {text = text $0 "\n"} END {printf "%s", text}' "$log" | tail -n 30
}

any_failed() {
  grep -q FAILED "$out/steps.txt" || cat "$results"/*.status 2>/dev/null | grep -qv '^0$'
}

# Writes the reports and ends; the exit status is what everything came to.
finish() {
  local status=0
  if any_failed; then status=1; fi
  if command -v python3 >/dev/null; then
    python3 -B tools/check/gpu_report.py "$work" "$out" >&2 || status=1
  else
    say "gpu: without python3 there is no summary and no cuda.json; see steps.txt and log.txt"
  fi
  exit "$status"
}

stop() {
  last_words >&2
  say "gpu: $*"
  finish
}

find_tools() {
  local missing=() tool
  for tool in cmake ninja timeout; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  cxx=$(command -v "${CXX:-g++}" || command -v c++) || missing+=("g++")
  nvcc=${CUDACXX:-$(command -v nvcc || true)}
  [ -n "$nvcc" ] || nvcc=/usr/local/cuda/bin/nvcc
  [ -x "$nvcc" ] || missing+=("nvcc (a CUDA toolkit 13; set CUDACXX to its nvcc)")
  [ -d "$pack/googletest" ] ||
    missing+=("build/pack (./dev gpu --pack on a machine with a network, then copy it here)")
  [ ${#missing[@]} -gt 0 ] || return 0
  for tool in "${missing[@]}"; do printf 'gpu: missing: %s\n' "$tool" >&2; done
  exit 2
}

ask_device() { nvidia-smi --id=0 --query-gpu="$1" --format=csv,noheader 2>/dev/null | head -n 1; }

# commit: git's, or the one that the pack was made at where the rooms are the same.
find_facts() {
  local commit packed_commit packed_hash
  architectures=$(ask_device compute_cap | tr -d '. ')
  [[ $architectures =~ ^[0-9]+$ ]] || architectures="80;90"
  commit=$(git describe --always --abbrev=40 --dirty --exclude '*' 2>/dev/null)
  if [ -z "$commit" ] && command -v python3 >/dev/null; then
    read -r packed_commit packed_hash <"$pack/commit"
    [ "$packed_hash" != "$(python3 -B tools/check/verified.py --hash)" ] || commit=$packed_commit
  fi
  fact commit "${commit:-unknown}"
  fact date "$(date -u +%Y-%m-%d)"
  fact chip "$(ask_device name)"
  fact driver "$(ask_device driver_version)"
  fact architectures "$architectures"
  fact nvcc "$("$nvcc" --version | sed -n 's/.*release .*, V//p')"
  fact compiler "$("$cxx" --version | head -n 1)"
  fact cmake "$(cmake --version | head -n 1)"
  fact cores "$(nproc)"
}

# GoogleTest and libxxhash, from sources, where CMake finds them.
prepare() {
  mkdir -p "$prefix"/{lib,include}
  cp -p "$pack/include/xxhash.h" "$prefix/include" &&
    printf '#include <xxhash.h>\n' >"$work/xxhash.cpp" &&
    "$cxx" -O2 -fPIC -DXXH_STATIC_LINKING_ONLY -DXXH_IMPLEMENTATION -I "$prefix/include" \
      -c "$work/xxhash.cpp" -o "$work/xxhash.o" &&
    ar rcs "$prefix/lib/libxxhash.a" "$work/xxhash.o" &&
    cmake -S "$pack/googletest" -B "$work/googletest" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
      -DINSTALL_GTEST=ON &&
    cmake --build "$work/googletest" -j "$jobs" --target install
}

# Host bodies of kernels take the toolkit's Thrust: there may be no other.
configure() {
  cmake -S . -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CUDA_COMPILER="$nvcc" \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 \
    -DCMAKE_CUDA_FLAGS_RELWITHDEBINFO="-O2 -lineinfo" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES="$prefix/include" \
    -DSLUICE_TOOLS=OFF -DSLUICE_CUDA=ON -DSLUICE_THRUST=cccl \
    -DSLUICE_CUDA_ARCHITECTURES="$architectures" -DCMAKE_CUDA_ARCHITECTURES="$architectures"
}

build() {
  local targets=(sluice_cuda_driver sluice_house_tests sluice_sim sluice_stream example_ramps) name
  for name in $suites; do targets+=("sluice_${name}_tests"); done
  cmake --build "$work/build" -j "$jobs" --target "${targets[@]}"
}

# One process for each suite of tests, so that a lost device takes no other suite along: the
# instances for GPUs, and the tests that look for a device themselves.
run_suites() {
  local name suite
  for name in $suites; do
    "$work/build/bin/sluice_${name}_tests" --gtest_list_tests |
      sed -n 's/^\([^ ]*\)\..*$/\1/p' | sort -u | while read -r suite; do
      case $suite in
        */* | Cuda* | Machine) printf '%s %s\n' "$name" "$suite" ;;
      esac
    done
  done | xargs -P 4 -L 1 tools/gpu/run_suite.sh "$work"
}

# The programs that once failed on simulated devices, and some more.
programs() {
  local given=() file
  for file in tests/sim/corpus/*.program; do given+=(--program "$file"); done
  "$work/build/bin/sluice_sim" --device cuda --limit-s 20 "${given[@]}" --seeds 10
}

stream() {
  "$work/build/bin/sluice_stream" cuda >"$out/stream.json" && cat "$out/stream.json"
}

# Whatever a kernel reads and writes, with one seed: the checker is slow.
check_memory() {
  SLUICE_SEED=1 "$checker" --tool memcheck --error-exitcode 7 \
    "$work/build/bin/sluice_kernels_tests" --gtest_filter='*/*cuda*'
}

run_memcheck() {
  checker=$(command -v compute-sanitizer || command -v "$(dirname "$nvcc")/compute-sanitizer") ||
    { note memcheck "not run: there is no compute-sanitizer" 0; return; }
  local said
  said=$(timeout 30 "$checker" "$work/build/bin/sluice_kernels_tests" \
    --gtest_filter='On/Iota.*/cuda' 2>&1 </dev/null)
  printf '\n== memcheck, whether it works here: %s\n' "$said" >>"$log"
  if [[ $said == *"not supported"* ]]; then
    note memcheck "not run: compute-sanitizer does not support this device" 0
    return
  fi
  step memcheck 90 check_memory
}

find_tools
rm -rf "$results"
mkdir -p "$results"
rm -f "$out"/{log.txt,steps.txt,summary.txt,tests.xml,stream.json,machine.json,cuda.json}
: >"$log"
: >"$work/facts"
find_facts
export work pack prefix out cxx nvcc jobs architectures suites checker=
export -f prepare configure build run_suites programs stream check_memory

step prepare 60 prepare || stop "GoogleTest and libxxhash do not build; see $log"
step configure 60 configure || stop "CMake does not configure; see $log"
step build 300 build || stop "it does not build; see $log"
step device 30 "$work/build/bin/sluice_stream" find || stop "there is no device; nothing was run"

export SLUICE_REQUIRE_GPU=1
step tests 180 run_suites
step kernels 20 "$work/build/bin/sluice_house_tests" --gtest_filter='CudaModule.*'
step programs 120 programs
step example 30 "$work/build/bin/example_ramps"
step stream 60 stream
run_memcheck
finish
