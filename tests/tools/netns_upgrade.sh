#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# One OLT process and several ONT processes on a network of their own: "omcast upgrade" brings an image to ONTs that
# "omcast ont" plays, over raw Ethernet (each ONT process in a network namespace, a bridge between them) or over UDP.
# Then it looks whether they have it, and prints what it took. Called by meson test, and by hand as a demonstration.
# Everything lives in namespaces that end with this script, however it ends. Exit status 77 (skipped) where the machine
# allows no namespaces.

set -euo pipefail

usage() {
    cat <<'END'
usage: tests/tools/netns_upgrade.sh --build DIR [OPTION...] [-- ARGUMENT OF omcast upgrade...]
  --build DIR        where omcast was built
  --link eth|udp     raw Ethernet (default), or UDP with a multicast group on the loopback interface
  --onts N           ONTs (default 16)
  --processes N      ONT processes that share them equally (default: one for each ONT)
  --image FILE       the image; else one is made of this machine's own programs,
  --size OCTETS      so long (default 8388608)
  --rate BITS_PER_S  pace of the downstream (default 10M)
  --mtu N            of the Ethernet (default 1500)
  --capture          keep a capture at the OLT's end, and read it with tcpdump and "omcast decode"
  --kill             kill two ONT processes in mid-transfer: one is back at once, the other when the run is over, and a
                     second run brings the image to it; needs 3 processes
  --verbose          what omcast says
Ends within 15 minutes: an upgrade gets 6 of them, everything else seconds.
END
}

fail() {
    echo "netns_upgrade: $*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

build='' link=eth onts=16 processes='' image='' size=8388608 rate=10M mtu=1500 capture='' killing='' verbose=''
inside=''
all=("$@")
while (($# > 0)); do
    case $1 in
        --build) build=$(cd -- "$2" && pwd) || fail "there is no folder $2"; shift ;;
        --link) link=$2; shift ;;
        --onts) onts=$2; shift ;;
        --processes) processes=$2; shift ;;
        --image) image=$2; shift ;;
        --size) size=$2; shift ;;
        --rate) rate=$2; shift ;;
        --mtu) mtu=$2; shift ;;
        --capture) capture=yes ;;
        --kill) killing=yes ;;
        --verbose) verbose=yes ;;
        --inside) inside=yes ;;
        --) shift; break ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
upgrade_arguments=("$@")
processes=${processes:-$onts}
omcast=$build/tools/omcast
[[ -x $omcast ]] || fail "there is no omcast in $build; give --build a folder that meson set up and ninja built"
[[ $link == eth || $link == udp ]] || fail "--link is eth or udp"
((onts % processes == 0)) || fail "$onts ONTs cannot be shared equally by $processes processes"
readonly per_process=$((onts / processes))

# --- namespaces: network, mounts (for the names of further network namespaces), processes (so that all end with us) ---

if [[ -z $inside ]]; then
    for tool in ip unshare nsenter tcpdump python3; do
        command -v "$tool" >/dev/null || skip "$tool is missing"
    done
    spaces=(--net --mount --pid --fork --kill-child=KILL --mount-proc)
    unshare "${spaces[@]}" true 2>/dev/null || spaces=(--user --map-root-user "${spaces[@]}")
    unshare "${spaces[@]}" true 2>/dev/null || skip "this user may not make namespaces here"
    exec unshare "${spaces[@]}" -- "${BASH_SOURCE[0]}" --inside "${all[@]}"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/omcast-netns.XXXXXX")
ended() {
    trap - EXIT
    # Nothing but this script and its children lives in this process namespace.
    exec 2>/dev/null  # how each of them ended is of no interest
    kill -KILL -1 || true
    wait || true
    rm -rf "$work"
}
trap ended EXIT
trap 'exit 130' INT TERM HUP
mount -t tmpfs none /run 2>/dev/null || skip "this user may not mount in a namespace here"
cd "$work"

make_network() {
    ip link set lo up
    [[ $link == eth ]] || return 0
    ip link add seg type bridge mcast_snooping 0 2>/dev/null || skip "this machine has no Ethernet bridges"
    ip link add olt mtu "$mtu" type veth peer name olt-seg mtu "$mtu" 2>/dev/null ||
        skip "this machine has no veth pairs"
    ip link set olt-seg master seg up
    ip link set olt up
    ip link set seg mtu "$mtu" up
    local i
    for ((i = 0; i < processes; ++i)); do
        ip netns add "ont$i" 2>/dev/null || skip "this user may not name network namespaces here"
        ip link add "seg$i" mtu "$mtu" type veth peer name ont mtu "$mtu" netns "ont$i"
        ip link set "seg$i" master seg up
        ip -n "ont$i" link set ont up
    done
}

