#!/usr/bin/env bash
# field-cases.sh CASES SCRATCH NINZU [DIST]: runs each case's check on a copy: those of the command line, or, where DIST is named, those of
# the npm package. Fails if one fails.
set -euo pipefail
cases=$1 scratch=$2
export NINZU=$3 NINZU_DIST=${4:-}

rm -rf "$scratch"
cp -r "$cases" "$scratch"
chmod -R u+w "$scratch"
failed=0
for folder in "$scratch"/[0-9]*/; do
  name=$(basename "$folder")
  # Decoys are drawn from the key: the same in every run.
  (umask 077 && printf '0123456789abcdef0123456789abcdef' >"$folder/key")
  if [ -z "$NINZU_DIST" ] && [ -f "$folder/check.py" ]; then
    check=(python3 "$folder/check.py")
  elif [ -n "$NINZU_DIST" ] && [ -f "$folder/check.mjs" ]; then
    check=(node check.mjs)
  else
    continue
  fi
  if (cd "$folder" && "${check[@]}") >"$folder/verdict.txt" 2>&1; then
    echo "ok    $name"
  else
    echo "NOT   $name"
    cat "$folder/verdict.txt"
    failed=1
  fi
done
exit "$failed"
