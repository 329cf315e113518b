-- bench help api
return [[
The script: every function that it may call

A script is read from top to bottom by one Lua 5.4 state. A call that waits (an
ask, a load, a sleep) returns when that is over; others go on meanwhile. A wrong
argument is an error with the script's file and line (exit 3); a request that
fails is none: reply.ok is false. Durations are "800ms", "2s", "5m" or a number
of seconds. Lists are counted from 1. Names that are not there are errors too,
as is a key that stands twice in one table.

What it declares
  bench.scenario { summary, options, metrics, expect, needs } -> opt
      Once, before any other call. summary is a text. opt holds the values of
      options, a list of { "name", default, "help" }: the default, a text, a
      number, true or false, or a list of texts or numbers, gives the type, and
      --name sets it. metrics: { "name", "unit", "meaning", better = "lower" or
      "higher" }. expect: sentences (bench help expect). needs: "bench 1.0",
      "net HOST[:PORT]", "env NAME". What is wrong with them: exit 2.
  bench.required                       as a default: the user must give a value
  bench.refuse(why)                    ends a run whose options do not fit, as
                                       wrong usage (exit 2): `why` is said

Whom it asks
  bench.backend(address, { headers, api_key, settings, proxy, http2 })
      -> backend. Asks the server what it is. settings hold for each ask of it;
      api_key is a text or a bench.secret. One that is not there is named and
      each ask of it fails, as a row; where none is, no load begins and the run
      ends (exit 4). backend.name, .kind and .url are texts, .model is one or
      nil.
  backend:ask(text | prompt, settings) -> reply        one question
  backend:chat(messages, settings) -> reply            { role, content } each
  backend:complete(text | prompt, settings) -> reply   no chat template
  backend:embed(text | texts, settings) -> reply       reply.vectors
      bench help settings, bench help reply.
  backend:describe() -> facts          asked anew: server_version, model,
                                       context, quantization ... or nil
  backend:unload()                     returns when the model is out of memory;
                                       an error where the server cannot
  for backend, round in bench.rounds(backends, times, { order, warm_up,
                                     cool_down, exclusive }) do
      backends: addresses or backends; those that are not there are left out.
      order: "abba", "random", "given". warm_up: rounds before that, as round 0
      (1). cool_down: a duration, or "60C". exclusive: true unloads the others.

Many users (bench help loads)
  bench.load { arrivals, visit, measure | requests, warm_up, at_most, when_full,
               drain, slo, label } -> load
      visit(user) is called for each arrival. An error in one ends the others
      and is raised here. load has label, phase (a number, as in SQL), seconds;
      the counts requests, ok, failed, incomplete, cancelled, dropped; a second
      asked_rate, achieved_rate, output_tps, delivered_tps (or nil); slo_kept
      (nil without slo, and of too few), users (closed); and for each metric,
      times in seconds, a table: load.ttft.n, mean, stddev, min, p50, p90, p95,
      p99, max.
  bench.closed(n, { over })            n users, each comes again when done
  bench.steady(rate)                   visits a second, as are the next three
  bench.poisson(rate, { count })
  bench.gamma(rate, cv, { count })     count: exactly so many, at this rate
  bench.ramp(from, to, over, { growth })   growth: "linear", "exponential"
  bench.burst(n, every)                n at once, again and again
  bench.replay(file, { speed, from, to, unit })   a trace (bench help prompts)
  user:pick(prompts | list) -> one of them     drawn from the user's own stream
  user:random() -> 0 to below 1; (n) -> 1 to n; (m, n) -> m to n
  user.number, user.visit              whose, and which of the load's, it is
  user.row                             the record of a replay, else nil

What they ask (bench help prompts)
  bench.prompts(file | list) -> prompts    #prompts, prompts[i], ipairs
  bench.synthetic { backend, tokens, spread, shared_prefix, count, call }
      -> prompts as long as that backend counts

Time
  bench.together { f, g, ... } -> a, b, ...      the first result of each
      All run at once. An error in one ends the others' waits and is raised.
  bench.sleep(duration) -> true        false when the run is being ended
  bench.now() -> seconds since the run began, by a clock that only goes forward
  bench.seconds(duration) -> number    bench.seconds "1m30s" is 90

What it finds out by itself
  bench.record(name, value, unit)      one value; the unit may be left out where
                                       metrics has it. NaN and infinity: errors
      In a round or a visit it belongs to the request before it, or the first.
  bench.measure(name, f) -> what f returns     records how long f took
  bench.check(reply, name, condition) -> condition     kept; not an error; also
                                       of a response of http
  bench.note(key, value)               a fact to keep with the run

What it may read (bench help sandbox)
  bench.read(file) -> text             below the script, or named in an option
  bench.secret(name) -> handle         of --allow-env NAME; only for headers and
                                       api_key: its text is never seen
  require "helper"                     helper.lua beside the script

Three globals beside Lua's own
  http.get(url, options), http.post(url, options), http.request(url, options)
      -> response, kept as a row like every request. options: method (for
      request), headers, body | json, timeouts, label. response: ok, status,
      headers, body, ttfb, e2e (seconds), error. Where to: bench help sandbox.
  json.encode(value) -> text, json.decode(text) -> value | nil, message
  json.array(list), json.null          an empty list that stays one; null
  log.info(...), log.warn(...)         a line on stderr, as print is on stdout
]]
