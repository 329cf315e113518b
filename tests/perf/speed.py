"""speed.py BENCH PROGRAMS [--static FILE] [--real-time] [--keep FILE] [ROW...]: bench beside other clients of
one server, in one run on one machine; prints what was measured, what is to be reached, and whether it was.
PROGRAMS is the folder of paced_server and its like. aiohttp is Debian's, wrk too; FILE of --static is what
./dev static makes. With --real-time the clients that are pinned run before everything else, all alike: for a
machine that has other work. With --keep the values become a run of bench in that file, held against the one
before: exit 1 where something is worse by more than MOST_WORSE."""
import argparse
import os
import sys
import tempfile

import keep
import rows
from ground import Ground


def measured(ground, names):
    """The rows of these names, each printed as soon as it is there; and whether one could not be measured."""
    kept, failed = [], False
    for name in names:
        try:
            for row in rows.ALL[name](ground):
                kept.append(row)
                answer = {None: "", True: "yes", False: "NO"}[row.reached]
                what = f"{row.what} ({row.note})" if row.note else row.what
                print(f"{what:<78} {row.value:>9.3g} {row.unit:<4} {row.goal:>9}  {answer}", flush=True)
        except (RuntimeError, OSError) as problem:
            failed = True
            print(f"{name}: not measured: {problem}", file=sys.stderr)
    return kept, failed


def main():
    parser = argparse.ArgumentParser(prog="speed.py")
    parser.add_argument("bench")
    parser.add_argument("programs")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=" ".join(rows.ALL))
    parser.add_argument("--static", metavar="FILE", help="what ./dev static makes, where it was built")
    parser.add_argument("--real-time", action="store_true")
    parser.add_argument("--keep", metavar="FILE")
    given = parser.parse_intermixed_args()
    unknown = [name for name in given.rows if name not in rows.ALL]
    if unknown:
        parser.error(f"no row {unknown[0]}; there are {' '.join(rows.ALL)}")
    with tempfile.TemporaryDirectory() as work:
        bench = os.path.abspath(given.bench)
        ground = Ground(bench, os.path.abspath(given.programs), "/usr/bin/python3", work, given.real_time)
        if given.static and os.path.exists(given.static):
            ground.with_static(os.path.abspath(given.static))
        kept, failed = measured(ground, given.rows or rows.ALL)
        worse = given.keep and kept and keep.keep(bench, given.keep, kept, work)
    sys.exit(bool(failed or worse))


main()
