# What the editor tests share; to be sourced. Each is called as `NAME.sh BINARY [OUT]`: the server to test, and the
# folder for what the editor showed (default: shown/ in the folder of cargo's builds).
#
# Leaves behind: $repo, $work (removed at exit), $flake (a copy of the fixture with an option that nobody declares),
# $host and $planted (the file and the line, counted from 1, where it stands), $blocks (a flake in which a Home Manager
# block stands twice), $extracted (what its files are once the block is a file), $bin (a folder for PATH with the server
# in it), $out.

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

[ $# -ge 1 ] || die "usage: ${0##*/} BINARY [OUT]"
[ -x "$1" ] || die "no executable file: $1"
work=$(mktemp -d "${TMPDIR:-/tmp}/flakewise-editor.XXXXXX")
work=$(cd -- "$work" && pwd -P)
cleanups=()
# Called from the trap: whatever was started, then the folder.
clean_up() {
  local step
  for step in "${cleanups[@]}"; do eval "$step" || true; done
  rm -rf -- "$work" || true
}
trap clean_up EXIT

out=${2:-${CARGO_TARGET_DIR:-$repo/target}/shown}
mkdir -p -- "$out"
out=$(cd -- "$out" && pwd -P)
# For an editor that .ci/forky.sh installed: the folders that it must see.
export FORKY_SHARE=$repo:$work:$out${FORKY_SHARE:+:$FORKY_SHARE}

bin=$work/bin
mkdir "$bin"
cp -- "$1" "$bin/flakewise"

flake=$work/flake
host=hosts/laptop/default.nix
cp -R -- "$repo/fixtures/portable" "$flake"
[ -f "$flake/$host" ] || die "the fixture has no $host"
# Before the brace that closes the file.
awk -v line='  custom.nosuch.enable = true;' '
  { lines[NR] = $0 }
  END {
    last = NR
    while (last > 0 && lines[last] !~ /^}/) last--
    for (i = 1; i <= NR; i++) { if (i == last) print line; print lines[i] }
  }' "$repo/fixtures/portable/$host" > "$flake/$host"
planted=$(grep -n 'custom\.nosuch\.enable' "$flake/$host" | cut -d: -f1)
[ -n "$planted" ] || die "could not plant an undeclared option in $host"
git -C "$flake" init -q
git -C "$flake" add -A

blocks=$work/blocks
cp -R -- "$repo/tests/editors/blocks" "$blocks"
extracted=$repo/tests/editors/extracted
