#!/usr/bin/env bash
# Evaluates flake.nix with a real Nix and without the network: `nix flake check` with tests/packaging/nixpkgs in the place of
# nixpkgs, and the modules in a host with the real evalModules where FLAKEWISE_NIXPKGS_LIB names the folder of nixpkgs' lib.
# FLAKEWISE_NIX names a nix-instantiate that has its nix beside it; without it one is installed.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

if [ -z "${FLAKEWISE_NIX:-}" ]; then
  "$repo/.ci/forky.sh"
  export FLAKEWISE_NIX=$cache/bin/nix-instantiate
fi
nix=$(dirname -- "$FLAKEWISE_NIX")/nix

# A copy: Nix would write flake.lock, and sees what git does not track only outside of a repository.
work=$(mktemp -d "${TMPDIR:-/tmp}/flakewise-flake.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
cd -- "$repo"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work" --
cd -- "$work"
"$nix" flake check "path:$work" --no-build --all-systems --offline --no-write-lock-file \
  --override-input nixpkgs "path:$work/tests/packaging/nixpkgs"
"$nix" flake show "path:$work" --all-systems --offline --no-write-lock-file \
  --override-input nixpkgs "path:$work/tests/packaging/nixpkgs"

if [ -z "${FLAKEWISE_NIXPKGS_LIB:-}" ]; then
  printf 'SKIPPED: FLAKEWISE_NIXPKGS_LIB is not set, the modules were not evaluated in a host\n'
  exit 0
fi
results=$("$FLAKEWISE_NIX" --eval --strict --json tests/packaging/modules.nix --arg lib "$FLAKEWISE_NIXPKGS_LIB")
python3 - "$results" <<'PY'
import json, sys
results = json.loads(sys.argv[1])
for name, holds in results.items():
    print("ok  " if holds else "FAIL", name)
sys.exit(0 if results and all(results.values()) else 1)
PY
