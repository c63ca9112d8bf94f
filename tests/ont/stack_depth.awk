# SPDX-License-Identifier: Apache-2.0
#
# Adds up stack frames along the calls of a program: stack_table.sh hands in the names that are linked, the entry
# points, and the graphs of g++ (VCG: a node has a title and "N bytes (static)" in its label, an edge two titles).

# The last parts of calls through pointers that stay within the core; every other pointer is a callback of firmware.
BEGIN {
    through["image_version"] = "read_slot"  # omci::ImageReader reads the slot that Download holds
}

function quoted(line, key,    at, rest) {
    at = index(line, key ": \"")
    if (at == 0) return ""
    rest = substr(line, at + length(key) + 3)
    return substr(rest, 1, index(rest, "\"") - 1)
}
# A constructor has two names for one body: of a whole object and of a part of one.
{ gsub(/C1E/, "C2E") }
# A local function is called FILE:NAME.
function plain(title) { sub(/^.*:/, "", title); return title }

$1 == "linked" { linked[$2] = 1; next }
$1 == "entry" { entries[++entry_count] = $2; next }
$1 == "node:" {
    title = quoted($0, "title")
    label = quoted($0, "label")
    if (!match(label, /[0-9]+ bytes \([a-z,]+\)/)) next  # defined elsewhere
    frame_text = substr(label, RSTART, RLENGTH)
    frame[title] = frame_text + 0
    if (frame_text ~ /dynamic/ && frame_text !~ /bounded/) unbounded[title] = 1
    next
}
$1 == "edge:" {
    from = quoted($0, "sourcename")
    to = quoted($0, "targetname")
    if (!((from, to) in seen)) {
        seen[from, to] = 1
        calls[from, ++call_count[from]] = to
    }
}

# Octets below and including `title`; deepest[] remembers which call is the deepest one.
function depth(title,    i, to, below, most) {
    if (title in known) return known[title]
    if (!(title in frame)) return 0  # mem*, a callback, the compiler's own
    if (title in running) {
        say("recursion through " plain(title))
        return 0
    }
    running[title] = 1
    reached[plain(title)] = 1
    if (title in unbounded) say("a frame without a bound: " plain(title))
    for (i = 1; i <= call_count[title]; ++i) {
        to = calls[title, i]
        below = depth(to)
        if (below > most) {
            most = below
            deepest[title] = to
        }
    }
    delete running[title]
    known[title] = frame[title] + most
    return known[title]
}
function say(what) {
    print "stack_table: " target ": " what
    bad = 1
}

END {
    for (from in call_count)
        for (source in through)
            if (index(from, source) && (from, "__indirect_call") in seen)
                for (title in frame)
                    if (index(title, through[source])) calls[from, ++call_count[from]] = title

    printf "%s, octets of stack\n", target
    for (i = 1; i <= entry_count; ++i) {
        name = entries[i]
        if (!(name in frame)) {
            say("no frame is known of " name)
            continue
        }
        octets = depth(name)
        printf "    %6d  %s\n", octets, name
        if (limit > 0 && octets > limit) say(name " takes " octets " octets, more than " limit)
        if (paths)
            for (title = name; title in frame; title = deepest[title])
                printf "            %5d  %s\n", frame[title], plain(title)
    }
    for (name in linked)
        if (!(name in reached))
            say("called through a pointer, and stack_depth.awk does not know by whom: " name)
    if (entry_count == 0) say("there are no entry points")
    exit bad
}
