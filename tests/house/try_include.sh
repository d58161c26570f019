#!/bin/sh
# try_include.sh sees|misses HEADER COMPILER FLAGS...
# Compiles a file that includes <HEADER>. "misses" wants that to fail because the file is not found,
# and for no other reason.
expected=$1 header=$2
shift 2
output=$(printf '#include <%s>\n' "$header" | "$@" -fsyntax-only -x c++ - 2>&1)
status=$?
printf '%s\n' "$output"
case $expected in
  sees) exit $status ;;
  misses)
    [ $status -ne 0 ] && printf '%s\n' "$output" |
      grep -Eq "$header(: No such file or directory|' file not found)" ;;
esac
