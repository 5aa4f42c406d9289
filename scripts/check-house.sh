#!/usr/bin/env bash
# What the house rules ask of every tracked file and no compiler checks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=0
complain() {
  printf '%s\n%s\n\n' "$1" "$2"
  failed=1
}

code=('*.rs' '*.ts' '*.js' '*.py' '*.sh' test '.ci/*')

long=$(git ls-files -- "${code[@]}" | while read -r file; do
  [ -f "$file" ] || continue
  lines=$(wc -l <"$file")
  if [ "$lines" -gt 800 ]; then echo "$file: $lines lines"; fi
done)
[ -z "$long" ] || complain 'Files over 800 lines; divide them:' "$long"

# git grep leaves 1 when it finds nothing, and more when it fails.
look() { git grep -nIE "$@" || [ $? -eq 1 ]; }

allowed=$(look '#!?\[(cfg_attr\(.*, *)?allow\(' -- '*.rs')
[ -z "$allowed" ] || complain 'allow attributes; write #[expect(.., reason = "..")]:' "$allowed"

unsaid=$(look '#!?\[expect\([^"]*\)\]$' -- '*.rs')
[ -z "$unsaid" ] || complain 'expect attributes without a reason:' "$unsaid"

stubs=$(look '(todo|unimplemented)!\(|(^|[^A-Z])(FIXME|XXX)([^A-Z]|$)|#\[ignore\]|(test|it|describe)\.(skip|only)\(' \
  -- '*.rs' '*.ts' '*.py' ':!scripts/check-house.sh')
[ -z "$stubs" ] || complain 'Stubs, and tests that are skipped without a reason:' "$stubs"

# Brackets keep the patterns from finding themselves. The lock file names its registry in every entry.
machine=$(look '(^|[^A-Za-z0-9_./-])/([w]ork|[r]oot|[h]ome/[a-z]|[f]arm|[U]sers|tmp/[b]ash_jobs)/' -- . ':!Cargo.lock')
[ -z "$machine" ] || complain 'Paths of one machine:' "$machine"

hosts=$(look '(index|static)\.[c]rates\.io|[p]ypi\.org|[p]ythonhosted\.org|registry\.[n]pmjs|deb\.[d]ebian\.org' \
  -- . ':!Cargo.lock' ':!*package-lock.json')
[ -z "$hosts" ] || complain 'Hosts of package registries; name the package only:' "$hosts"

circles=$(python3 scripts/check-imports.py) || complain 'Imports between files of TypeScript:' "$circles"
scripts/check-rooms.py --test
rooms=$(scripts/check-rooms.py || true)
[ -z "$rooms" ] || complain 'Imports against the order of modules in ARCHITECTURE.md:' "$rooms"

scripts/check-messages.py --test
messages=$(scripts/check-messages.py)
[ -z "$messages" ] || complain 'Catalogues of messages:' "$messages"

names=$(scripts/check-type-names.py)
[ -z "$names" ] || complain 'Types of one crate with the same name:' "$names"

scripts/check-words.py --test
words=$(scripts/check-words.py)
[ -z "$words" ] || complain 'Words that docs/glossary.md has given up:' "$words"

exit "$failed"
