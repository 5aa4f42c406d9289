# What the wasm module and its package need besides a native build; read by `test` and wasm/build.sh, not run. Installs once, into
# the cache. Settings:
#   NINZU_WASM_TOOLCHAIN  debian: Rust and the target's standard library from Debian's packages, not from rustup
# shellcheck shell=bash
# Who reads this uses the limits; a subshell that builds elsewhere says so for itself.
# shellcheck disable=SC2034,SC2030,SC2031

# The only place of these versions. wasm-bindgen's is the crate's; npm packages have theirs in wasm/npm/package.json.
WASM_PACK_VERSION=0.15.1
WASM_BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' "$NINZU_ROOT/wasm/Cargo.toml")
WASM_TARGET=wasm32-unknown-unknown

# The most that the module may have, in bytes of brotli: with a standard library that was built for size, and with rustup's, which
# is larger by an eighth or so.
WASM_LIMIT=200000
WASM_LIMIT_RUSTUP=225000

# The same for the SQL module as it is published.
WASM_SQL_LIMIT=3500000

# Which Rust compiles for wasm32, and says so. Afterwards `wasm COMMAND...` runs with it.
wasm_toolchain() {
  wasm_path=$PATH wasm_linker='' wasm_flags='-C embed-bitcode=yes' wasm_limit=$WASM_LIMIT_RUSTUP wasm_target_dir=$CARGO_TARGET_DIR
  wasm_c_compiler || return
  if [ "${NINZU_WASM_TOOLCHAIN:-}" != debian ] && [ -d "$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib" ]; then
    echo "wasm32: the target that $(rustc --version) has"
  elif [ "${NINZU_WASM_TOOLCHAIN:-}" = debian ] || ! command -v rustup >/dev/null; then
    debian_toolchain || return
    echo "wasm32: Debian's $(/usr/bin/rustc --version)"
  else
    rustup target add "$WASM_TARGET"
    echo "wasm32: the target, by rustup"
  fi
}

# Runs a command with the Rust that compiles for wasm32, and the tools.
wasm() {
  env -u RUSTC -u RUSTUP_TOOLCHAIN -u RUSTDOCFLAGS \
    PATH="$NINZU_ROOT/wasm/npm/node_modules/.bin:$wasm_path:$NINZU_CACHE/tools/bin" CARGO_TARGET_DIR="$wasm_target_dir" \
    CC_wasm32_unknown_unknown="$wasm_cc" AR_wasm32_unknown_unknown="$wasm_ar" \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo $wasm_flags" \
    ${wasm_linker:+CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$wasm_linker" RUSTC_BOOTSTRAP=1} "$@"
}

# newest_of NAME: the newest version of a tool that Debian offers.
newest_of() {
  apt-cache search --names-only "^$1-[0-9]+\$" 2>/dev/null | sed "s/^$1-\([0-9]*\).*/\1/" | sort -n | tail -1
}

# tool_of NAME: the tool's path, the newest where names end with versions.
tool_of() {
  command -v "$1" || compgen -G "/usr/bin/$1-*" | grep -E -- '-[0-9]+$' | sort -V | tail -1
}

# A C compiler for wasm32, which the SQL module needs: Arrow brings zstd.
wasm_c_compiler() {
  local llvm
  if [ -z "$(tool_of clang)" ] || [ -z "$(tool_of llvm-ar)" ]; then
    [ "$(id -u)" -ne 0 ] || apt-get update -qq >/dev/null
    llvm=$(newest_of llvm)
    apt_install "clang-${llvm:-19}" "llvm-${llvm:-19}" || {
      echo "wasm32 needs clang and llvm-ar (Debian: clang-${llvm:-19} llvm-${llvm:-19}): install them" >&2
      return 1
    }
  fi
  wasm_cc=$(tool_of clang) wasm_ar=$(tool_of llvm-ar)
}

