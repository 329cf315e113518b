"""The questions of ./dev perf. Each is a function of the ground that yields (what, measured, to reach,
reached): numbers of bench beside those of another client of the same server, taken in turns."""
import json

from ground import busy_loops, median, quantile

TURNS = 3


def told(cost):
    return json.loads(cost.out)


def at_most(what, measured, goal, unit):
    return what, f"{measured:.3g} {unit}", f"<= {goal:g} {unit}", measured <= goal


def in_turns(*clients):
    """Each client's results of TURNS rounds, interleaved."""
    results = [[] for _ in clients]
    for _ in range(TURNS):
        for client, kept in zip(clients, results):
            kept.append(client())
    return results


def middle(values):
    return median(list(values))


# ---- stamps ----

def with_errors(ground, *arguments, **options):
    cost = ground.bench_streams(*arguments, **options)
    errors = ground.errors()
    return cost, quantile(errors, 0.5), quantile(errors, 0.99), len(errors)


def thousand_streams(ground):
    """1,000 streams, 50,000 events/s: the error, and the CPU beside the bare client's."""
    with ground.server("--spread") as port:
        ours, bare = in_turns(lambda: with_errors(ground, port, 1000, 200), lambda: ground.bare(port, 1000, 200))
    yield at_most("stamp error, 1,000 streams, p50", middle(p50 for _, p50, _, _ in ours), 8, "µs")
    yield at_most("stamp error, 1,000 streams, p99", middle(p99 for _, _, p99, _ in ours), 20, "µs")
    yield ("  the bare client's p50 and p99", f"{middle(told(one)['p50'] for one in bare):.3g},"
           f" {middle(told(one)['p99'] for one in bare):.3g} µs", "-", None)
    cost = middle(cost.cpu / tokens for cost, _, _, tokens in ours)
    theirs = middle(one.cpu / told(one)["tokens"] for one in bare)
    yield at_most(f"CPU per event at 50,000/s ({1e6 * cost:.1f} µs), of the bare client's", cost / theirs, 1.6, "x")


def against_aiohttp(ground, name, streams, tokens, server, of, least, pinned=True):
    with ground.server(*server) as port:
        ours, theirs = in_turns(lambda: with_errors(ground, port, streams, tokens, pinned=pinned),
                                lambda: ground.aiohttp(port, streams, tokens, pinned=pinned))
    index = {"p50": 1, "p99": 2}[of]
    mine = middle(one[index] for one in ours)
    other = middle(told(one)[of] for one in theirs)
    yield (f"{name}, {of}: {mine:.3g} µs, aiohttp {other:,.0f}; so many times less",
           f"{other / mine:.0f}", f">= {least}", other / mine >= least)
    return mine


def two_hundred_streams(ground):
    yield from against_aiohttp(ground, "stamp error, 200 streams", 200, 150, ["--spread"], "p99", 30)


def lock_step(ground):
    yield from against_aiohttp(ground, "stamp error, 64 in lock-step", 64, 150, ["--lockstep"], "p50", 200)


def full_machine(ground):
    for loops, streams, tokens, interval in ((4, 32, 150, "20000"), (8, 8, 500, "2000")):
        name = f"stamp error, {loops} busy loops, {streams} streams"
        with busy_loops(loops):
            mine = yield from against_aiohttp(ground, name, streams, tokens, ["--interval", interval, "--spread"],
                                              "p99", 100, pinned=False)
        yield at_most(f"{name}, p99", mine, 50, "µs")


# ---- what it costs ----

def peers_work(ground):
    """200 at once, 400 in all, 100 tokens of 20 ms, first token after 50 ms, as in the comparison of the usual
    tools."""
    def once():
        cost = ground.bench_streams(port, 200, 100, rounds=2)
        ttft = sorted(one for one, in ground.ask("SELECT ttft_ms - 50 FROM request_metrics"))
        gaps = sorted(one for one, in ground.ask(
            "SELECT t_ms - lag(t_ms) OVER (PARTITION BY request ORDER BY seq) - 20 FROM events") if one is not None)
        return cost, sum(ttft) / len(ttft), quantile(ttft, 0.99), quantile(gaps, 0.99)

    with ground.server() as port:
        (ours,) = in_turns(once)
    yield at_most("400 answers, 200 at once: CPU of 1,000 events", middle(one[0].cpu / 40 for one in ours), 0.008, "s")
    yield at_most("  memory", middle(one[0].memory for one in ours), 20, "MiB")
    yield at_most("  mean TTFT is off by", middle(one[1] for one in ours), 0.3, "ms")
    yield at_most("  p99 of TTFT is off by", middle(one[2] for one in ours), 2, "ms")
    yield at_most("  p99 of the gaps is off by", middle(one[3] for one in ours), 0.1, "ms")