# A uImage header with a name in front of real machine code: what ONTs get, and what they read a version from.
make_image() {
    python3 - "$1" "$size" "$omcast" <<'END'
import glob, os, struct, sys, zlib
path, size, omcast = sys.argv[1], int(sys.argv[2]), sys.argv[3]
data = b""
for name in [omcast, *sorted(glob.glob("/usr/lib/*/lib*.so.*")), *sorted(glob.glob("/usr/bin/*"))]:
    if len(data) >= size - 64:
        break
    if os.path.isfile(name):
        with open(name, "rb") as file:
            data += file.read(size - 64 - len(data))
def header(check):
    return struct.pack(">7I4B32s", 0x27051956, check, 0, len(data), 0, 0, zlib.crc32(data), 5, 2, 2, 0, b"netns-1.0")
with open(path, "wb") as file:
    file.write(header(zlib.crc32(header(0))) + data)
END
}

# --- the ONTs ---

declare -A ont_pid

# Starts ONT process $1, with further arguments for it.
start_ont() {
    local i=$1 first=$(($1 * per_process)) place=() at=$udp
    shift
    if [[ $link == eth ]]; then
        place=(nsenter "--net=/run/netns/ont$i" --)
        at=eth:ont
    fi
    "${place[@]}" "$omcast" ont --link "$at" --onu-id "$first" --count "$per_process" --slots slots \
        --slot-size "$slot_octets" --reboot-time 1s --log "ont$i.log" "$@" >"ont$i.said" 2>&1 &
    ont_pid[$i]=$!
}

# Waits until the log of ONT process $1 holds $2, for $3 seconds at most.
wait_for() {
    local tenths
    for ((tenths = 10 * $3; tenths > 0; --tenths)); do
        if grep -qF -- "$2" "ont$1.log" 2>/dev/null; then return 0; fi
        kill -0 "${ont_pid[$1]}" 2>/dev/null || break
        sleep 0.1
    done
    cat "ont$1.said" >&2
    fail "ONT process $1 did not say \"$2\" within $3 s, or ended before"
}

# Processor time in hundredths of a second and peak memory in KiB of process $1.
cost_of() {
    local -a stat
    # The name, in parentheses, may hold blanks; ours does not.
    read -r -a stat <"/proc/$1/stat"
    echo "$((stat[13] + stat[14])) $(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status")"
}

# All ONT processes together: processor time in hundredths of a second, and the largest peak memory in KiB.
ont_costs() {
    local i ticks memory all_ticks=0 most=0
    for i in "${!ont_pid[@]}"; do
        read -r ticks memory < <(cost_of "${ont_pid[$i]}")
        all_ticks=$((all_ticks + ticks))
        ((memory <= most)) || most=$memory
    done
    echo "$all_ticks $most"
}

stop_onts() {
    local i
    for i in "${!ont_pid[@]}"; do kill -TERM "${ont_pid[$i]}"; done
    for i in "${!ont_pid[@]}"; do
        wait "${ont_pid[$i]}" || { cat "ont$i.said" >&2; fail "ONT process $i ended with status $?"; }
    done
}

# --- the OLT ---

# Runs the campaign with further arguments; its report goes to $1.json, what it says to $1.said.
upgrade() {
    local name=$1 at=$udp
    shift
    [[ $link == udp ]] || at=eth:olt
    timeout --foreground -k 5 360 "$omcast" upgrade --link "$at" --onts "0-$((onts - 1))" --image "$image" \
        --rate "$rate" --close shared --json "$name.json" "${upgrade_arguments[@]}" "$@" >"$name.said" 2>&1
}

# Checks the report $1.json against a rule, an expression of Python over `r`, the report, and `onts`, its ONTs.
check() {
    python3 - "$1.json" "$3" <<'END' || { cat "$1.said" "$1.json" >&2; fail "$2"; }
import json, sys
r = json.load(open(sys.argv[1]))
onts = r["onts"]
sys.exit(0 if eval(sys.argv[2]) else 1)
END
}

check_slots() {
    local n
    for ((n = 0; n < onts; ++n)); do
        cmp -s -n "$(stat -c %s "$image")" "slots/onu$n/slot1" "$image" || fail "slot 1 of ONU-ID $n is not the image"
    done
}

