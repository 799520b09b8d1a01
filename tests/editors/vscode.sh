#!/usr/bin/env bash
# VS Code (code-server in Chromium) with the packed extension against a real server. VSIX names the extension
# (default: editors/vscode/flakewise.vsix); code-server and playwright-core are those of NODE_PATH, or of
# node_modules beside this file; CHROMIUM names the browser. Needs the Node that code-server was installed with.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

vsix=${VSIX:-$repo/editors/vscode/flakewise.vsix}
[ -f "$vsix" ] || die "no extension at $vsix: npm run package in editors/vscode"
timeout 300 node "$repo/tests/editors/vscode.mjs" "$vsix" "$bin/flakewise" "$flake" "$host" "$planted" "$work" "$out" \
  "$blocks" "$extracted"
