"""The questions of ./dev perf. Each is a function of the ground that yields rows: numbers of bench beside
those of another client of the same server, taken in turns."""
import json
from dataclasses import dataclass

from ground import busy_loops, median, quantile

TURNS = 3


@dataclass
class Row:
    """What was measured, one value a turn; and what is to be reached, where anything is."""
    name: str  # [a-z0-9_]: the key under which it is kept
    what: str
    unit: str
    values: list
    most: float = None
    least: float = None
    note: str = ""

    @property
    def better(self):
        return "higher" if self.least is not None else "lower"

    @property
    def value(self):
        return median(self.values)

    @property
    def goal(self):
        if self.most is None and self.least is None:
            return "-"
        return f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"

    @property
    def reached(self):
        if self.most is None and self.least is None:
            return None
        return self.value <= self.most if self.most is not None else self.value >= self.least


def told(cost):
    return json.loads(cost.out)


def in_turns(*clients, turns=TURNS):
    """Each client's results of so many rounds, interleaved."""
    results = [[] for _ in clients]
    for _ in range(turns):
        for client, kept in zip(clients, results):
            kept.append(client())
    return results


def shares(ours, theirs):
    """Turn by turn: what ours is of theirs."""
    return [mine / other for mine, other in zip(ours, theirs)]


# ---- stamps ----

def with_errors(ground, *arguments, **options):
    cost = ground.bench_streams(*arguments, **options)
    errors = ground.errors()
    return cost, quantile(errors, 0.5), quantile(errors, 0.99), len(errors)


def thousand_streams(ground):
    """1,000 streams, 50,000 events/s: the error, and the CPU beside the bare client's."""
    with ground.server("--spread") as port:
        ours, bare, peeking = in_turns(lambda: with_errors(ground, port, 1000, 200),
                                       lambda: ground.bare(port, 1000, 200),
                                       lambda: ground.bare(port, 1000, 200, "peek"))
    yield Row("thousand_p50", "stamp error, 1,000 streams, p50", "us", [p50 for _, p50, _, _ in ours], most=8)
    yield Row("thousand_p99", "stamp error, 1,000 streams, p99", "us", [p99 for _, _, p99, _ in ours], most=20)
    yield Row("bare_p50", "  the bare client's p50", "us", [told(one)["p50"] for one in bare])
    yield Row("bare_p99", "  the bare client's p99", "us", [told(one)["p99"] for one in bare])
    costs = [1e6 * cost.cpu / tokens for cost, _, _, tokens in ours]
    theirs = [1e6 * one.cpu / told(one)["tokens"] for one in bare]
    yield Row("event_cpu", "CPU of an event at 50,000/s, of the bare client's", "x", shares(costs, theirs), most=1.6,
              note=f"{median(costs):.1f} us")
    yield Row("peek_cpu", "  of that a look at what waits, for each segment's stamp", "x",
              [looked.cpu / one.cpu - 1 for looked, one in zip(peeking, bare)])


def against_aiohttp(ground, name, what, streams, tokens, server, of, least, pinned=True):
    with ground.server(*server) as port:
        ours, theirs = in_turns(lambda: with_errors(ground, port, streams, tokens, pinned=pinned),
                                lambda: ground.aiohttp(port, streams, tokens, pinned=pinned))
    mine = [one[{"p50": 1, "p99": 2}[of]] for one in ours]
    others = [told(one)[of] for one in theirs]
    yield Row(f"{name}_{of}_aiohttp", f"{what}, {of}: aiohttp's, of ours", "x", shares(others, mine), least=least,
              note=f"{median(mine):.3g} us, aiohttp {median(others):,.0f}")
    return mine


def two_hundred_streams(ground):
    yield from against_aiohttp(ground, "two_hundred", "stamp error, 200 streams", 200, 150, ["--spread"], "p99", 30)


def lock_step(ground):
    yield from against_aiohttp(ground, "lock_step", "stamp error, 64 in lock-step", 64, 150, ["--lockstep"], "p50",
                               200)


def full_machine(ground):
    for loops, streams, tokens, interval in ((4, 32, 150, "20000"), (8, 8, 500, "2000")):
        what = f"stamp error, {loops} busy loops, {streams} streams"
        with busy_loops(loops):
            mine = yield from against_aiohttp(ground, f"full_{loops}", what, streams, tokens,
                                              ["--interval", interval, "--spread"], "p99", 100, pinned=False)
        yield Row(f"full_{loops}_p99", f"{what}, p99", "us", mine, most=50)


# ---- what it costs ----

