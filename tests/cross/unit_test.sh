#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The tests of omci and ont on another processor: built by its compiler as firmware is, run by its emulator. What
# differs there is the order of octets, the width of a pointer and the sign of char. Skipped (77) where one is missing.

set -euo pipefail

(($# == 2)) || { echo "usage: tests/cross/unit_test.sh TARGET FOLDER    as build.sh takes them" >&2; exit 2; }
folder=$2
here=$(dirname -- "${BASH_SOURCE[0]}")

status=0
"$here/build.sh" "$1" "$folder" || status=$?
((status == 0)) || exit "$status"
# --num-processes: the tests beside this one want the other processor.
meson test -C "$folder" --no-rebuild --print-errorlogs --num-processes 1 --timeout-multiplier 5 </dev/null
