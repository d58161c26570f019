#!/usr/bin/env bash
# run_suite.sh WORK NAME SUITE: one suite of sluice_NAME_tests in a process of its own.
#
# Into WORK/results go SUITE's report, its output and its exit status. The exit status here is 0:
# tools/check/gpu_report.py counts what failed, and what did not come to a report.
set -uo pipefail
work=$1 name=$2 suite=$3
case $suite in
  */*) filter="$suite.*cuda*" ;;
  Machine) filter="Machine.Finds*" ;;
  *) filter="$suite.*" ;;
esac
file=$work/results/$name.${suite//\//.}
status=0
timeout -k 5 60 "$work/build/bin/sluice_${name}_tests" --gtest_filter="$filter" \
  --gtest_output="xml:$file.xml" >"$file.log" 2>&1 </dev/null || status=$?
printf '%s\n' "$status" >"$file.status"
printf '%s %s: status %s\n' "$name" "$suite" "$status"
[ "$status" = 0 ] || tail -n 40 "$file.log"