debian_toolchain() {
  local lld lib
  if ! dpkg -s rustc-web cargo-web rust-web-src rust-web-clippy >/dev/null 2>&1 || ! compgen -G '/usr/bin/wasm-ld-*' >/dev/null; then
    [ "$(id -u)" -ne 0 ] || apt-get update -qq >/dev/null
    lld=$(newest_of lld)
    apt_install rustc-web cargo-web rust-web-src rust-web-clippy "lld-${lld:-19}" || {
      echo "wasm32 needs Debian's packages rustc-web cargo-web rust-web-src rust-web-clippy lld-${lld:-19}: install them" >&2
      return 1
    }
  fi
  wasm_path=/usr/bin:$PATH wasm_limit=$WASM_LIMIT
  wasm_linker=$(compgen -G '/usr/bin/wasm-ld-*' | sort -V | tail -1)
  wasm_target_dir=$CARGO_TARGET_DIR/debian
  # A panic ends the module either way: without its message, which nobody would see, the module is a twentieth smaller.
  wasm_flags='-C embed-bitcode=yes -Z unstable-options -C panic=immediate-abort'
  lib=$(/usr/bin/rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib
  # Built by another compiler it would not link.
  [ -e "$lib" ] && [ "$(cat "$lib/.built-by" 2>/dev/null)" = "$(/usr/bin/rustc -vV | digest)" ] || wasm_standard_library "$lib"
}

# Builds the target's standard library from its sources, for size. With bitcode, or linking it with LTO fails.
wasm_standard_library() {
  local lib=$1 scratch
  if [ ! -w "$(dirname "$(dirname "$lib")")" ]; then
    echo "wasm32: $lib cannot be written; run scripts once as root, or use rustup's target" >&2
    return 1
  fi
  echo "building the standard library for wasm32"
  scratch=$(mktemp -d)
  mkdir "$scratch/src"
  printf '[package]\nname = "any"\nversion = "0.0.0"\nedition = "2024"\n[lib]\ncrate-type = ["rlib"]\n' >"$scratch/Cargo.toml"
  printf '//! Nothing.\n' >"$scratch/src/lib.rs"
  (
    cd "$scratch"
    wasm_target_dir=$scratch/target
    wasm /usr/bin/cargo build --quiet -Z build-std=std,panic_abort -Z build-std-features=optimize_for_size --target "$WASM_TARGET" --release
  )
  rm -rf "$lib"
  mkdir -p "$lib"
  find "$scratch/target/$WASM_TARGET/release/deps" -name '*.rlib' ! -name 'libany-*' -exec cp {} "$lib/" \;
  /usr/bin/rustc -vV | digest >"$lib/.built-by"
  rm -rf "$scratch"
}

# wasm-bindgen's command line and wasm-pack, in the cache, unless they are there.
wasm_tools() {
  local tools=$NINZU_CACHE/tools
  is_version() { [ "$("$tools/bin/$1" --version 2>/dev/null)" = "$1 $2" ]; }
  tool() {
    is_version "$2" "$3" && return
    echo "installing $2 $3, which takes some minutes"
    cargo_tool --force --version "$3" "$1"
  }
  tool wasm-bindgen-cli wasm-bindgen "$WASM_BINDGEN_VERSION"
  tool wasm-pack wasm-pack "$WASM_PACK_VERSION"
}

# npm_packages FOLDER: what its lock file names, in the cache; the folder's node_modules point there.
npm_packages() {
  local folder=$NINZU_ROOT/$1 cached
  cached=$NINZU_CACHE/npm-$({ node --version && cat "$folder/package-lock.json"; } | digest)
  if [ ! -e "$cached/.complete" ]; then
    echo "installing the npm packages of $1"
    rm -rf "$cached"
    mkdir -p "$cached"
    cp "$folder/package.json" "$folder/package-lock.json" "$cached/"
    (cd "$cached" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    touch "$cached/.complete"
  fi
  ln -sfn "$cached/node_modules" "$folder/node_modules"
}

# Debian's Node, unless there is one.
node_and_npm() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    apt_install nodejs npm || { echo "Node 20 or newer and npm are missing: install them" >&2 && return 1; }
  fi
}

# Debian's Node and Chromium, unless they are there. The browser is $CHROMIUM.
browser() {
  node_and_npm || return
  export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
  [ -x "$CHROMIUM" ] || apt_install chromium || { echo "Chromium is missing: install it, or set CHROMIUM" >&2 && return 1; }
}

# Builds the module, by wasm-pack, with the profile of wasm/.cargo.
wasm_module() {
  local out=$NINZU_ROOT/wasm/npm/src/wasm
  rm -rf "$out"
  wasm wasm-pack --quiet build "$NINZU_ROOT/wasm" --mode no-install --target web --no-pack --out-dir "$out"
}

# wasm_sql_module [fat]: builds the SQL module. What it depends on is compiled once, and holds code and bitcode: as it is published
# everything is linked as one program, for size, which takes long; tests are content with less.
wasm_sql_module() {
  local out=$NINZU_ROOT/wasm/npm/src/wasm-sql name=ninzu_wasm_sql link=()
  [ "${1:-}" != fat ] || link=(-C lto=fat -C codegen-units=1)
  rm -rf "$out"
  # Below wasm/, whose profile it has otherwise.
  (
    cd "$NINZU_ROOT/wasm/sql"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
      wasm cargo rustc --quiet --release --lib --crate-type cdylib --target "$WASM_TARGET" -- ${link[@]+"${link[@]}"}
  )
  # Names of functions are half of the quick build's bytes.
  wasm wasm-bindgen --target web --remove-name-section --remove-producers-section --out-dir "$out" --out-name "$name" \
    "$wasm_target_dir/$WASM_TARGET/release/$name.wasm"
}

# What says that the SQL module is missing, in its place.
wasm_sql_placeholder() {
  local out=$NINZU_ROOT/wasm/npm/src/wasm-sql
  rm -rf "$out"
  mkdir "$out"
  cp "$NINZU_ROOT/wasm/sql/placeholder.js" "$out/ninzu_wasm_sql.js"
  cp "$NINZU_ROOT/wasm/sql/placeholder.d.ts" "$out/ninzu_wasm_sql.d.ts"
  : >"$out/ninzu_wasm_sql_bg.wasm"
}

# wasm_package [sql|fat]: builds the npm package into wasm/npm/dist: the modules, and the rest by TypeScript. The SQL module is DataFusion
# once more and takes longer than everything else: without an argument a placeholder stands for it; with `fat` it is as published.
wasm_package() {
  local npm=$NINZU_ROOT/wasm/npm
  rm -rf "$npm/dist"
  wasm_module
  if [ -n "${1:-}" ]; then wasm_sql_module "$@"; else wasm_sql_placeholder; fi
  (cd "$npm" && node_modules/.bin/tsc -p .)
  packed wasm ninzu_wasm
  packed wasm-sql ninzu_wasm_sql
}

# packed FOLDER NAME: a module's part of the package.
packed() {
  local from=$NINZU_ROOT/wasm/npm/src/$1 to=$NINZU_ROOT/wasm/npm/dist/$1
  mkdir "$to"
  cp "$from/$2.js" "$from/$2_bg.wasm" "$to/"
  # Not every user of TypeScript has the library of explicit resource management.
  grep -v "Symbol.dispose" "$from/$2.d.ts" >"$to/$2.d.ts"
}
