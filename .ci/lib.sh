# What the scripts of this folder share; to be sourced.
# FLAKEWISE_CI_CACHE: where everything that is downloaded or installed goes (default: target/ci of this repository).

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${FLAKEWISE_CI_CACHE:-$repo/target/ci}
mkdir -p -- "$cache"
cache=$(cd -- "$cache" && pwd -P)
export FLAKEWISE_CI_CACHE=$cache
# What the programs in the forky root see of this machine beside the temporary folders.
export FORKY_SHARE=$repo${CARGO_TARGET_DIR:+:$CARGO_TARGET_DIR}

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# quietly LOG COMMAND...: its output goes to the log, and is shown only when the command fails.
# The command runs in a shell of its own, because `if !` around a function would turn `set -e` off in it.
quietly() {
  local log=$1 status=0
  shift
  set +e
  (set -e; "$@") > "$log" 2>&1
  status=$?
  set -e
  [ $status = 0 ] || { tail -n 60 "$log" >&2; die "failed with $status, see $log: $*"; }
}

# stage NAME COMMAND...: runs it and says how long it took.
stages=()
stage() {
  local name=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  "$@"
  stages+=("$(printf '%4d s  %s' $((SECONDS - start)) "$name")")
  printf '=== %s: %d s\n' "$name" $((SECONDS - start))
}
print_stages() { printf '\nTime per stage\n'; printf '%s\n' "${stages[@]}"; }

# apt_install PACKAGE...: does nothing when all are there; one caller at a time.
apt_install() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "needs root to install: ${missing[*]}"
  (
    flock 9
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
  ) 9> "$cache/apt.lock"
}
