#!/usr/bin/env python3
"""strict_csv.py FILE...: the same number of columns in every row, numbers with a point. Prints each
FILE with its number of rows, and with --cells each cell as Python shows it."""
import csv
import re
import sys

files = [argument for argument in sys.argv[1:] if argument != "--cells"]
for path in files:
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        sys.exit(f"{path}: rows of {sorted(widths)} columns")
    for row in rows[1:]:
        for cell in row:
            if re.fullmatch(r"-?\d+,\d+", cell):
                print(path, "decimal comma:", cell)
            if re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d+", cell):
                print(path, "exponent:", cell)
            if re.fullmatch(r"(?i)-?(nan|inf|infinity)", cell):
                print(path, "no number:", cell)
            if "--cells" in sys.argv:
                print("cell", repr(cell))
    print(path, len(rows) - 1, "rows")
