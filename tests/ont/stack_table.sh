#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The deepest stack of each function of ont.h, from the frames and calls that g++ notes (-fcallgraph-info=su). What
# callbacks take comes on top, and so do mem* and the compiler's arithmetic: they are firmware's own. Fails on
# recursion, on a frame without a bound, on a function of the core that nobody seems to call, and over the budget.

set -euo pipefail

. "$(dirname -- "${BASH_SOURCE[0]}")/core.sh"

readonly budget=2048 # octets of stack on Arm Thumb-2, callbacks not counted

usage() {
    cat <<'END'
usage: tests/ont/stack_table.sh [--paths] FOLDER [TARGET]...
  FOLDER   where to build; one folder in it for each target, as tests/ont/size_table.sh has them
  TARGET   native or a file of tools/cross; arm-linux-gnueabihf and native
  --paths  the calls that lead there, too
END
}

paths=0
if [[ ${1-} == --paths ]]; then
    paths=1
    shift
fi
(($# >= 1)) && [[ $1 != -* ]] || { usage >&2; exit 2; }
folder=$1
shift
targets=("$@")
(($# > 0)) || targets=(arm-linux-gnueabihf native)

# What adds up must see what it is there for, or its silence says nothing.
seen=$(awk -v target=self-check -v limit=8 -f "$root/tests/ont/stack_depth.awk" <<'END' || true
linked hidden
entry ont_boot
node: { title: "ont_boot" label: "a\nb\n8 bytes (static)" }
node: { title: "f" label: "a\nb\n8 bytes (dynamic)" }
edge: { sourcename: "ont_boot" targetname: "f" label: "x" }
edge: { sourcename: "f" targetname: "ont_boot" label: "x" }
END
)
for complaint in 'without a bound: f' 'recursion through ont_boot' 'does not know by whom: hidden' 'more than 8'; do
    [[ $seen == *"$complaint"* ]] || { echo "stack_table: stack_depth.awk does not notice: $complaint" >&2; exit 1; }
done

failures=0
measured=0
for target in "${targets[@]}"; do
    place=$folder/cross-$target
    status=0
    said=$(link_core "$target" "$place" 2>&1) || status=$?
    if ((status == 77)); then
        echo "$target: $said"
        continue
    fi
    ((status == 0)) || { echo "$target: cannot be built: $said" >&2; failures=$((failures + 1)); continue; }
    link_core "$target" "$place"
    [[ $target == arm-* ]] && limit=$budget || limit=0
    # Functions that the linked core has, one a line; then the graph. Names without the file that a local one is in.
    {
        "${tools}nm" --defined-only --format=posix "$place/core.o" |
            awk '$2 ~ /^[TtWw]$/ && $1 !~ /^\$/ { print "linked", $1 }'
        entry_points "$place" "$tools" | sed 's/^/entry /'
        cat "$place"/ont/libont.a.p/*.ci "$place"/omci/libomci.a.p/*.ci
    } | awk -v target="$target" -v paths=$paths -v limit=$limit -f "$root/tests/ont/stack_depth.awk" | c++filt ||
        failures=$((failures + 1))
    measured=$((measured + 1))
done
if ((measured == 0 && failures == 0)); then
    echo "skipped: nothing could be measured"
    exit 77
fi
exit $((failures > 0))
