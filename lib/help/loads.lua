-- bench help loads
return [[
Loads: many users, and when they come

  local load = bench.load {
    arrivals = bench.poisson(4),          -- when visits begin
    warm_up = "10s", measure = "60s",     -- or requests = 500
    slo = { "ttft p95 < 1s" },
    visit = function(user) backend:ask(user:pick(prompts)) end,
  }

Closed: closed(n, { over = "30s" }). n users, each of whom comes again when the
last visit is over. The server sets the pace: when it is slow, less is asked of
it, and no wait shows. Good for "what do 64 streams get". Whoever got no token,
but an error or no connection, comes again 0.1 s later: to turn users away takes
microseconds. With over they come one after the other; a warm_up as long lets
all come first.

Open: visits begin when the plan says, whatever the server does. Good for "what
do users get who come when they want to".

  steady(rate)             one every 1/rate s; 0.25 is one in 4 s
  poisson(rate)            independent users: exponential gaps
  gamma(rate, cv)          in clumps (cv above 1) or more even (below 1); both
                           take { count = n }: exactly n visits, the last one
                           n/rate s after the start. Without measure the window
                           holds them all
  ramp(from, to, over)     the rate goes evenly from one to the other, or with
                           { growth = "exponential" } by one factor a second
  burst(n, every)          n at once, again and again
  replay(file)             a recorded trace (bench help prompts)

Each start has its own planned moment: a late one catches up and shifts no
other. Latency has two series: from the send (ttft, e2e) and from the schedule
(ttft_sched, e2e_sched: with the wait before the start). Promises are judged by
the second. The plan is that of the first request of a visit, later by what the
visit sleeps before it; later turns and closed loads have none.

  at_most = n              visits in progress; what comes beyond waits in the
                           open, or, with when_full = "drop", is turned away: a
                           row, an error, no latency
  warm_up                  a duration or a number of visits: kept, not counted
  measure | requests       the window, by time or by number of measured
                           requests. A request belongs to it if it was planned
                           in it (without a plan: started). With requests = 0
                           the load only warms up, and ends before the next
  drain = "30s"            when the window ends no visit begins; those in
                           progress end at their next wait once this is over
                           (incomplete): a reply is not ok, bench.sleep gives
                           false, and a visit that loops is to return there.
                           Users of closed(n) come again by themselves
  slo                      sentences as in expect; they set load.slo_kept (true,
                           false, or nil where too few came to tell) and no exit
                           code. A sweep is a loop that ends when it is not true
  label                    a name for tables; the second of one name is "name 2"

Each request in progress has a connection of its own, also by HTTP/2 (http2 =
true on a backend, over TLS): none waits unseen for a stream of another's
connection, whatever number of streams a server allows in one.

user:pick(prompts), user:random() draw from the user's own stream of --seed: the
same again whoever finishes first. What a warm-up may pick, the measuring does
not. user.visit counts the visits of the load: prompts[user.visit] takes them in
order.

In bench.rounds each backend has the load in each round: bench compare holds
these against each other as one load, round by round.

load.ttft.p95 and so on (seconds), load.requests (the sum of ok, failed,
incomplete, cancelled and dropped), seconds, output_tps (tokens of answers that
ended in the window), delivered_tps (every token that came in it), asked_rate,
achieved_rate (visits per second: the rate in the arrivals, of a ramp or trace
the mean of its plan; and what was begun, which in a short window is more or
fewer by chance, or by where bursts fall).

bench sql --query loads shows all of it later. Loads in bench.together run side
by side.

One process uses one core. bench run FILE --workers 4 shares each load among
four: every 4th visit of the plan (closed: every 4th user) is begun by the same
one, with the same user, prompt and random stream as it would have alone;
at_most, requests and a warm-up counted in visits are shared out, so that a
worker may be full while another has room. All run the whole script, begin a
load at one moment, and get the same `load` at its end. What a visit leaves in
the script's variables, a counter say, stays in its worker; what the script
prints is the first one's, what a visit prints its own. Asking outside of
bench.load is refused. All is kept as one run; the client's figures on its page
are those of the worst worker.
]]
