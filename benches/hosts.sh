#!/bin/sh
# What flakewise costs in real repositories, as one table in Markdown.
#
#   benches/hosts.sh REPOSITORIES [BINARY]
#
# REPOSITORIES is a folder with a repository in each of its folders. BINARY is target/release/flakewise unless it is given.
# For every repository: seconds from start to end, seconds of all cores and peak memory in MiB of `flakewise hosts`. After
# them median and maximum. At the end, for the repository that takes the most of all cores, one letter typed into the module that most
# hosts import and one typed into a module that the fewest import (`cargo bench`; left out without BINARY's sources).
# Needs GNU time. Other programs that run at the same time change the first two columns, hardly the third.
set -eu

repositories=$1
here=$(cd "$(dirname "$0")/.." && pwd)
binary=${2:-$here/target/release/flakewise}
[ -x "$binary" ] || { echo "no $binary: cargo build --release" >&2; exit 2; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for repository in "$repositories"/*/; do
    repository=${repository%/}
    [ -f "$repository/flake.nix" ] || continue
    # A repository of which some hosts are not known is measured as well.
    /usr/bin/time -o "$out/time" -f '%e %U %S %M' "$binary" hosts "$repository" >/dev/null 2>&1 || true
    tail -n 1 "$out/time" | awk -v name="$(basename "$repository")" '{ print $1, $2 + $3, $4 / 1024, name }'
done >"$out/all"
[ -s "$out/all" ] || { echo "no flake in $repositories" >&2; exit 2; }

# middle COLUMN: the median, and the maximum.
middle() {
    awk -v at="$1" '{ print $at }' "$out/all" | sort -n |
        awk '{ all[NR] = $1 } END { printf "%.2f %.2f\n", (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2, all[NR] }'
}

echo '| repository | elapsed (s) | all cores (s) | memory (MiB) |'
echo '| --- | ---: | ---: | ---: |'
sort -k 2 -n "$out/all" | awk '{ printf "| %s | %.2f | %.2f | %.0f |\n", $4, $1, $2, $3 }'
printf '%s %s %s\n' "$(middle 1)" "$(middle 2)" "$(middle 3)" | awk -v count="$(wc -l <"$out/all")" '{
    printf "| **median of %d** | %.2f | %.2f | %.0f |\n", count, $1, $3, $5
    printf "| **maximum** | %.2f | %.2f | %.0f |\n", $2, $4, $6
}'

largest=$(sort -k 2 -n "$out/all" | tail -n 1 | cut -d ' ' -f 4)
command -v cargo >/dev/null || exit 0
# divan prints a tree: the repository's name, the file and what grows, then fastest, slowest, median, mean.
(cd "$here" && FLAKEWISE_BENCH_REPOS="$repositories/$largest" cargo bench --bench analysis -- "keystroke_in_a_module" 2>/dev/null) |
    awk -v name="$largest" -F '│' 'index($1, name ", ") {
        sub(/^[^a-zA-Z0-9]*/, "", $1); median = $3
        gsub(/^ +| +$/, "", median)
        what = substr($1, length(name) + 3); sub(/ +[0-9.]+ [^ ]*s *$/, "", what); gsub(/ +$/, "", what)
        printf "| one letter: %s, %s | %s | | |\n", name, what, median
    }'