tell() {
    local hundredths memory
    read -r hundredths memory < <(ont_costs)
    python3 - "$1.json" "$onts" "$processes" "$link" "$hundredths" "$memory" <<'END'
import json, sys
r = json.load(open(sys.argv[1]))
onts, processes, link, hundredths, memory = sys.argv[2:]
print(f"{onts} ONTs in {processes} processes over {link}, {r['message_set']}: {r['sections']} sections in "
      f"{r['transfer_seconds']:.1f} s, {r['sections_per_second']} a second; "
      f"OLT {r['cpu_seconds']:.1f} CPU s, {r['memory_octets'] / 2**20:.1f} MiB; "
      f"ONTs {int(hundredths) / 100:.1f} CPU s, {int(memory) / 2**10:.1f} MiB in the largest")
END
}

# Prints how many frames the capture $1 holds, and fails where tcpdump or "omcast decode" is not content with it.
check_capture() {
    local frames
    tcpdump -r "$1" -nn >packets 2>tcpdump.said || { cat tcpdump.said >&2; fail "tcpdump cannot read $1"; }
    ! grep -q truncated tcpdump.said || fail "tcpdump found $1 truncated"
    frames=$(grep -c '^[^[:space:]]' packets)  # the octets stand on lines of their own, set in
    "$omcast" decode "$1" >decoded 2>decode.said || { tail -n 3 decode.said >&2; fail "omcast decode refused $1"; }
    (($(wc -l <decoded) == frames)) || fail "of $1 decode read $(wc -l <decoded) frames, tcpdump $frames"
    rm packets decoded
    echo "$frames"
}

# Everyone has the image, active and committed; the truth lies in the slots.
all_done='r["result"] == "done" and all(o["active"] and o["committed"] and o["instance"] == 1 for o in onts)'

campaign() {
    local more=()
    [[ -z $capture ]] || more=(--capture olt.pcap)
    upgrade first "${more[@]}" || { cat first.said >&2; tail -n 3 ont*.log >&2; fail "the upgrade failed"; }
    check first "not every ONT runs the image" "$all_done and len(onts) == $onts"
    check_slots
    tell first
    [[ -z $capture ]] || echo "  the capture at the OLT's end: $(check_capture olt.pcap) frames"
}

# Two ONT processes are killed in the middle. The one that is back at once may or may not be served in the same run.
campaign_with_kill() {
    local away=1 back=2 olt log_size
    ((processes > back)) || fail "--kill needs 3 ONT processes"
    upgrade first &
    olt=$!
    wait_for $away "30 %" 120
    kill -KILL "${ont_pid[$away]}" "${ont_pid[$back]}"
    wait "${ont_pid[$away]}" "${ont_pid[$back]}" 2>/dev/null || true
    unset "ont_pid[$away]"
    rm "ont$away.log" "ont$back.log"
    start_ont $back
    wait_for $back "runs image 0" 20
    if wait $olt; then cat first.said >&2; fail "the upgrade did not say that ONTs were gone"; fi
    check first "the report on the killed process is wrong" "r['result'] == 'partial' and all(
        o['result'] != 'upgraded' if o['onu_id'] // $per_process == $away else
        o['result'] == 'upgraded' or o['onu_id'] // $per_process == $back for o in onts)"
    tell first
    echo "  the captures of the killed processes: $(check_capture ont$away.pcap), $(check_capture ont$back.pcap) frames"

    start_ont $away
    wait_for $away "runs image 0" 20
    log_size=$(stat -c %s ont0.log)
    upgrade second || { cat second.said >&2; fail "the second upgrade failed"; }
    check second "the second upgrade did not do what was left, or more" "$all_done and all(
        o['result'] == ('up to date' if was['result'] == 'upgraded' else 'upgraded')
        for o, was in zip(onts, json.load(open('first.json'))['onts']))"
    [[ $(stat -c %s ont0.log) == "$log_size" ]] || fail "the second upgrade did not leave ONT process 0 alone"
    check_slots
    tell second
}

make_network
port=$((20000 + RANDOM % 20000))
udp=udp:127.0.0.1:$port,shared=239.255.$((RANDOM % 256)).$((RANDOM % 256)):$((port + 200))
readonly port udp
if [[ -z $image ]]; then
    image=$work/image
    make_image "$image"
else
    image=$(cd -- "$OLDPWD" && realpath -- "$image")
fi
slot_octets=$((($(stat -c %s "$image") + 65535) / 65536 * 65536))  # whole erase units
for ((i = 0; i < processes; ++i)); do
    more=()
    [[ -z $killing ]] || more=(--capture "ont$i.pcap")
    start_ont "$i" "${more[@]}"
done
for ((i = 0; i < processes; ++i)); do wait_for "$i" "runs image" 20; done
if [[ -n $killing ]]; then campaign_with_kill; else campaign; fi
[[ -z $verbose ]] || cat ./*.said
stop_onts
