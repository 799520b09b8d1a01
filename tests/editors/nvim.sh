#!/usr/bin/env bash
# Neovim with the plugin of editors/nvim against a real server: NVIM names the Neovim to use (default: nvim).
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

nvim=${NVIM:-nvim}
command -v "$nvim" > /dev/null || die "no Neovim: $nvim (NVIM names another)"
cd -- "$repo"
timeout 180 "$nvim" -l tests/editors/nvim.lua "$repo/editors/nvim" "$bin" "$flake" "$host" "$planted" "$work" "$out" \
  "$blocks" "$extracted"
