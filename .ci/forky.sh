#!/usr/bin/env bash
# Makes a Debian forky root with Neovim, Helix, Emacs, Nix, git and mdBook as users of today have them, and wrappers that run
# them: bin/{nvim,hx,emacs,nix,nix-instantiate,mdbook} in the cache folder, and bin/in-forky for any other command.
# The mirror is that of the machine's own apt sources; FLAKEWISE_DEBIAN_MIRROR overrides it.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

root=$cache/forky
bin=$cache/bin
packages='neovim hx nix-bin git emacs-nox elpa-lsp-mode mdbook'
[ "$(id -u)" = 0 ] || die "needs root: it uses debootstrap, chroot and mount namespaces"

mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 'Identifier: Packages' |
    awk '$1 ~ /\/debian\/?$/ { sub(/\/$/, "", $1); print $1; exit }'
}

make_root() {
  local mirror=${FLAKEWISE_DEBIAN_MIRROR:-$(mirror)}
  [ -n "$mirror" ] || die "no Debian mirror in the apt sources of this machine: set FLAKEWISE_DEBIAN_MIRROR"
  rm -rf --one-file-system -- "$root"
  # An older debootstrap has no script named forky; that of the release before it serves.
  local script=/usr/share/debootstrap/scripts/forky
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/trixie
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  debootstrap --variant=minbase --include=ca-certificates forky "$root" "$mirror" "$script"
  {
    printf 'Acquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\n'
    apt-config dump | grep -E '^Acquire::(Check-Date|https?::.*[Pp]roxy)' || true
  } > "$root/etc/apt/apt.conf.d/99ci"
  mkdir -p "$root/nix" "$root/etc/nix"
  printf '%s\n' 'experimental-features = nix-command flakes' 'sandbox = false' 'substituters =' \
    'build-users-group =' 'flake-registry =' > "$root/etc/nix/nix.conf"
  printf 'made\n' > "$root/.complete"
}

# What is there already stays: the root may be in use.
install_packages() {
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  ROOT=$root PACKAGES=$packages unshare -m --propagation private bash -euc '
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    export DEBIAN_FRONTEND=noninteractive
    chroot "$ROOT" apt-get update -qq
    chroot "$ROOT" apt-get install -y -qq --no-upgrade $PACKAGES
    chroot "$ROOT" apt-get clean
  '
  printf '%s\n' "$packages" > "$root/.complete"
}

# The wrappers find everything from their own place, so the cache folder may be moved.
make_wrappers() {
  mkdir -p "$bin"
  cat > "$bin/in-forky" <<'W'
#!/bin/bash
# in-forky COMMAND...: runs it in the forky root, where the folders of this machine that it may need are mounted
# under their own names: the working directory, the temporary folders, and those in FORKY_SHARE (with : between them).
set -eu
here=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
export FORKY_ROOT=${here%/*}/forky FORKY_CWD=$(pwd -P)
export FORKY_MOUNTS="${here%/*}:/tmp:${TMPDIR:-/tmp}:$FORKY_CWD:${FORKY_SHARE:-}"
exec unshare -m --propagation private /bin/bash -eu -c '
  mount --rbind /proc "$FORKY_ROOT/proc"
  mount --rbind /dev "$FORKY_ROOT/dev"
  # A parent before what lies in it; what a mounted parent holds is there already.
  mounted=()
  while read -r folder; do
    case "$folder/" in /|//|/proc/*|/dev/*|/etc/*|/usr/*) continue ;; esac
    for parent in "${mounted[@]}"; do
      case "$folder/" in "$parent"/*) continue 2 ;; esac
    done
    mkdir -p "$FORKY_ROOT$folder"
    mount --rbind "$folder" "$FORKY_ROOT$folder"
    mounted+=("$folder")
  done < <(tr : "\n" <<< "$FORKY_MOUNTS" | sort -u)
  directory=$FORKY_CWD root=$FORKY_ROOT
  unset FORKY_ROOT FORKY_CWD FORKY_MOUNTS
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  exec /usr/sbin/chroot "$root" /bin/sh -c '\''cd "$1" && shift && exec "$@"'\'' in-forky "$directory" "$@"
' in-forky "$@"
W
  local tool
  for tool in nvim hx emacs nix nix-instantiate mdbook; do
    printf '#!/bin/sh\nexec "$(dirname -- "$(readlink -f -- "$0")")/in-forky" %s "$@"\n' "$tool" > "$bin/$tool"
  done
  chmod +x "$bin"/*
}

apt_install debootstrap
if [ ! -e "$root/.complete" ]; then
  quietly "$cache/forky.log" make_root
fi
if [ "$(cat "$root/.complete")" != "$packages" ]; then
  quietly "$cache/forky.log" install_packages
fi
make_wrappers
"$bin/nvim" --version | head -n 1
"$bin/hx" --version
"$bin/emacs" --version | head -n 1
"$bin/nix-instantiate" --version
"$bin/mdbook" --version
