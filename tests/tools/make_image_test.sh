#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/make-image on made-up packages, without network: sizes, sameness, layout, and what it says when it cannot.
# Exit status 77 (skipped) where Debian's package tools or mksquashfs are missing.

set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
for tool in apt-get dpkg-deb mksquashfs; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done

# A space in every path, because somebody will have one.
work=$(mktemp -d "${TMPDIR:-/tmp}/make image.XXXXXX")
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache TMPDIR=$work/tmp
packages=$XDG_CACHE_HOME/omcast/armhf
mkdir -p "$packages" "$TMPDIR" "$work/bin" "$work/out"

# An apt with no network behind it.
printf '#!/bin/sh\necho "E: Failed to fetch http://mirror.example/ no route"\nexit 100\n' >"$work/bin/apt-get"
chmod +x "$work/bin/apt-get"
PATH=$work/bin:$PATH

noise() { mkdir -p "$(dirname -- "$2")" && head -c "$1" /dev/urandom >"$2"; }

make_package() {
    mkdir -p "$3/DEBIAN"
    printf 'Package: %s\nVersion: 1\nArchitecture: armhf\nMaintainer: nobody\nDescription: made up\n' "$2" \
        >"$3/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "$3" "$packages/$1.deb" >/dev/null
}

make_kernel() {
    local tree=$work/$1
    noise 100000 "$tree/boot/vmlinuz-$1"
    noise 5000 "$tree/usr/lib/linux-image-$1/imx6q-cubox-i.dtb"
    noise 200000 "$tree/lib/modules/$1/kernel/b/second.ko"
    noise 300000 "$tree/lib/modules/$1/kernel/a/first.ko"
    make_package "$2" "linux-image-$1" "$tree"
}

noise 70000 "$work/board/usr/lib/u-boot/mx6cuboxi/u-boot.img"
make_package u-boot-imx u-boot-imx "$work/board"
make_kernel 1-armmp linux-image-armmp

failures=0
check() {
    local claim=$1
    shift
    "$@" && return
    echo "FAILED: $claim"
    failures=$((failures + 1))
}

make_image() { "$root/tools/make-image" "$@" >"$work/said" 2>&1; }

exits_with() {
    local expected=$1 status=0
    shift
    make_image "$@" || status=$?
    ((status == expected)) || { echo "exit status $status, not $expected: make-image $*"; cat "$work/said"; return 1; }
}

said() { grep -qF -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }
octets() { (($(stat -c %s "$work/out/$1") == $2)); }
only_holds() { [[ $(ls -A "$1") == "$2" ]]; }

check "an image is made" exits_with 0 700000 "$work/out/a"
check "it has the octets asked for" octets a 700000
check "it is made again" exits_with 0 700000 "$work/out/b"
check "the same packages give the same octets" cmp "$work/out/a" "$work/out/b"
check "u-boot comes first" cmp -n 70000 "$work/out/a" "$work/board/usr/lib/u-boot/mx6cuboxi/u-boot.img"
check "the kernel begins on a flash block" cmp -n 100000 -i 131072:0 "$work/out/a" "$work/1-armmp/boot/vmlinuz-1-armmp"
check "the squashfs follows the device tree" cmp -n 4 -i 327680:0 "$work/out/a" <(printf hsqs)
check "KiB are 1024 octets" exits_with 0 3KiB "$work/out/b"
check "and are counted so" octets b 3072
rm "$work/out/b"

for size in 0 -1 8MB 1.5MiB "" 99999999999999 x; do
    check "\"$size\" is refused as a size" exits_with 2 "$size" "$work/out/c"
    check "and it says why" said "is no size"
done
check "one argument is too few" exits_with 2 8MiB
check "a folder is no file" exits_with 1 3KiB "$work/out"
check "a missing folder is named" exits_with 1 3KiB "$work/nowhere/c"
check "in words" said "there is no folder $work/nowhere"

check "a package that cannot be fetched ends it" exits_with 1 10MiB "$work/out/c"
check "and is named" said "cannot fetch linux-image-armmp-lpae for armhf: check the network"
make_kernel 2-lpae linux-image-armmp-lpae
make_kernel 3-rt linux-image-rt-armmp
check "the next kernel fills a larger image" exits_with 0 1MiB "$work/out/b"
check "to the octet" octets b 1048576
check "whose beginning stays as it was" cmp -n 327680 "$work/out/a" "$work/out/b"
check "more than there is ends it" exits_with 1 10MiB "$work/out/c"
check "and it says how much there is" said "ask for at most"

head -c 1000 /dev/urandom >"$packages/u-boot-imx.deb"
check "a damaged package ends it" exits_with 1 3KiB "$work/out/a"
check "and is named" said "u-boot-imx.deb"
check "the image that was there stays" octets a 700000

check "nothing else is left beside the images" only_holds "$work/out" $'a\nb'
check "nor in the temporary folder" only_holds "$TMPDIR" ""
((failures == 0)) && echo "make-image keeps its promises"
