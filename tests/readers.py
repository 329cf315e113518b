#!/usr/bin/env python3
"""Other programs read what bench keeps: DuckDB with true types, Datasette without help.

    readers.py BENCH FOLDER

FOLDER keeps the packages from call to call. Exit code 77: they could not be had here (no network).
"""
import json
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SKIPPED = 77
PACKAGES = ["duckdb==1.5.5", "duckdb-extension-sqlite-scanner==1.5.5", "datasette==0.65.5"]
# What a reader must be told of these columns. DuckDB takes SQLite's REAL for a FLOAT, of 32 bits: in a run of an
# hour that is a quarter of a millisecond.
NUMBERS = {"DOUBLE", "BIGINT", "INTEGER"}
WHOLE = {"run", "request", "seq", "round", "output_tokens", "token_events", "n", "missing", "tokens",
         "phase"}


def prepare(folder):
    """The interpreter of a virtual environment that has the packages, or None."""
    python = folder / "bin" / "python"
    done = folder / "done"
    if done.exists():
        return python
    steps = [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + PACKAGES,
    ]
    for step in steps:
        if subprocess.run(step, check=False, timeout=500).returncode != 0:
            return None
    done.touch()
    return python


def keep_a_run(bench, database):
    """A run with answers, checks, notes and own metrics, so that every view has something to show."""
    scenario = database.with_suffix(".lua")
    scenario.write_text(
        'local bench = require "bench"\n'
        'bench.scenario { summary = "for readers" }\n'
        'local backend = bench.backend "sim@ttft=5ms@tpot=1ms"\n'
        'for _ = 1, 3 do\n'
        '  local reply = backend:ask("why?", { max_tokens = 8 })\n'
        '  bench.check(reply, "said something", #reply.text > 0)\n'
        '  bench.record("length", #reply.text, "bytes")\n'
        'end\n'
        'bench.note("weather", "fine")\n',
        encoding="utf-8")
    command = [bench, "run", str(scenario), "--db", str(database), "--quiet"]
    subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)


def read_with_duckdb(database):
    """Runs inside the virtual environment."""
    import duckdb  # pylint: disable=import-error,import-outside-toplevel
    import duckdb_extension_sqlite_scanner  # pylint: disable=import-error,import-outside-toplevel
    package = Path(duckdb_extension_sqlite_scanner.__file__).parent
    extension = next(package.rglob("*.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH '{database}' AS kept (TYPE sqlite, READ_ONLY)")
    plain = sqlite3.connect(database)
    views = [row[0] for row in plain.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
    assert len(views) >= 20, views
    for view in views:
        result = connection.execute(f"SELECT * FROM kept.{view}")
        types = {column[0]: str(column[1]) for column in result.description}
        found = len(result.fetchall())
        wanted = plain.execute(f"SELECT count(*) FROM {view}").fetchone()[0]
        assert found == wanted, (view, found, wanted)
        for column, kind in types.items():
            number = column in WHOLE or column.endswith(("_ms", "_s", "_tps"))
            assert not number or kind in NUMBERS, (view, column, kind)
            assert kind != "FLOAT", (view, column)
    ours, theirs = (source.execute(
        f"SELECT count(*), sum(output_tokens), avg(ttft_ms) FROM {table}").fetchone()
        for source, table in ((plain, "request_metrics"), (connection, "kept.request_metrics")))
    assert ours[:2] == theirs[:2] and abs(ours[2] - theirs[2]) < 1e-6, (ours, theirs)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def read_with_datasette(python, database):
    port = free_port()
    command = [str(python), "-m", "datasette", str(database), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            for view in ("runs", "request_metrics", "events", "run_summary", "as_vllm", "checks"):
                address = f"http://127.0.0.1:{port}/{database.stem}/{view}.json?_shape=objects"
                assert fetch(address, server)["rows"], view
        finally:
            server.terminate()


def fetch(address, server):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(300):
        try:
            with opener.open(address, timeout=30) as answer:
                return json.load(answer)
        except ConnectionError:
            pass
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            pass
        assert server.poll() is None, "datasette ended"
        time.sleep(0.1)
    raise AssertionError("datasette did not answer")


def main():
    if sys.argv[1] == "--duckdb":
        read_with_duckdb(sys.argv[2])
        return 0
    bench, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    python = prepare(folder)
    if python is None:
        print("skipped: the packages of DuckDB and Datasette could not be installed here")
        return SKIPPED
    database = folder / "kept.db"
    for stale in folder.glob("kept.db*"):
        stale.unlink()
    keep_a_run(bench, database)
    subprocess.run([str(python), __file__, "--duckdb", str(database)], check=True, timeout=120)
    read_with_datasette(python, database)
    return 0


if __name__ == "__main__":
    sys.exit(main())