def many_events_a_read(ground):
    """32 events in each segment: what parsing costs."""
    with ground.server("--batch", "32", "--spread") as port:
        ours, bare, theirs = in_turns(lambda: ground.bench_streams(port, 50, 3200),
                                      lambda: ground.bare(port, 50, 3200), lambda: ground.aiohttp(port, 50, 3200))
    mine, least = middle(one.cpu for one in ours), middle(one.cpu for one in bare)
    yield at_most(f"CPU, 32 events a read ({mine / 0.16:.2f} µs), of the bare client's", mine / least, 1.3, "x")
    ratio = middle(one.cpu for one in theirs) / mine
    yield "  aiohttp's CPU, of ours", f"{ratio:.1f}x", ">= 20x", ratio >= 20


def rate_of_wrk(cost):
    line = next(line for line in cost.out.splitlines() if line.startswith("Requests/sec:"))
    return float(line.split()[1])


def small_answers(ground):
    """Requests per second over 64 connections."""
    def ours():
        ground.bench_run("requests.lua", {"url": url, "requests": 20000})
        return float(ground.ask("SELECT value FROM notes WHERE key = 'requests per second'")[0][0])

    def aiohttp():
        return ground.run([ground.python, ground.script("aiohttp_client.py"), "requests", port, "64", "10000"])

    with ground.server() as port:
        url = f"http://127.0.0.1:{port}/tiny"
        mine, wrk, theirs = in_turns(
            ours, lambda: rate_of_wrk(ground.run(["wrk", "-t", "1", "-c", "64", "-d", "2", url])), aiohttp)
    rate, other = middle(mine), middle(told(one)["per_second"] for one in theirs)
    yield (f"requests/s, 64 connections ({rate:,.0f}), of wrk's", f"{rate / middle(wrk):.3g}x", ">= 0.45x",
           rate >= 0.45 * middle(wrk))
    yield "  of aiohttp's", f"{rate / other:.3g}x", ">= 10x", rate >= 10 * other


def memory_of_streams(ground):
    """KiB of each of 4,000 streams with 100 events, beyond a run of one."""
    streams = 4000

    def each(client):
        return (client(port, streams, 100).memory - client(port, 1, 100).memory) / streams * 1024

    with ground.server("--interval", "100000", "--spread") as port:
        mine, theirs = each(ground.bench_streams), each(ground.aiohttp)
    yield at_most(f"memory of a stream ({mine:.1f} KiB), of aiohttp's", mine / theirs, 0.7, "x")


def start_up(ground):
    with ground.server("--ttft", "0", "--interval", "1") as port:
        command = lambda: ground.bench_streams(port, 1, 16)
        ours, theirs = in_turns(command, lambda: ground.run([ground.python, "-c", "import aiohttp"]))
    mine, other = middle(one.wall for one in ours), middle(one.wall for one in theirs)
    yield at_most(f"time of a run of one request ({1000 * mine:.0f} ms), of `import aiohttp`", mine / other, 0.1, "x")
    yield at_most("  memory", middle(one.memory for one in ours) / middle(one.memory for one in theirs), 0.3, "x")


def arrivals(ground):
    """1,000 starts a second: how far from their plan, and what they cost."""
    def once():
        ground.bench_run("arrivals.lua", {"url": f"http://127.0.0.1:{port}/tiny"})
        late = sorted(1000 * one for one, in ground.ask(
            "SELECT wait_ms FROM request_metrics WHERE phase_kind = 'measure'"))
        return quantile(late, 0.5), quantile(late, 0.99), 100 * ground.ask("SELECT client_cpu FROM phases")[0][0]

    with ground.server() as port:
        (ours,) = in_turns(once)
    yield at_most("starts at 1,000/s are late by, p50", middle(one[0] for one in ours), 2, "µs")
    yield at_most("  p99", middle(one[1] for one in ours), 100, "µs")
    yield at_most("  CPU of the client", middle(one[2] for one in ours), 10, "%")


ALL = {
    "thousand": thousand_streams, "two_hundred": two_hundred_streams, "lock_step": lock_step, "full": full_machine,
    "peers": peers_work, "batch": many_events_a_read, "requests": small_answers, "memory": memory_of_streams,
    "start": start_up, "arrivals": arrivals,
}
