#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# ont/examples/minimal.c as somebody else would build it, from what "meson install" put down and pkg-config says of it
# and nothing else, linked statically; then omcast upgrades it over UDP, Start to Commit, with the restart in between.
# On another processor it runs under that one's emulator. Skipped (77) where a compiler or emulator is missing.

set -euo pipefail

usage() { echo "usage: tests/cross/example_test.sh TARGET FOLDER OMCAST    TARGET and FOLDER as build.sh takes them"; }
(($# == 3)) || { usage >&2; exit 2; }
target=$1
build=$2
omcast=$3
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

status=0
"$root/tests/cross/build.sh" "$target" "$build" omci/libomci.a ont/libont.a || status=$?
((status == 0)) || exit "$status"
cc=gcc
emulator=()
if [[ $target != native ]]; then
    cc=$target-gcc
    emulator=("$(sed -n "s/^exe_wrapper = \['\([^']*\)'.*/\1/p" "$root/tools/cross/$target.ini")")
fi

folder=$(mktemp -d)
firmware=
end() {
    [[ -z $firmware ]] || kill "$firmware" 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT
fail() {
    echo "example_test: $*" >&2
    exit 1
}

meson install -C "$build" --no-rebuild --tags devel --destdir "$folder/root" >"$folder/log" ||
    { cat "$folder/log"; fail "meson install failed"; }
pc=$(find "$folder/root" -name omcast-ont.pc)
example=$(find "$folder/root" -name minimal.c)
[[ -n $pc && -n $example ]] || fail "no omcast-ont.pc or no minimal.c was installed"
export PKG_CONFIG_LIBDIR=${pc%/*} PKG_CONFIG_PATH='' PKG_CONFIG_SYSROOT_DIR=$folder/root
read -ra flags < <(pkg-config --cflags --libs --static omcast-ont)
[[ " ${flags[*]} " != *"$root"* ]] || fail "pkg-config names the source tree: ${flags[*]}"
cp "$example" "$folder/minimal.c"
(cd "$folder" && "$cc" -std=c11 -Os -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -static minimal.c \
    "${flags[@]}" -o minimal) || fail "the installed example does not compile against what is installed"

: >"$folder/said"
# A port that nobody has: the firmware itself says so.
for ((port = 30000 + $$ % 10000, tries = 0; tries < 50; ++port, ++tries)); do
    "${emulator[@]}" "$folder/minimal" "$port" >"$folder/said" 2>&1 &
    firmware=$!
    for ((wait = 0; wait < 200; ++wait)); do
        ! grep -q 'image 0 runs' "$folder/said" || break 2
        kill -0 "$firmware" 2>/dev/null || break
        sleep 0.05
    done
    kill "$firmware" 2>/dev/null || true
    firmware=
done
[[ -n $firmware ]] || { cat "$folder/said"; fail "the example does not start"; }

head -c 200001 /dev/urandom >"$folder/fw.bin"
"$omcast" upgrade --link "udp:127.0.0.1:$port" --onts 0 --image "$folder/fw.bin" --reboot-wait 5s \
    >"$folder/upgrade" 2>&1 || { cat "$folder/upgrade" "$folder/said"; fail "omcast could not upgrade the example"; }
kill "$firmware"
wait "$firmware" || true
firmware=
printf '%s\n' 'image 0 runs' 'download of 200001 octets' 'download ended: 0' 'image 1 is activated' 'image 1 runs' \
    'image 1 is committed' | diff - "$folder/said" || fail "this is not how an upgrade goes"
echo "$target: $(file -b "$folder/minimal" 2>/dev/null || echo minimal), upgraded"
