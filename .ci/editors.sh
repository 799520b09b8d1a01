#!/usr/bin/env bash
# editors.sh [BINARY] [OUT]: packs the VS Code extension and runs the server in real editors: Neovim, Helix, Emacs, VS Code.
# BINARY defaults to the release build; what the editors showed goes to OUT (default: shown/ in the cache folder).
# What is not installed yet is installed first. With FLAKEWISE_UPDATE_PICTURES=1 the pictures of README.md and the book
# are those of this run: look at them before you commit.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
. "$repo/.ci/node-env.sh"

binary=${1:-${CARGO_TARGET_DIR:-$repo/target}/release/flakewise}
out=${2:-$cache/shown}
[ -x "$binary" ] || die "no server at $binary: cargo build --release, or name one"
binary=$(readlink -f -- "$binary")

extension() {
  cd -- "$repo/editors/vscode"
  # npm writes that file last.
  if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then npm ci --no-audit --no-fund; fi
  npm run build
  npm test
  npm run package
}

stage "install: Debian forky with Neovim, Helix, Emacs, Nix" "$repo/.ci/forky.sh"
stage "install: Node, code-server, Chromium" quietly "$cache/node.log" "$repo/.ci/node.sh"
use_node24
stage "extension: build, test, pack" quietly "$cache/extension.log" extension
stage "Neovim" env NVIM="$cache/bin/nvim" "$repo/tests/editors/nvim.sh" "$binary" "$out"
stage "Helix" env HX="$cache/bin/hx" "$repo/tests/editors/helix.sh" "$binary" "$out"
stage "Emacs" env EMACS="$cache/bin/emacs" "$repo/tests/editors/emacs.sh" "$binary" "$out"
stage "VS Code" env NODE_PATH="$cache/editors/node_modules" CHROMIUM="$(command -v chromium)" \
  "$repo/tests/editors/vscode.sh" "$binary" "$out"
print_stages
printf '\nWhat the editors showed: %s\n' "$out"
if [ -n "${FLAKEWISE_UPDATE_PICTURES:-}" ]; then
  cp -- "$out"/vscode-{explorer,graph,usage}.png "$repo/docs/images/"
  cp -- "$out/vscode-completion.png" "$repo/docs/images/vscode.png"
fi
