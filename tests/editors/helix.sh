#!/usr/bin/env bash
# Helix with the configuration of editors/helix against a real server, in tmux: HX names the Helix to use
# (default: hx).
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

hx=${HX:-hx}
command -v "$hx" > /dev/null || die "no Helix: $hx (HX names another)"
command -v tmux > /dev/null || die "no tmux"

# `flakewise` in editors/helix/languages.toml is looked up on PATH; here it is the server under test.
config=$work/config
mkdir -p "$config/helix"
sed "s|^command = \"flakewise\"|command = \"$bin/flakewise\"|" "$repo/editors/helix/languages.toml" \
  > "$config/helix/languages.toml"
grep -qF "$bin/flakewise" "$config/helix/languages.toml" || die "editors/helix/languages.toml names no flakewise"
export XDG_CONFIG_HOME=$config XDG_CACHE_HOME=$work/cache

passed() { printf 'ok   helix: %s\n' "$*"; }

health=$(cd -- "$repo" && NO_COLOR=1 "$hx" --health nix)
printf '%s\n' "$health" > "$out/helix-health.txt"
grep -q "✓ flakewise: $bin/flakewise" <<< "$health" || die "hx --health nix does not find the server: $health"
passed "hx --health nix finds the server"

# A tmux server of its own, so that nobody's sessions are touched.
tmux() { command tmux -L "flakewise-$$" -f /dev/null "$@"; }
cleanups+=("tmux kill-server")
screen() { tmux capture-pane -p -t helix; }
# `--`: what is typed may begin with a dash. `-l` types it as it is; without, it names keys. A semicolon at the end would
# end the command for tmux.
type() { tmux send-keys -t helix -l -- "${1/%;/\\;}"; }
press() { tmux send-keys -t helix "$@"; }

# wait_for WHAT REGEX...: until the screen shows all of them.
wait_for() {
  local what=$1 deadline=$((SECONDS + 20)) pattern missing shown
  shift
  while :; do
    shown=$(screen)
    missing=
    for pattern in "$@"; do grep -qE -- "$pattern" <<< "$shown" || missing=$pattern; done
    [ -n "$missing" ] || return 0
    if [ $SECONDS -ge $deadline ]; then
      printf '%s\n' "$shown" > "$out/helix-failed.txt"
      printf 'helix: FAILED: not seen in time: %s (no “%s”)\nThe screen:\n%s\n' "$what" "$missing" "$shown" >&2
      tail -n 30 "$work/helix.log" >&2 || true
      exit 1
    fi
    sleep 0.1
  done
}
capture() { screen > "$out/helix-$1.txt"; }

tmux new-session -d -s helix -x 130 -y 40 -c "$repo" \
  env TERM=tmux-256color COLORTERM=truecolor "$hx" --log "$work/helix.log" -w "$flake" "$flake/$host:$planted:3"

wait_for "the file" 'custom\.nosuch\.enable = true;'
wait_for "a diagnostic in the gutter of line $planted" "^ *● *$planted "
press Space
press d
wait_for "undeclared-option in the list of diagnostics" 'undeclared-option' 'nosuch'
passed "diagnostic: undeclared-option"
capture diagnostic
press Escape
sleep 0.3

! grep -q backup "$flake/$host" || die "$host has backup already: it would be seen without any completion"
type ":$planted"
press Enter
press O
type "custom."
wait_for "completion of custom. with the option set backup" '(^|[^A-Za-z.])backup([^A-Za-z]|$)'
passed "completion: custom. offers backup"
capture completion
press Escape
press Escape
press u

line=$(grep -n 'environment = "gnome"' "$flake/$host" | cut -d: -f1)
[ -n "$line" ] || die "the host does not set environment = \"gnome\""
type ":$line"
press Enter
press g s
press g d
wait_for "nixos/modules/desktop.nix in the status line" 'nixos/modules/desktop\.nix'
wait_for "the declaration of custom.desktop.environment" 'environment = lib\.mkOption'
passed "definition: nixos/modules/desktop.nix"
capture definition

# From the declaration, an option gets another name in both files.
press Space
type "r"
wait_for "the question for the new name" 'rename-to:'
press C-u
type "surface"
press Enter
wait_for "the new name at the declaration" 'surface = lib\.mkOption'
type ":open $flake/$host"
press Enter
wait_for "the new name in the host" 'surface = "gnome"'
passed "rename: changes the host and the module"
capture rename
type ":reload-all"
press Enter
wait_for "the host as it was" 'environment = "gnome"'

# What is wrong is said while it is typed, and no longer when it is right.
type ":$line"
press Enter
press O
type 'autoLogn = null;'
press Escape
press Escape
wait_for "a diagnostic of what was typed" "^ *● *$line .*autoLogn = null;"
passed "diagnostic appears while typing"
capture typing
press x
type "s"
wait_for "the question for a pattern" 'select:'
type "Logn"
press Enter
type "c"
type "Login"
press Escape
wait_for "no diagnostic of what is right now" "^ *$line .*autoLogin = null;"
passed "diagnostic vanishes while typing"

# A Home Manager block that stands twice becomes a file.
line=$(grep -n 'home-manager = {' "$blocks/flake.nix" | cut -d: -f1)
type ":quit-all!"
press Enter
tmux kill-session -t helix 2> /dev/null || true
tmux new-session -d -s helix -x 130 -y 40 -c "$blocks" \
  env TERM=tmux-256color COLORTERM=truecolor "$hx" --log "$work/helix.log" -w "$blocks" "$blocks/flake.nix:$line:12"
wait_for "the repeated block in the gutter" "^ *● *$line "
press Space
press a
wait_for "the code action" 'Make home-manager\.nix of the 2 blocks'
capture actions
# The first one is that of the diagnostic, and chosen already.
press Enter
wait_for "the call in the flake" 'home-manager = import \./home-manager\.nix'
type ":write-all"
press Enter
sleep 0.5
deadline=$((SECONDS + 20))
until diff -r "$extracted" "$blocks" > "$out/helix-extracted.diff" 2>&1; do
  [ $SECONDS -lt $deadline ] || die "the extracted files are not as expected: $(cat "$out/helix-extracted.diff")"
  sleep 0.2
done
passed "code action: a repeated Home Manager block becomes a file"
capture extracted
