#!/usr/bin/env bash
# Holds the evaluator and the module system against a real Nix: runs the tests that need one (tests/nix_oracle, tests/nix_store,
# tests/nix_modules) with FLAKEWISE_NIX, the path of a nix-instantiate. What is not installed yet is installed first.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

cd -- "$repo"
if [ ! -e tests/nix_oracle.rs ] && [ ! -e tests/nix_oracle/main.rs ]; then
  printf 'There is no test nix_oracle.\n'
  exit 0
fi
if [ -z "${FLAKEWISE_NIX:-}" ]; then
  "$repo/.ci/forky.sh"
  export FLAKEWISE_NIX=$cache/bin/nix-instantiate
fi
cargo test --release --test nix_oracle --test nix_modules --test nix_store
