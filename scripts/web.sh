# The researcher's page; read by `test`, not run. Needs the npm package (scripts/wasm.sh) and what `npm_packages web-demo` installs.
# shellcheck shell=bash

# Builds the page into web-demo/dist: static files that need no server but a static one, beside a release in release/.
web_page() {
  local web=$NINZU_ROOT/web-demo
  (cd "$web" && node_modules/.bin/tsc -p . && node_modules/.bin/vite build --logLevel warn)
}

# web_test FILE...: tests of the built page in Chromium. They ask the command line, $NINZU, about $NINZU_DEMO.
web_test() { (cd "$NINZU_ROOT/web-demo" && node --test --test-reporter=spec "$@"); }