def peers_work(ground):
    """200 at once, 400 in all, 100 tokens of 20 ms, first token after 50 ms, as in the comparison of the usual
    tools."""
    def work(of=ground):
        return of.bench_streams(port, 200, 100, rounds=2)

    def once():
        cost = work()
        ttft = sorted(one for one, in ground.ask("SELECT ttft_ms - 50 FROM request_metrics"))
        gaps = sorted(one for one, in ground.ask(
            "SELECT t_ms - lag(t_ms) OVER (PARTITION BY request ORDER BY seq) - 20 FROM events") if one is not None)
        return cost, sum(ttft) / len(ttft), quantile(ttft, 0.99), quantile(gaps, 0.99)

    with ground.server() as port:
        ours, bare = in_turns(once, lambda: ground.bare(port, 200, 100, rounds=2))
        static = [work(ground.static)] if ground.static else []
    yield Row("peers_cpu", "400 answers, 200 at once: CPU of 1,000 events", "s", [one[0].cpu / 40 for one in ours],
              most=0.008, note=f"the bare client's {median(one.cpu for one in bare) / 40:.3g}")
    yield Row("peers_memory", "  memory", "MiB", [one[0].memory for one in ours], most=20)
    if static:
        yield Row("peers_memory_static", "  memory with ./dev static", "MiB", [one.memory for one in static], most=20)
    yield Row("peers_ttft_mean", "  mean TTFT is off by", "ms", [one[1] for one in ours], most=0.3)
    yield Row("peers_ttft_p99", "  p99 of TTFT is off by", "ms", [one[2] for one in ours], most=2)
    yield Row("peers_gap_p99", "  p99 of the gaps is off by", "ms", [one[3] for one in ours], most=0.1)


def many_events_a_read(ground):
    """32 events in each segment: what parsing and keeping an event costs, as the difference of a long and a short
    answer, so that starting and connecting cancel out."""
    def of_an_event(client):
        short, long = 32, 3232
        return 1e6 * (client(port, 50, long).cpu - client(port, 50, short).cpu) / (50 * (long - short))

    with ground.server("--batch", "32", "--spread") as port:
        ours, bare, theirs = in_turns(*(lambda client=client: of_an_event(client) for client in
                                        (ground.bench_streams, ground.bare, ground.aiohttp)))
    yield Row("batch_event_cpu", "CPU of an event, 32 a read, of the bare client's", "x", shares(ours, bare), most=1.3,
              note=f"{median(ours):.2f} us")
    yield Row("batch_event_cpu_aiohttp", "  aiohttp's, of ours", "x", shares(theirs, ours), least=20,
              note=f"of the bare client's {median(shares(theirs, bare)):.0f}")


def rate_of_wrk(cost):
    line = next(line for line in cost.out.splitlines() if line.startswith("Requests/sec:"))
    return float(line.split()[1])


def small_answers(ground):
    """Requests per second over 64 connections."""
    def ours():
        ground.bench_run("requests.lua", {"url": url, "requests": 20000})
        return float(ground.ask("SELECT value FROM notes WHERE key = 'requests per second'")[0][0])

    def aiohttp():
        cost = ground.run([ground.python, ground.script("aiohttp_client.py"), "requests", port, "64", "10000"])
        return told(cost)["per_second"]

    def libcurl():
        return told(ground.libcurl(port, 64, requests=20000))["per_second"]

    with ground.server() as port:
        url = f"http://127.0.0.1:{port}/tiny"
        rates, wrk, theirs, bare = in_turns(
            ours, lambda: rate_of_wrk(ground.run(["wrk", "-t", "1", "-c", "64", "-d", "2", url])), aiohttp, libcurl)
    yield Row("requests_wrk", "requests/s, 64 connections, of wrk's", "x", shares(rates, wrk), least=0.45,
              note=f"{median(rates):,.0f}")
    yield Row("requests_aiohttp", "  of aiohttp's", "x", shares(rates, theirs), least=10)
    yield Row("requests_libcurl", "  what a bare loop of libcurl reaches of wrk's", "x", shares(bare, wrk),
              note=f"{median(bare):,.0f}")


def memory_of_streams(ground):
    """KiB of each of 4,000 streams with 100 events, beyond a run of one."""
    streams = 4000

    def each(client):
        return (client(port, streams, 100).memory - client(port, 1, 100).memory) / streams * 1024

    with ground.server("--interval", "100000", "--spread") as port:
        mine, theirs, bare = each(ground.bench_streams), each(ground.aiohttp), each(ground.libcurl)
    yield Row("stream_memory", "memory of a stream, of aiohttp's", "x", [mine / theirs], most=0.7,
              note=f"{mine:.1f} KiB")
    yield Row("stream_memory_libcurl", "  what a bare loop of libcurl holds of aiohttp's", "x", [bare / theirs],
              note=f"{bare:.1f} KiB")


