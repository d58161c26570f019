#!/bin/sh
# exports_alone.sh LIBRARY SYMBOL: whether the library defines this one dynamic symbol and no other.
symbols=$(nm -D --defined-only --format=just-symbols "$1") || exit 1
printf '%s\n' "$symbols"
[ "$symbols" = "$2" ]
