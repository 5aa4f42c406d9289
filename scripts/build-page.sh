#!/usr/bin/env bash
# Builds the npm package into wasm/npm/dist and the researcher's page into web-demo/dist, from which `ninzu site` makes portals.
#
#   scripts/build-page.sh [fat]    fat: the SQL module as it is published, which takes long
#
# A fresh machine needs Rust and a C compiler; the rest is installed once, into a cache folder. Settings: see scripts/env.sh and
# scripts/wasm.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source scripts/env.sh
source scripts/set-up.sh
source scripts/wasm.sh
source scripts/web.sh

wasm_toolchain
wasm_tools
browser
npm_packages wasm/npm
npm_packages web-demo
wasm_package "${1:-sql}"
web_page
echo "built in web-demo/dist: ninzu site RELEASE --out PORTAL"
