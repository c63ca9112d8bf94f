#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The firmware library needs no symbol but mem*: compiles the core as firmware does, links it into one relocatable
# object, and looks at what is left undefined. usage: imports_test.sh SOURCE_ROOT SOURCE...

set -euo pipefail

root=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

read -ra cxx <<<"${CXX:-g++}"  # it may be a wrapper and its compiler
objects=()
for source in "$@"; do
    object=$folder/$(basename "$source").o
    "${cxx[@]}" -std=c++20 -Os -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -fno-stack-protector \
        -fno-pic -DNDEBUG -I "$root" -c "$source" -o "$object"
    objects+=("$object")
done
ld -r -o "$folder/core.o" "${objects[@]}"

undefined=$(nm --undefined-only --format=posix "$folder/core.o" | cut -d' ' -f1 |
    grep -vxE '(_GLOBAL_OFFSET_TABLE_|mem(cpy|move|set|cmp))' || true)
if [[ -n $undefined ]]; then
    echo "imports_test: the core of ont needs symbols that firmware does not bring:"
    c++filt <<<"$undefined"
    exit 1
fi

# Globals that change, and constructors that run before main, are nothing for firmware either.
writable=$(objdump -t "$folder/core.o" | awk '/ O \.(data|bss)/ { print $NF }')
if [[ -n $writable ]]; then
    echo "imports_test: the core of ont has variables of its own:"
    c++filt <<<"$writable"
    exit 1
fi
if size -A "$folder/core.o" | grep -qE '\.(init_array|ctors)'; then
    echo "imports_test: the core of ont runs constructors before main"
    exit 1
fi
size "$folder/core.o"
echo "the core of ont imports mem* and nothing else"
