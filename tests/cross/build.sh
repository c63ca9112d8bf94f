#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds omci and ont as firmware does (-Os, no unwind tables, one CRC table) for one processor, with their tests, or as
# much of it as is named. Called by the scripts of this folder and by tests/ont/size_table.sh and stack_table.sh, which
# share one folder for each processor: what is built there already is not built again.

set -euo pipefail

usage() {
    cat <<'END'
usage: tests/cross/build.sh TARGET FOLDER [TARGET OF NINJA]...
  TARGET   native, or a file of tools/cross: mips-linux-gnu, mipsel-linux-gnu, arm-linux-gnueabihf, aarch64-linux-gnu;
           with "-plain" behind it: without packages
  FOLDER   where to build; made where it is not there
Exit status 77, and the reason, where this machine lacks the compiler or the emulator.
END
}

(($# >= 2)) || { usage >&2; exit 2; }
target=${1%-plain}
folder=$2
packages=true
[[ $1 == "$target" ]] || packages=false
shift 2
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

options=(-Dfirmware_only=true -Dfirmware_tests=true -Dstack_usage=true -Dont_packages=$packages -Dcrc_slices=1
         -Doptimization=s -Ddebug=false)
needed=(meson ninja g++)
if [[ $target != native ]]; then
    cross=$root/tools/cross/$target.ini
    [[ -e $cross ]] || { echo "build.sh: there is no tools/cross/$target.ini" >&2; exit 2; }
    emulator=$(sed -n "s/^exe_wrapper = \['\([^']*\)'.*/\1/p" "$cross")
    options+=(--cross-file "$cross")
    needed=(meson ninja "$target-gcc" "$target-g++" "$emulator")
fi
for program in "${needed[@]}"; do
    command -v "$program" >/dev/null && continue
    echo "skipped: this machine has no $program"
    exit 77
done

# What the caller's environment says of compilers is about another build.
unset CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS
export CC=gcc CXX=g++
mkdir -p "$folder"
exec {lock}>"$folder.lock"
flock "$lock"
if [[ ! -e $folder/build.ninja ]] && ! meson setup "$folder" "$root" "${options[@]}" >"$folder.log" 2>&1; then
    cat "$folder.log"
    exit 1
fi
ninja --quiet -C "$folder" "$@" >"$folder.log" 2>&1 ||
    { grep -A 1000 -E '^FAILED|ERROR' "$folder.log" || cat "$folder.log"; exit 1; }
