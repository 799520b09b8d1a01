#!/usr/bin/env bash
# Emacs with the configurations of editors/emacs, for Eglot and for lsp-mode, against a real server: EMACS names the Emacs to
# use (default: emacs). lsp-mode is tried where it is installed.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

emacs=${EMACS:-emacs}
command -v "$emacs" > /dev/null || die "no Emacs: $emacs (EMACS names another)"
cd -- "$work"

try() {
  local client=$1 configuration=$2
  rm -rf -- "$work/home"
  mkdir "$work/home"
  git -C "$flake" checkout -q -- .
  # Not -Q: the packages of the system are wanted. What Emacs says beside is shown only when it fails.
  HOME=$work/home timeout 120 "$emacs" --batch --no-init-file --load "$repo/tests/editors/emacs.el" \
    "$client" "$repo/editors/emacs/$configuration" "$bin" "$flake" "$host" "$planted" 2> "$work/emacs.log" ||
    { tail -n 30 "$work/emacs.log" >&2; die "$client failed"; }
}

try eglot flakewise-eglot.el
if "$emacs" --batch --no-init-file --eval "(kill-emacs (if (locate-library \"lsp-mode\") 0 1))" 2> /dev/null; then
  try lsp-mode flakewise-lsp-mode.el
else
  printf 'SKIPPED: lsp-mode is not installed\n'
fi
