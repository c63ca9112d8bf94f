# SPDX-License-Identifier: Apache-2.0
#
# What size_table.sh and stack_table.sh have in common: the core of the handler for one processor, as it ends up in a
# firmware: everything that the functions of ont.h need, out of libont.a and libomci.a, and nothing else.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

# The functions that ont.h declares and the handler has: what firmware calls, and so the roots of all that is linked.
entry_points() { # FOLDER TOOLS
    comm -12 <(grep -oE '^(int|void) ont_[a-z_]+\(' "$root/ont/ont.h" | grep -oE 'ont_[a-z_]+' | sort) \
        <("$2nm" --defined-only --format=posix "$1/ont/libont.a" 2>/dev/null | awk '$2 == "T" { print $1 }' | sort)
}

# Builds for TARGET in FOLDER and links FOLDER/core.o; the prefix of that processor's binutils goes to $tools.
link_core() { # TARGET FOLDER
    local status=0 name roots=()
    "$root/tests/cross/build.sh" "$1" "$2" omci/libomci.a ont/libont.a || status=$?
    ((status == 0)) || return "$status"
    tools=${1%-plain}-
    [[ $tools != native- ]] || tools=
    for name in $(entry_points "$2" "$tools"); do roots+=(-u "$name"); done
    ((${#roots[@]} >= 14)) || { echo "$1: the functions of ont.h are not in libont.a"; return 1; }
    "${tools}ld" -r --gc-sections "${roots[@]}" -o "$2/core.o" --start-group "$2/ont/libont.a" "$2/omci/libomci.a" \
        --end-group
}
