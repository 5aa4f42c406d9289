# What the tests need besides Rust, a C compiler and Python 3; read by `test`, not run. Installs once, into the cache.
# shellcheck shell=bash

# Installs Debian packages, if we may.
apt_install() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  echo "installing $*"
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@") >/dev/null
}

# python_environment REQUIREMENTS: the Python of an environment with these packages. Prints its path.
python_environment() {
  local requirements=$NINZU_ROOT/$1 folder
  folder=$NINZU_CACHE/python-$({ python3 -V && cat "$requirements"; } | digest)
  if [ ! -e "$folder/.complete" ]; then
    echo "installing the Python packages of $1" >&2
    rm -rf "$folder"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
      apt_install python3-venv >&2 || { echo "Python's venv is missing: install python3-venv" >&2 && return 1; }
    fi
    python3 -m venv "$folder" >&2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
    touch "$folder/.complete"
  fi
  echo "$folder/bin/python"
}

# cargo_tool OPTIONS... CRATE: installs a command in the cache. It runs for seconds, so it is compiled in a hurry.
cargo_tool() {
  local folder
  folder=$(mktemp -d)
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false \
    CARGO_TARGET_DIR=$folder cargo install --quiet --root "$NINZU_CACHE/tools" "$@"
  rm -rf "$folder"
}

# cargo-deny in the cache, unless there is one.
cargo_deny() {
  export PATH=$PATH:$NINZU_CACHE/tools/bin
  command -v cargo-deny >/dev/null && return
  echo "installing cargo-deny, which takes some minutes"
  cargo_tool --locked --no-default-features cargo-deny
}

# Three families of fonts, and one with Japanese letters, for what the page must look like in any of them; a test says which it found.
fonts() {
  local name missing=()
  for name in liberation dejavu-core noto-core ipafont-gothic; do
    dpkg -s "fonts-$name" >/dev/null 2>&1 || missing+=("fonts-$name")
  done
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}" || echo "fonts are missing: ${missing[*]}"
}

# fuzz_long: libFuzzer on each target of fuzz/ for ten minutes, or NINZU_FUZZ_SECONDS. The sanitizer needs an unstable flag.
fuzz_long() {
  command -v cargo-fuzz >/dev/null || cargo_tool --locked cargo-fuzz
  local target
  for target in "$NINZU_ROOT"/fuzz/fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    echo "fuzzing $target"
    (cd "$NINZU_ROOT" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz cargo fuzz run "$target" -- \
      -max_total_time="${NINZU_FUZZ_SECONDS:-600}" -timeout=1 -rss_limit_mb=1024)
  done
}

# Whether HiGHS can be built: it is C++, and its bindings need libclang.
has_highs_tools() {
  command -v cmake >/dev/null && { command -v c++ || command -v clang++; } >/dev/null && has_libclang
}

has_libclang() {
  local folder name
  for folder in "${LIBCLANG_PATH:-}" /usr/lib /usr/lib64 /usr/local/lib /usr/lib/*-linux-gnu /usr/lib/llvm*/lib /opt/homebrew/opt/llvm/lib \
    /Library/Developer/CommandLineTools/usr/lib; do
    for name in 'libclang.so*' 'libclang-[0-9]*.so*' libclang.dylib; do
      [ -n "$folder" ] && compgen -G "$folder/$name" >/dev/null && return
    done
  done
  return 1
}
