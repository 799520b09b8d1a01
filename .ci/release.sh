#!/usr/bin/env bash
# release.sh [OUT] [TARGET...]: what is put beside a release: for each target a static binary with completions, manual page and
# licences as flakewise-VERSION-TARGET.tar.gz, the extension for VS Code as .vsix (alone, and for targets that it knows with
# the server in it), and SHA256SUMS. OUT defaults to target/release-files, the target to musl of this machine.
# Needs the targets (rustup target add) and Node 24; cross-compiling needs a linker for the target.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
. "$repo/.ci/node-env.sh"

out=${1:-$repo/target/release-files}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("$(uname -m)-unknown-linux-musl")
mkdir -p -- "$out"
out=$(cd -- "$out" && pwd -P)
build=${CARGO_TARGET_DIR:-$repo/target}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$repo/Cargo.toml" | head -n 1)
cd -- "$repo"

# The names that VS Code has for platforms.
platform() {
  case $1 in
    x86_64-*-linux-musl) echo linux-x64 alpine-x64 ;;
    aarch64-*-linux-musl) echo linux-arm64 alpine-arm64 ;;
    x86_64-apple-darwin) echo darwin-x64 ;;
    aarch64-apple-darwin) echo darwin-arm64 ;;
  esac
}

binary() {
  local target=$1
  # The allocator is C, and is compiled against musl too.
  if [[ $target == "$(uname -m)"-*-musl ]] && ! command -v musl-gcc > /dev/null; then apt_install musl-tools; fi
  cargo build --release --locked --target "$target"
}

archive() {
  local target=$1 name=flakewise-$version-$1 program=$build/$1/release/flakewise folder
  folder=$(mktemp -d)
  mkdir -p "$folder/$name/completions" "$folder/$name/man"
  install -m 755 "$program" "$folder/$name/flakewise"
  strip "$folder/$name/flakewise" 2> /dev/null || true
  cp README.md LICENSE LICENSE-MIT LICENSE-APACHE "$folder/$name/"
  # They are the same for all targets, so any that runs here can print them.
  local shell
  for shell in bash elvish fish powershell zsh; do
    "$runs" generate "$shell" > "$folder/$name/completions/flakewise.$shell"
  done
  "$runs" generate man > "$folder/$name/man/flakewise.1"
  tar -C "$folder" --owner=0 --group=0 --sort=name --mtime="@$(git log -1 --format=%ct)" -czf "$out/$name.tar.gz" "$name"
  rm -rf -- "$folder"
}

extension() {
  cd -- "$repo/editors/vscode"
  if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then npm ci --no-audit --no-fund; fi
  rm -rf server
  npx vsce package --no-dependencies --out "$out/flakewise-$version.vsix"
  local target platform
  for target in "${targets[@]}"; do
    for platform in $(platform "$target"); do
      mkdir -p server
      install -m 755 "$build/$target/release/flakewise" server/flakewise
      strip server/flakewise 2> /dev/null || true
      npx vsce package --no-dependencies --target "$platform" --out "$out/flakewise-$version-$platform.vsix"
    done
  done
  rm -rf server
}

runs=
for target in "${targets[@]}"; do
  stage "build: $target" binary "$target"
  if "$build/$target/release/flakewise" --version > /dev/null 2>&1; then runs=$build/$target/release/flakewise; fi
done
[ -n "$runs" ] || die "none of the binaries runs on this machine: name a target that does as well"
for target in "${targets[@]}"; do stage "archive: $target" archive "$target"; done
use_node24
stage "extension" quietly "$cache/release-extension.log" extension
(cd -- "$out" && sha256sum -- flakewise-"$version"* > SHA256SUMS)
print_stages
"$runs" --version
ls -l -- "$out"
