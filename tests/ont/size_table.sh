#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the core of the handler costs on each processor: its code, its constants, its variables (there are none), the
# state of one handler. Fails where Thumb-2 takes more than its budget, where the core has variables, or where it needs
# more than mem* and what the compiler itself brings.

set -euo pipefail

. "$(dirname -- "${BASH_SOURCE[0]}")/core.sh"

readonly budget=24576        # octets of code and constants on Arm Thumb-2, without packages
readonly handler_octets=2048 # ONT_HANDLER_OCTETS

usage() {
    cat <<'END'
usage: tests/ont/size_table.sh [--functions] FOLDER [TARGET]...
  FOLDER       where to build; one folder in it for each target
  TARGET       native, a file of tools/cross, each also with "-plain" behind it: without packages; all of them
  --functions  the largest functions and tables of each target, too
END
}

functions=no
if [[ ${1-} == --functions ]]; then
    functions=yes
    shift
fi
(($# >= 1)) && [[ $1 != -* ]] || { usage >&2; exit 2; }
folder=$1
shift
targets=("$@")
if (($# == 0)); then
    for file in native "$root"/tools/cross/*.ini; do
        file=$(basename "$file" .ini)
        targets+=("$file-plain" "$file")
    done
fi

failures=0
fail() {
    echo "size_table: $*" >&2
    failures=$((failures + 1))
}

# Octets of the state of one handler: the compiler says it as the size of an array.
state_octets() { # TARGET FOLDER
    local cxx=g++ packages=1
    [[ -z $tools ]] || cxx=${tools}g++
    [[ $1 != *-plain ]] || packages=0
    echo '#include "ont/agent.h"
extern const char state[]; const char state[sizeof(ont::Agent)] = {1};' |
        "$cxx" -x c++ -std=c++20 -fno-exceptions -fno-rtti -DONT_PACKAGES=$packages -I "$root" -c -o "$2/state.o" -
    "${tools}nm" -S --format=posix --radix=d "$2/state.o" | awk '$1 == "state" { print $4 + 0 }'
}

# What the core needs from elsewhere: mem*, the compiler's own arithmetic, names that the linker makes.
foreign() { # FOLDER
    "${tools}nm" --undefined-only --format=posix "$1/core.o" | cut -d' ' -f1 |
        grep -vxE 'mem(cpy|move|set|cmp)|_GLOBAL_OFFSET_TABLE_|_gp_disp|__gnu_local_gp|__aeabi_u?(idiv|ldiv)(mod)?' ||
        true
}

printf '%-32s %7s %9s %5s %5s %7s  %s\n' target code constants data bss sum 'handler'
measured=0
for target in "${targets[@]}"; do
    place=$folder/cross-$target
    status=0
    said=$(link_core "$target" "$place" 2>&1) || status=$?
    if ((status == 77)); then
        printf '%-32s %s\n' "$target" "$said"
        continue
    fi
    ((status == 0)) || { echo "$said"; fail "$target: cannot be built"; continue; }
    link_core "$target" "$place" # once more, in this shell: it sets $tools, and there is nothing left to build
    # Constants that hold addresses lie in .data.rel.ro: the loader fills them in, then they are read only.
    read -r code constants data bss < <("${tools}size" -A "$place/core.o" | awk '
        /^\.text/ { code += $2 } /^\.rodata/ || /^\.data\.rel\.ro/ || /^\.eh_frame/ || /^\.ARM\.ex/ { constants += $2 }
        /^\.s?data/ && !/^\.data\.rel\.ro/ { data += $2 } /^\.s?bss/ { bss += $2 }
        /^\.(init_array|ctors)/ { data += $2 }
        END { print code + 0, constants + 0, data + 0, bss + 0 }')
    state=$(state_octets "$target" "$place")
    sum=$((code + constants))
    printf '%-32s %7d %9d %5d %5d %7d  %d\n' "$target" "$code" "$constants" "$data" "$bss" "$sum" "$state"
    measured=$((measured + 1))
    if [[ $functions == yes ]]; then
        "${tools}nm" -S -C --size-sort -r --radix=d "$place/core.o" | awk 'NR <= 40 { print "    " substr($0, 12) }'
    fi
    ((data == 0 && bss == 0)) || fail "$target: the core has variables of its own"
    ((state <= handler_octets)) || fail "$target: a handler takes $state octets, more than $handler_octets"
    needs=$(foreign "$place")
    [[ -z $needs ]] || fail "$target: the core needs symbols that firmware does not bring: ${needs//$'\n'/ }"
    if [[ $target == arm-* ]]; then
        "${tools}readelf" -A "$place/core.o" | grep -q 'Tag_THUMB_ISA_use: Thumb-2' || fail "$target: is not in Thumb-2"
        [[ $target != *-plain ]] || ((sum <= budget)) || fail "$target: $sum octets, $((sum - budget)) over budget"
    fi
done
if ((measured == 0)); then
    echo "skipped: nothing could be measured"
    exit 77
fi
exit $((failures > 0))
