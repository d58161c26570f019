#!/bin/bash
# check.sh CASE SCRATCH: one test of the installed package, in a folder of its own. The environment
# names what built it: CMAKE, BUILD, SOURCE, CXX, LAUNCHER, HAS_MODULE, HAS_COMMAND, VERSION,
# THRUST_INCLUDE.
set -euo pipefail
scratch=$2
here=$SOURCE/tests/consumer
unset CUDACXX CUDA_HOME CUDA_PATH CUDAToolkit_ROOT CMAKE_PREFIX_PATH SLUICE_CUDA_MODULE

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

install_to() {
  rm -rf "$1"
  "$CMAKE" --install "$BUILD" --prefix "$1" >"$scratch/install.log" ||
    fail "$(tail "$scratch/install.log")"
}

without_toolkit() { PATH=/usr/bin:/bin "$@"; }

# configure PREFIX OPTION...: the consumer's project, afresh, into $scratch/build.
configure() {
  local prefix=$1
  shift
  rm -rf "$scratch/build"
  "$CMAKE" -S "$here" -B "$scratch/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" "$@"
}

# Where a module was installed, the program must have found and opened it: what it says of CUDA is
# then about drivers and devices.
finds_the_module() {
  local said
  said=$("$1" find)
  printf '%s\n' "$said"
  if [ -n "$HAS_MODULE" ] && grep -qE 'no CUDA module|cannot be opened' <<<"$said"; then
    fail "no module: $said"
  fi
}

# The project with no toolkit in reach, at the places there are without one.
build_and_run() {
  without_toolkit configure "$1" -DSLUICE_CUDA=OFF
  without_toolkit "$CMAKE" --build "$scratch/build"
  if grep -nE 'nvcc|cudart|libcuda' "$scratch/build/build.ninja"; then
    fail "the consumer's build knows CUDA"
  fi
  "$scratch/build/squares" host sim
  "$scratch/build/squares_test"
  finds_the_module "$scratch/build/squares"
}

