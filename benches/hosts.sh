#!/bin/sh
# Time and memory of `flakewise hosts` for each of some repositories, and of all of them median and maximum.
#
#   benches/hosts.sh BINARY REPOSITORY...
#
# Columns: seconds from start to end, seconds of all cores, peak memory in MiB, repository. Needs GNU time.
set -eu

binary=$1
shift
out=$(mktemp)
trap 'rm -f "$out" "$out.time"' EXIT
for repository in "$@"; do
    # A repository of which some hosts are not known is measured as well.
    /usr/bin/time -o "$out.time" -f '%e %U %S %M' "$binary" hosts "$repository" >/dev/null 2>&1 || true
    tail -n 1 "$out.time" | while read -r elapsed user system memory; do
        echo "$elapsed $user $system $memory $(basename "$repository")" |
            awk '{ printf "%6.2f %6.2f %7.1f %s\n", $1, $2 + $3, $4 / 1024, $5 }'
    done
done | sort -n | tee "$out"
for column in 1 2 3; do
    name=$(echo 'elapsed (s)' 'cpu (s)' 'memory (MiB)' | awk -v at="$column" '{ print $(2 * at - 1), $(2 * at) }')
    awk -v at="$column" '{ print $at }' "$out" | sort -n |
        awk -v name="$name" '{ all[NR] = $1 } END { printf "%-12s  median %.2f  maximum %.2f  of %d\n", name, all[int((NR + 1) / 2)], all[NR], NR }'
done
