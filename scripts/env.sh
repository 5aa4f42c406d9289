# Where things are kept; read by the scripts, not run. Everything may be set from outside.
#   NINZU_CACHE       what is installed, outside the repository
#   CARGO_TARGET_DIR  what Cargo builds: Cargo's own default, so that the commands of the README share it
#   NINZU_SHARED      real data, which is not part of the repository
# shellcheck shell=bash

NINZU_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export NINZU_CACHE=${NINZU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ninzu}
export NINZU_SHARED=${NINZU_SHARED:-$NINZU_ROOT/../shared}

# The first letters of the SHA-256 of standard input.
digest() { python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:12])'; }

for needed in cargo cc python3; do
  if ! command -v "$needed" >/dev/null; then
    echo "$needed is missing: Rust with rustfmt and clippy, a C compiler and Python 3.9 or newer are needed" >&2
    exit 2
  fi
done
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'; then
  echo "python3 is older than 3.9" >&2
  exit 2
fi
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$NINZU_ROOT/target}
mkdir -p "$NINZU_CACHE"