case $1 in
  cmake)
    install_to "$scratch/prefix"
    build_and_run "$scratch/prefix"
    command=$scratch/prefix/bin/sluice
    if [ -n "$HAS_COMMAND" ]; then
      [ "$("$command" --version | grep -o '[0-9.]*' | head -1)" = "$VERSION" ] ||
        fail "bin/sluice is not version $VERSION"
    fi
    ;;

  moved_prefix)
    install_to "$scratch/first"
    rm -rf "$scratch/second"
    mkdir -p "$scratch/second/deeper"
    mv "$scratch/first" "$scratch/second/deeper/prefix"
    build_and_run "$scratch/second/deeper/prefix"
    # A program that was installed into the prefix, and moved with it once more.
    "$CMAKE" --install "$scratch/build" --prefix "$scratch/second/deeper/prefix"
    mv "$scratch/second/deeper" "$scratch/second/again"
    finds_the_module "$scratch/second/again/prefix/bin/squares"
    ;;

  pkg_config)
    command -v pkg-config >/dev/null || { echo "no pkg-config"; exit 77; }
    install_to "$scratch/first"
    rm -rf "$scratch/prefix"
    mv "$scratch/first" "$scratch/prefix"
    export PKG_CONFIG_PATH=$scratch/prefix/lib/pkgconfig
    [ "$(pkg-config --modversion sluice)" = "$VERSION" ] || fail "sluice.pc is not $VERSION"
    cd "$here"
    without_toolkit $CXX -Wall -Wextra -Werror -I. $THRUST_INCLUDE -o "$scratch/squares" \
      -std=c++20 main.cpp $(pkg-config --static --cflags --libs sluice)
    "$scratch/squares" host sim
    finds_the_module "$scratch/squares"
    ;;

  refusals)
    install_to "$scratch/prefix"
    refused() {  # REQUEST TEXT
      local said
      printf 'cmake_minimum_required(VERSION 3.24)\nproject(refused LANGUAGES CXX)\n%s\n' \
        "find_package(Sluice $1)" >"$scratch/CMakeLists.txt"
      rm -rf "$scratch/refused"
      said=$("$CMAKE" -S "$scratch" -B "$scratch/refused" -G Ninja \
        -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_CXX_COMPILER="$CXX" "${@:3}" 2>&1) &&
        fail "find_package(Sluice $1) was no error"
      tr -s ' \n' ' ' <<<"$said" | grep -qF "$2" || fail "find_package(Sluice $1) said: $said"
    }
    refused "CONFIG REQUIRED COMPONENTS runtime gpu" \
      "Sluice has no component 'gpu'; its components are cuda, kernels, store, runtime"
    refused "7.0 CONFIG REQUIRED" "compatible with requested version \"7.0\""
    refused "7.0 CONFIG REQUIRED" "SluiceConfig.cmake, version: $VERSION"
    refused "CONFIG REQUIRED COMPONENTS store" "Sluice needs libxxhash (Debian: apt-get install \
libxxhash-dev)" -DSLUICE_XXHASH=OFF
    ;;

  contents)  # whole: what a header includes is there too; and nothing names this machine
    install_to "$scratch/prefix"
    if (cd "$scratch/prefix/lib" && grep -rnE "$SOURCE|$BUILD|/usr/lib" cmake pkgconfig); then
      fail "a path of this machine was installed"
    fi
    [ -z "$(find "$scratch/prefix" -type l)" ] || fail "a link was installed"
    (cd "$scratch/prefix/include" && find sluice -name '*.hpp' ! -path '*/module/*') | sort |
      sed 's/.*/#include <&>/' >"$scratch/all.cpp"
    for room in cuda kernels store runtime; do
      for header in "$SOURCE/$room"/*.hpp; do
        cmp "$header" "$scratch/prefix/include/sluice/$room/${header##*/}"
      done
    done
    cmp "$SOURCE/testing/testing.hpp" "$scratch/prefix/include/sluice/testing.hpp"
    wc -l <"$scratch/all.cpp"
    without_toolkit $CXX -std=c++20 -fsyntax-only -I"$scratch/prefix/include" $THRUST_INCLUDE \
      "$scratch/all.cpp"
    ;;

  cuda_kernels)  # with nvcc: the kernel's other half, in a module that has its entry alone
    install_to "$scratch/prefix"
    configure "$scratch/prefix" -DSLUICE_CUDA=ON -DSLUICE_CUDA_ARCHITECTURES=80
    "$CMAKE" --build "$scratch/build"
    "$SOURCE/tests/house/exports_alone.sh" "$scratch/build/squares_kernels.so" sluice_cuda_kernels
    "$scratch/build/squares" host sim
    # Found by the name that the program has: beside it, and where both are installed.
    $CXX -std=c++20 -I"$scratch/prefix/include" "$here/open_kernels.cpp" \
      "$scratch/build/kernels/squares_kernels/name.cpp" -o "$scratch/build/open_kernels" \
      "$scratch/prefix/lib/libsluice_cuda.a" -ldl -pthread
    [ "$("$scratch/build/open_kernels")" = square ] || fail "$("$scratch/build/open_kernels")"
    "$CMAKE" --install "$scratch/build" --prefix "$scratch/prefix"
    mv "$scratch/build/open_kernels" "$scratch/prefix/bin"
    [ "$("$scratch/prefix/bin/open_kernels")" = square ] || fail "installed: no kernels"
    status=0
    "$scratch/prefix/bin/squares" cuda || status=$?
    [ $status = 0 ] || [ $status = 3 ] || fail "on CUDA: exit code $status"
    finds_the_module "$scratch/prefix/bin/squares"
    ;;

  readme)  # says what this project does
    block=$(sed -n '/# \[readme\]/,/# \[readme\]/p' "$here/CMakeLists.txt" | sed '1d;$d')
    [ -n "$block" ] && [[ $(<"$SOURCE/README.md") == *"$block"* ]] ||
      fail "README.md does not have these lines: $block"
    line='$(pkg-config --static --cflags --libs sluice)'
    grep -qF "main.cpp $line" "$SOURCE/README.md" || fail "README.md has no pkg-config line"
    ;;

  *) fail "no such case" ;;
esac
