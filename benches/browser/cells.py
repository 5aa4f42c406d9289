#!/usr/bin/env python3
"""The cells of a release as Arrow IPC streams, for DuckDB-Wasm: python cells.py RELEASE TABLE OUT.arrow"""

import pathlib
import sys

import pyarrow
import pyarrow.parquet

release, table, out = sys.argv[1:]
cells = pyarrow.parquet.read_table(pathlib.Path(release) / "cells" / f"{table}.parquet")
with pyarrow.ipc.new_stream(out, cells.schema) as stream:
    stream.write_table(cells)