def start_up(ground):
    """A run of one request beside `import aiohttp`; that of ./dev static too, where it was built; and what
    libcurl and all that it brings along take by themselves."""
    clients = [("", "a run of one request", ground)]
    if ground.static:
        clients.append(("_static", "  the same with ./dev static", ground.static))
    with ground.server("--ttft", "0", "--interval", "1") as port:
        theirs, bare, *ours = in_turns(lambda: ground.run([ground.python, "-c", "import aiohttp"]),
                                       lambda: ground.libcurl(port, 1, 16),
                                       *(lambda of=of: of.bench_streams(port, 1, 16) for _, _, of in clients))
    for (name, what, _), runs in zip(clients, ours):
        walls = [one.wall for one in runs]
        yield Row(f"start_time{name}", f"{what}: time, of `import aiohttp`", "x",
                  shares(walls, [one.wall for one in theirs]), most=0.1, note=f"{1000 * median(walls):.0f} ms")
        memory = [one.memory for one in runs]
        yield Row(f"start_memory{name}", "  memory", "x",
                  shares(memory, [one.memory for one in theirs]), most=0.3, note=f"{median(memory):.1f} MiB")
    yield Row("start_time_libcurl", "  what a bare loop of libcurl takes", "x",
              shares([one.wall for one in bare], [one.wall for one in theirs]),
              note=f"{1000 * median(one.wall for one in bare):.0f} ms")
    memory = [one.memory for one in bare]
    yield Row("start_memory_libcurl", "  what a bare loop of libcurl holds", "x",
              shares(memory, [one.memory for one in theirs]), note=f"{median(memory):.1f} MiB")


def arrivals(ground):
    """1,000 starts a second: how far from their plan, and what they cost."""
    def once():
        ground.bench_run("arrivals.lua", {"url": f"http://127.0.0.1:{port}/tiny"})
        late = sorted(1000 * one for one, in ground.ask(
            "SELECT wait_ms FROM request_metrics WHERE phase_kind = 'measure'"))
        return quantile(late, 0.5), quantile(late, 0.99), 100 * ground.ask("SELECT client_cpu FROM phases")[0][0]

    with ground.server() as port:
        (ours,) = in_turns(once)
    yield Row("arrivals_p50", "starts at 1,000/s are late by, p50", "us", [one[0] for one in ours], most=2)
    yield Row("arrivals_p99", "  p99", "us", [one[1] for one in ours], most=100)
    yield Row("arrivals_cpu", "  CPU of the client", "%", [one[2] for one in ours], most=10)


# ---- the recorder ----

def rows_stored(ground):
    """Rows a second through the recorder, beside a bare loop of inserts into a table without keys and checks, and
    such a loop into the tables of a run: what they cost, the recorder cannot save."""
    for events, least in ((0, 0.7), (256, 0.7)):
        command = [ground.program("rows_stored"), ground.work, str(events)]
        (runs,) = in_turns(lambda: told(ground.run(command, pinned=False)))
        rates, bare = [run["recorder"] for run in runs], [run["bare"] for run in runs]
        yield Row(f"rows_{events}", f"rows/s stored, {events} events each, of a bare insert loop's", "x",
                  shares(rates, bare), least=least, note=f"{median(rates):,.0f}")
        yield Row(f"rows_{events}_tables", "  the same loop into the tables of a run", "x",
                  shares([run["tables"] for run in runs], bare))


def recording(ground):
    """1,000 streams while the recorder writes, and while it sleeps until they have ended."""
    late = ground.with_late_recorder()

    def errors(client):
        client.bench_streams(port, 1000, 200)
        found = client.errors()
        return [quantile(found, p) for p in percentiles]

    percentiles = (0.5, 0.9, 0.99)
    with ground.server("--spread") as port:
        ours, quiet = in_turns(lambda: errors(ground), lambda: errors(late), turns=7)
    for place, p in enumerate(percentiles):
        mine, others = [one[place] for one in ours], [one[place] for one in quiet]
        yield Row(f"recording_p{100 * p:.0f}", f"stamp error, 1,000 streams, p{100 * p:.0f}: of that without recording",
                  "x", shares(mine, others), most=1.1, note=f"{median(mine):.3g} us")


ALL = {
    "thousand": thousand_streams, "two_hundred": two_hundred_streams, "lock_step": lock_step, "full": full_machine,
    "peers": peers_work, "batch": many_events_a_read, "requests": small_answers, "memory": memory_of_streams,
    "start": start_up, "arrivals": arrivals, "stored": rows_stored,
    "recording": recording,
}
