"""speed.py BENCH PROGRAMS [--real-time] [ROW...]: bench beside other clients of one server, in one run on
one machine; prints what was measured, what is to be reached, and whether it was. PROGRAMS is the folder of
paced_server and bare_client. aiohttp is Debian's, wrk too. With --real-time the clients that are pinned
run before everything else, all alike: for a machine that has other work."""
import argparse
import os
import sys
import tempfile

import rows
from ground import Ground


def main():
    parser = argparse.ArgumentParser(prog="speed.py")
    parser.add_argument("bench")
    parser.add_argument("programs")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=" ".join(rows.ALL))
    parser.add_argument("--real-time", action="store_true")
    given = parser.parse_intermixed_args()
    unknown = [name for name in given.rows if name not in rows.ALL]
    if unknown:
        parser.error(f"no row {unknown[0]}; there are {' '.join(rows.ALL)}")
    failed = False
    with tempfile.TemporaryDirectory() as work:
        ground = Ground(os.path.abspath(given.bench), os.path.abspath(given.programs), "/usr/bin/python3", work,
                        given.real_time)
        for name in given.rows or rows.ALL:
            try:
                for what, measured, goal, reached in rows.ALL[name](ground):
                    answer = "" if reached is None else "yes" if reached else "NO"
                    print(f"{what:<78} {measured:>12} {goal:>12}  {answer}", flush=True)
            except (RuntimeError, OSError) as problem:
                failed = True
                print(f"{name}: not measured: {problem}", file=sys.stderr)
    sys.exit(failed)


main()
