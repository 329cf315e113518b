"""What is measured on: the paced server on core 0, one client at a time on core 1, and the error of the
times that a client kept against those that the server wrote into its tokens."""
import contextlib
import copy
import json
import os
import sqlite3
import statistics
import subprocess
import time
from dataclasses import dataclass

SERVER_CORE, CLIENT_CORE = 0, max(os.sched_getaffinity(0))
HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass
class Cost:
    wall: float
    cpu: float  # s, of the process and its children
    memory: float  # MiB, the most that was resident
    out: str


class Ground:
    """bench, the programs beside it, a folder for what they leave, and how clients are started."""

    def __init__(self, bench, programs, python, work, real_time):
        self.bench, self.programs, self.python, self.work = bench, programs, python, work
        self.before = ["chrt", "-r", "10"] if real_time else []
        self.database = os.path.join(work, "bench.db")
        self.static = None  # the same ground for the program of ./dev static

    def with_static(self, bench):
        self.static = copy.copy(self)
        self.static.bench = bench

    def with_late_recorder(self):
        """The same ground for bench whose recorder sleeps until the run ends."""
        late = copy.copy(self)
        late.before = [*self.before, "env", f"LD_PRELOAD={self.program('liblate_recorder.so')}"]
        return late

    @contextlib.contextmanager
    def server(self, *options):
        command = [self.program("paced_server"), "--cpu", str(SERVER_CORE), *options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait()

    def run(self, command, pinned=True):
        """Runs it to its end. Its memory is looked at all the while: what the system says of a child at
        its end counts its parent's too."""
        start = ["taskset", "-c", str(CLIENT_CORE), *self.before] if pinned else []
        environment = dict(os.environ, HOME=self.work, XDG_DATA_HOME=self.work, NO_COLOR="1")
        began = time.monotonic()
        process = subprocess.Popen([*start, *command], stdout=subprocess.PIPE, env=environment)
        memory, ended = 0.0, 0
        while not ended:
            memory = max(memory, resident(process.pid))
            time.sleep(0.002 if time.monotonic() - began < 0.3 else 0.02)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out = process.stdout.read().decode()
        process.stdout.close()
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {' '.join(command)}\n{out}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, memory, out)

    # ---- the clients ----

    @staticmethod
    def script(name):
        return os.path.join(HERE, name)

    def bench_run(self, script, options, pinned=True):
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.database + ending)
        flags = [f"--{name}={value}" for name, value in options.items()]
        path = self.script(script)
        return self.run(
            [self.bench, "run", path, "--quiet", "--allow-net", "127.0.0.1", "--db", self.database, *flags], pinned)

    def bench_streams(self, port, streams, tokens, rounds=1, pinned=True):
        server = f"openai://127.0.0.1:{port}#paced"
        return self.bench_run(
            "streams.lua", {"server": server, "streams": streams, "rounds": rounds, "tokens": tokens}, pinned)

    def program(self, name):
        return os.path.join(self.programs, name)

    def bare(self, port, streams, tokens, *how, rounds=1):
        return self.run([self.program("bare_client"), str(port), str(streams), str(rounds), str(tokens), *how])

    def libcurl(self, port, connections, *tokens, requests=None):
        """Small requests, or where the tokens are given one stream for each connection."""
        numbers = [connections, requests or connections, *tokens]
        return self.run([self.program("bare_requests"), port, *map(str, numbers)])

    def aiohttp(self, port, streams, tokens, rounds=1, pinned=True):
        program = self.script("aiohttp_client.py")
        return self.run([self.python, program, "streams", port, str(streams), str(rounds), str(tokens)], pinned)

    # ---- what bench kept ----

    def ask(self, question):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute(question).fetchall()

    def errors(self):
        """µs by which each token of the kept run is off, without sign, sorted."""
        offset = min(
            time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            for _ in range(50))
        origin = self.ask("SELECT started_at_ns FROM run")[0][0] - offset
        errors = []
        for start, times, answer in self.ask(
                "SELECT t_start, t, answer FROM request JOIN timeline ON request = id"):
            errors += [abs(origin + start + 1000 * at - int(sent)) / 1000
                       for at, sent in zip(json.loads(times), answer.split())]
        return sorted(errors)


def resident(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/status", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    return 0.0


def quantile(values, p):
    """Linear interpolation, of sorted values."""
    position = p * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (position - below) * (values[above] - values[below])


median = statistics.median


@contextlib.contextmanager
def busy_loops(count):
    loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
