#!/usr/bin/env python3
"""strict_json.py FILE...: each is one JSON document without NaN, Infinity or a doubled key."""
import json
import sys


def no_constant(name):
    raise ValueError(name + " is no JSON")


def no_double(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key twice in " + str(keys))
    return dict(pairs)


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        json.load(file, parse_constant=no_constant, object_pairs_hook=no_double)
    print(path, "strict")
