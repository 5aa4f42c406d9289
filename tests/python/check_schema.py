#!/usr/bin/env python3
"""Is the published JSON Schema of queries a schema, and does it tell queries from what is none?

python tests/python/check_schema.py
"""

import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).parents[2] / "core" / "engine" / "schemas" / "query.schema.json"

# Nearly queries: the schema must refuse each.
REFUSED = (
    [],
    "everyone",
    {"filter": "nobody"},
    {"filter": {}},
    {"by": []},
    {"by": "centre"},
    {"where": "everyone"},
    {"filter": {"dimension": "sex"}},
    {"filter": {"dimension": "sex", "is": 1}},
    {"filter": {"dimension": "sex", "is": "female", "in": ["female"]}},
    {"filter": {"dimension": "sex", "in": []}},
    {"filter": {"dimension": "sex", "is": "female", "negated": True}},
    {"filter": {"and": []}},
    {"filter": {"and": [{"or": []}]}},
    {"filter": {"at_least": 0, "of": ["everyone"]}},
    {"filter": {"at_least": 1.5, "of": ["everyone"]}},
    {"filter": {"at_least": 1}},
    {"filter": {"not": "everyone", "and": ["everyone"]}},
)


def main() -> int:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    validator = kind(schema)
    wrong = [f"an example is refused: {json.dumps(x)}" for x in schema["examples"] if not validator.is_valid(x)]
    wrong += [f"accepted, and no query: {json.dumps(x)}" for x in REFUSED if validator.is_valid(x)]
    for breach in wrong:
        print(f"FAILED {breach}")
    print(f"{len(schema['examples'])} examples accepted, {len(REFUSED)} others refused" if not wrong else f"{len(wrong)} wrong")
    return 1 if wrong or not schema["examples"] else 0


if __name__ == "__main__":
    sys.exit(main())
