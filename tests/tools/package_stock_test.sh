#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A package made with split, sha256sum, openssl cms, cat, printf, xxd and a few lines of awk, beside one that "omcast
# image pack" made: the same octets where a signature is the same every time (RSA), the same but for the CMS where it is
# not (ECDSA); and each side verifies what the other signed. usage: package_stock_test.sh OMCAST
# Exit status 77 (skipped) where one of the tools is missing.

set -Eeuo pipefail

omcast=$(realpath -- "$1")
for tool in split sha256sum openssl xxd awk zstd; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done

# A space in every path, because somebody will have one.
work=$(mktemp -d "${TMPDIR:-/tmp}/stock package.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'echo "FAILED: line $LINENO ended the test"' ERR
cd "$work"

failures=0
check() {
    local claim=$1
    shift
    "$@" >said 2>&1 && return
    echo "FAILED: $claim"
    cat said
    failures=$((failures + 1))
}

# A signer of a kind of key, below a CA of its own.
make_signer() {
    local name=$1
    shift
    openssl req -x509 -newkey "$@" -nodes -keyout "$name-ca.key" -out "$name-ca.pem" -subj "/CN=$name CA" \
        -addext basicConstraints=critical,CA:TRUE 2>/dev/null
    openssl req -new -newkey "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
    printf 'keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n' >"$name.ext"
    openssl x509 -req -in "$name.csr" -CA "$name-ca.pem" -CAkey "$name-ca.key" -CAcreateserial -extfile "$name.ext" \
        -out "$name.pem" 2>/dev/null
}

# The CRC of I.363.5 (CRC-32/BZIP2) of a file, as 8 hex digits. Plain awk knows no exclusive or: bits are kept apart.
crc32() {
    xxd -p -c 1 "$1" | awk '
        BEGIN {
            split("0 0 0 0 0 1 0 0 1 1 0 0 0 0 0 1 0 0 0 1 1 1 0 1 1 0 1 1 0 1 1 1", polynomial, " ")
            for (i = 1; i <= 32; i++) crc[i] = 1
        }
        {
            octet = 16 * (index("0123456789abcdef", substr($1, 1, 1)) - 1) \
                  + index("0123456789abcdef", substr($1, 2, 1)) - 1
            for (mask = 128; mask >= 1; mask /= 2) {
                bit = octet >= mask
                octet -= bit * mask
                odd = crc[1] != bit
                for (i = 1; i < 32; i++) crc[i] = odd ? crc[i + 1] != polynomial[i] : crc[i + 1]
                crc[32] = odd ? 1 : 0
            }
        }
        END {
            for (i = 1; i <= 32; i += 4)
                printf "%x", 8 * !crc[i] + 4 * !crc[i + 1] + 2 * !crc[i + 2] + !crc[i + 3]
        }'
}

octets() { stat -c %s -- "$1"; }
sha256() { sha256sum -- "$1" | cut -c1-64; }

# SHA-256 of each SIZE octets of a file, 32 octets each.
hash_list() { split -b "$2" --filter='sha256sum | cut -c1-64' -- "$1" | xxd -r -p; }

# header NAME: the 28 octets in front of NAME.cms, NAME.blocks and NAME.frames
header() {
    printf '4f4d434946570d0a%08x%08x%08x%08x' 1 "$(octets "$1.cms")" "$(octets "$1.blocks")" "$(octets "$1.frames")" |
        xxd -r -p >"$1.header"
    crc32 "$1.header" | xxd -r -p >>"$1.header"
}

package() { header "$1"; cat "$1.header" "$1.cms" "$1.blocks" "$1.frames" "$1.payload" >"$1.pkg"; }

# sign NAME SIGNER OPTION...: NAME.cms around NAME.manifest
sign() {
    local name=$1 signer=$2
    shift 2
    openssl cms -sign -binary -nodetach -in "$name.manifest" -md sha256 -signer "$signer.pem" -inkey "$signer.key" \
        -outform DER -out "$name.cms" "$@"
}

cms_of() { head -c "$((16#$(xxd -s 12 -l 4 -p -- "$1")))" <(tail -c +29 -- "$1" 2>/dev/null); }

stock_verifies() {
    cms_of "$1" >theirs.cms
    openssl cms -verify -inform DER -in theirs.cms -CAfile "$2" -purpose any -out theirs.manifest
}

make_signer ec ec -pkeyopt ec_paramgen_curve:P-256
make_signer rsa rsa:2048
cat ec-ca.pem rsa-ca.pem >both.pem

# Two whole blocks and a short one.
head -c 200001 <(awk 'BEGIN { for (i = 0; i < 20000; i++) printf "line %d\n", i * i }') >image
cp image raw.payload
hash_list image 65536 >raw.blocks
: >raw.frames
printf '%s\n' version=R7.2 product-code=HG1 hardware=1.0,1.1 security-counter=3 "size=$(octets image)" \
    "sha256=$(sha256 image)" block-size=65536 "blocks-sha256=$(sha256 raw.blocks)" payload=raw requires=R6 \
    "meta.built-by=split, sha256sum and friends" >raw.manifest
said_the_same=(--product-code HG1 --version R7.2 --hardware 1.0,1.1 --security-counter 3 --requires R6
               --meta "built-by=split, sha256sum and friends")

sign raw rsa -noattr
package raw
check "pack makes a package" "$omcast" image pack image "${said_the_same[@]}" --sign rsa.key --cert rsa.pem -o ours.pkg
check "signed with RSA it is the stock tools' package, octet for octet" cmp raw.pkg ours.pkg
check "and verifies" "$omcast" image verify raw.pkg --ca rsa-ca.pem

sign raw ec -noattr
package raw
check "pack signs with ECDSA" "$omcast" image pack image "${said_the_same[@]}" --sign ec.key --cert ec.pem -o ours.pkg
check "openssl verifies our CMS" stock_verifies ours.pkg ec-ca.pem
check "and finds the manifest in it" cmp raw.manifest theirs.manifest
check "we verify the stock one" "$omcast" image verify raw.pkg --ca ec-ca.pem
cms_of ours.pkg >ours.cms
cat raw.blocks raw.payload | cmp - <(tail -c +"$((29 + $(octets ours.cms)))" ours.pkg) ||
    { echo "FAILED: behind the CMS the octets are the same"; failures=$((failures + 1)); }
check "what stands before its length is the same" cmp -n 12 raw.pkg ours.pkg
refused=$("$omcast" image verify raw.pkg --ca rsa-ca.pem 2>&1 >/dev/null) && refused="not refused"
check "with another anchor it is refused by name" grep -q '^omcast: signer-unknown: ' <<<"$refused"

# Two signers, each side adding to what the other began; stock signatures have attributes and a signing time.
sign raw ec
openssl cms -resign -inform DER -in raw.cms -signer rsa.pem -inkey rsa.key -md sha256 -outform DER -out two.cms
mv two.cms raw.cms
package raw
check "we verify two stock signers" "$omcast" image verify raw.pkg --ca both.pem --require 2
sign raw ec
package raw
check "we add a signer to a stock package" "$omcast" image sign raw.pkg --sign rsa.key --cert rsa.pem -o ours.pkg
check "openssl verifies both" stock_verifies ours.pkg both.pem
check "so do we" "$omcast" image verify ours.pkg --ca both.pem --require 2
check "pack signs twice at once" "$omcast" image pack image "${said_the_same[@]}" \
    --sign ec.key --cert ec.pem --sign rsa.key --cert rsa.pem -o ours.pkg
check "openssl verifies both of those" stock_verifies ours.pkg both.pem

# Compressed: frames by the zstd command. Its frames need not be ours, so each side unpacks the other's.
head -c 300000 /dev/zero | tr '\0' 'z' >image
hash_list image 65536 >zstd.blocks
: >zstd.frames
: >zstd.payload
longest=0
split -b 262144 image piece.
for piece in piece.*; do
    zstd -q -19 --no-check "$piece" -o frame
    printf '%08x%08x%s%s' "$(octets zstd.payload)" "$(octets frame)" "$(crc32 frame)" "$(sha256 frame)" |
        xxd -r -p >>zstd.frames
    (($(octets frame) <= longest)) || longest=$(octets frame)
    cat frame >>zstd.payload
    rm frame
done
printf '%s\n' version=R7.2 product-code=HG1 "size=$(octets image)" "sha256=$(sha256 image)" block-size=65536 \
    "blocks-sha256=$(sha256 zstd.blocks)" "frames-sha256=$(sha256 zstd.frames)" payload=zstd \
    "max-memory=$((longest + 393216))" >zstd.manifest
sign zstd ec -noattr
package zstd
if "$omcast" image pack image --product-code HG1 --version R7.2 --compress zstd -o ours.pkg >said 2>&1; then
    check "we verify and unpack the stock frames" "$omcast" image verify zstd.pkg --ca ec-ca.pem
    payload=$("$omcast" image show --json ours.pkg | sed 's/.*"payload_octets":\([0-9]*\).*/\1/')
    tail -c "$payload" ours.pkg | zstd -q -d | cmp - image ||
        { echo "FAILED: zstd unpacks our payload"; failures=$((failures + 1)); }
else
    grep -q "built without libzstd" said || { cat said; failures=$((failures + 1)); }
fi

((failures == 0)) && echo "stock tools and omcast make and read the same packages"
