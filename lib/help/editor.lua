-- bench help editor: a file for editors, of what bench help api, settings and reply say.
local lists = require "bench.lists"
local tally = require "bench.tally"

local function field(metric)
  return ("---@field %s bench.Statistics\n"):format(metric.name == "end" and '["end"]' or metric.name)
end

return [[
-- The script, as editors read it (LuaLS and others)
-- Beside the script:  bench help editor > bench.meta.lua
---@meta bench

---@class bench
local bench = {}

-- "800ms", "2s", "5m", or a number of seconds
---@alias bench.Duration string|number

-- What a script declares

---@class bench.Declaration
---@field summary? string
---@field options? table[] { "name", default, "help" } each
---@field metrics? table[] { "name", "unit", "meaning", better = "lower" } each
---@field expect? string[] "ttft p95 < 800ms" and the like (bench help expect)
---@field needs? string[] "bench 1.0", "net HOST[:PORT]", "env NAME"

-- The first call of a script. Gives the values of its options.
---@param declaration bench.Declaration
---@return table<string, any> opt
function bench.scenario(declaration) end

-- As a default: the user must give a value.
bench.required = {}

-- Ends a run whose options do not fit, as wrong usage (exit 2).
---@param why string
function bench.refuse(why) end

-- Whom it asks

---@class bench.Timeouts false or "none": no limit
---@field connect? bench.Duration|false
---@field first_token? bench.Duration|false
---@field idle? bench.Duration|false
---@field total? bench.Duration|false

-- bench help settings
---@class bench.Settings
---@field max_tokens? number
---@field min_tokens? number
---@field ignore_eos? boolean
---@field temperature? number
---@field top_p? number
---@field top_k? number
---@field seed? number
---@field stop? string|string[]
---@field system? string a text before the conversation
---@field tools? table[] sent as they are
---@field extra? table merged deeply into the body
---@field stream? boolean
---@field cache? "as-is"|"bypass"
---@field headers? table<string, string|number|bench.Secret>
---@field timeouts? bench.Timeouts
---@field retries? number after 429, 503 and a refused connection
---@field cancel_after? bench.Duration
---@field label? string|number
---@field on_token? fun(text: string, t: number) may not wait

---@class bench.BackendOptions
---@field headers? table<string, string|number|bench.Secret>
---@field api_key? string|bench.Secret
---@field settings? bench.Settings
---@field proxy? string
---@field http2? boolean

---@class bench.Error
---@field kind string
---@field message string

---@class bench.Tokens as the server counted
---@field prompt? integer
---@field evaluated? integer
---@field cached? integer
---@field output? integer
---@field reasoning? integer

---@class bench.Server seconds by its own clock
---@field load? number
---@field queue? number
---@field prefill? number
---@field decode? number

---@class bench.ToolCall
---@field name string
---@field arguments string JSON
---@field id? string

-- Times are seconds (bench help reply)
---@class bench.Reply
---@field ok boolean
---@field outcome string
---@field error bench.Error nil when ok
---@field text string
---@field texts string[]
---@field reasoning string
---@field tool_calls bench.ToolCall[]
---@field vectors number[][] of an embed, else nil
---@field ttft? number
---@field ttfc? number
---@field tpot? number
---@field e2e? number
---@field tokens bench.Tokens
---@field server bench.Server
---@field finish_reason? string
---@field status? integer
---@field headers table<string, string> names in lower case
---@field attempts integer
---@field model? string

---@class bench.Message
---@field role string
---@field content any
---@field tool_calls? table[] those of a reply, or as the server has them
---@field tool_call_id? string

---@class bench.Prompt and every other field of its line
---@field text? string
---@field messages? bench.Message[]
---@field [string] any

---@class bench.Backend
---@field name string
---@field kind string
---@field url string
---@field model? string
local backend = {}

-- One question.
---@param prompt string|bench.Prompt
---@param settings? bench.Settings
---@return bench.Reply
function backend:ask(prompt, settings) end

-- A conversation.
---@param messages bench.Message[]
---@param settings? bench.Settings
---@return bench.Reply
function backend:chat(messages, settings) end

-- No chat template.
---@param prompt string|bench.Prompt
---@param settings? bench.Settings
---@return bench.Reply
function backend:complete(prompt, settings) end

-- Its vectors are reply.vectors.
---@param texts string|string[]
---@param settings? bench.Settings
---@return bench.Reply
function backend:embed(texts, settings) end

-- What the server says about itself, asked anew.
---@return table<string, any> facts
function backend:describe() end

-- Returns when the model is out of memory; an error where the server cannot.
function backend:unload() end

-- ollama#MODEL, vllm://HOST:PORT ... (bench help addresses)
---@param address string
---@param options? bench.BackendOptions
---@return bench.Backend
function bench.backend(address, options) end

---@class bench.RoundsOptions
---@field order? "abba"|"random"|"given"
---@field warm_up? number rounds before, as round 0 (1)
---@field cool_down? bench.Duration or "60C"
---@field exclusive? boolean unloads the others

-- for backend, round in bench.rounds(opt.backends, 5) do ... end
---@param backends string|bench.Backend|(string|bench.Backend)[]
---@param times number
---@param options? bench.RoundsOptions
---@return fun(): bench.Backend, integer
function bench.rounds(backends, times, options) end

-- Many users (bench help loads)

---@class bench.Arrivals

---@class bench.User
---@field number integer whose visit it is
---@field visit integer which of the load's
---@field row? table<string, any> the record of a replay
local user = {}

-- One of them, drawn from the user's own stream.
---@generic T
---@param prompts T[]
---@return T
function user:pick(prompts) end

-- From 0 to below 1; (n) from 1 to n; (m, n) from m to n.
---@param m number
---@param n? number
---@return integer
---@overload fun(self: bench.User): number
function user:random(m, n) end

---@class bench.LoadOptions
---@field arrivals bench.Arrivals
---@field visit fun(user: bench.User)
---@field measure? bench.Duration the window; or requests
---@field requests? number measured ones; 0: it only warms up
---@field warm_up? bench.Duration a number: of visits
---@field at_most? number
---@field when_full? "wait"|"drop"
---@field drain? bench.Duration
---@field slo? string[]
---@field label? string

---@class bench.Statistics of times in seconds
---@field n integer
---@field mean? number
---@field stddev? number
---@field min? number
---@field p50? number
---@field p90? number
---@field p95? number
---@field p99? number
---@field max? number

---@class bench.Load
---@field label string
---@field phase integer as in SQL
---@field seconds number
---@field requests integer
---@field ok integer
---@field failed integer
---@field incomplete integer
---@field cancelled integer
---@field dropped integer
---@field asked_rate? number visits a second
---@field achieved_rate? number
---@field output_tps? number
---@field delivered_tps? number
---@field slo_kept? boolean nil without slo, or of too few
---@field users? integer of a closed load
]] .. table.concat(lists.map(tally.kept, field)) .. [[

-- Returns when the window is over and what was begun is drained.
---@param options bench.LoadOptions
---@return bench.Load
function bench.load(options) end

-- n users, each comes again when done.
---@param n number
---@param options? { over: bench.Duration }
---@return bench.Arrivals
function bench.closed(n, options) end

---@param rate number visits a second
---@return bench.Arrivals
function bench.steady(rate) end

---@param rate number visits a second
---@param options? { count: number }
---@return bench.Arrivals
function bench.poisson(rate, options) end

---@param rate number visits a second
---@param cv number standard deviation of the gaps / their mean
---@param options? { count: number }
---@return bench.Arrivals
function bench.gamma(rate, cv, options) end

---@param from number visits a second
---@param to number
---@param over bench.Duration
---@param options? { growth: "linear"|"exponential" }
---@return bench.Arrivals
function bench.ramp(from, to, over, options) end

-- n at once, again and again.
---@param n number
---@param every bench.Duration
---@return bench.Arrivals
function bench.burst(n, every) end

---@class bench.ReplayOptions
---@field speed? number
---@field from? bench.Duration
---@field to? bench.Duration
---@field unit? "s"|"ms"|"us"|"ns"

-- A recorded trace (bench help prompts).
---@param file string
---@param options? bench.ReplayOptions
---@return bench.Arrivals
function bench.replay(file, options) end

-- What they ask (bench help prompts)

-- Those of a file, or of a list.
---@param file string|(string|bench.Prompt)[]
---@return bench.Prompt[]
function bench.prompts(file) end

---@class bench.SyntheticOptions
---@field backend bench.Backend
---@field tokens number|fun(user?: bench.User): number
---@field spread? number
---@field shared_prefix? number
---@field count? number
---@field call? "chat"|"complete"

-- Prompts as long as the backend counts.
---@param options bench.SyntheticOptions
---@return bench.Prompt[]
function bench.synthetic(options) end

-- Time

-- Runs all at once; gives the first result of each.
---@param functions (fun(): any)[]
---@return any ...
function bench.together(functions) end

---@param duration bench.Duration
---@return boolean slept false when the run is being ended
function bench.sleep(duration) end

-- Seconds since the run began, by a clock that only goes forward.
---@return number
function bench.now() end

-- A duration, as an option has it, to reckon with.
---@param duration bench.Duration
---@return number
function bench.seconds(duration) end

-- What it finds out by itself

---@param name string
---@param value number
---@param unit? string not needed where metrics declares it
function bench.record(name, value, unit) end

-- Calls f, keeps how long it took, gives what it gives.
---@generic T
---@param name string
---@param f fun(): T
---@return T
function bench.measure(name, f) end

-- Keeps whether the condition held for that reply, or that response of http.
---@generic T
---@param reply bench.Reply | bench.Response
---@param name string
---@param condition T
---@return T condition
function bench.check(reply, name, condition) end

-- A fact to keep with the run.
---@param key string
---@param value any
function bench.note(key, value) end

-- What it may read (bench help sandbox)

---@class bench.Secret

---@param file string
---@return string
function bench.read(file) end

---@param name string of --allow-env NAME
---@return bench.Secret
function bench.secret(name) end

-- Globals beside Lua's own

---@class bench.HttpOptions
---@field method? string for http.request
---@field headers? table<string, string|number|bench.Secret>
---@field body? string
---@field json? any
---@field timeouts? bench.Timeouts
---@field label? string|number

---@class bench.Response
---@field ok boolean
---@field status? integer
---@field headers table<string, string>
---@field body string
---@field ttfb? number seconds
---@field e2e? number
---@field error bench.Error nil when ok

http = {}

---@param url string
---@param options? bench.HttpOptions
---@return bench.Response
function http.get(url, options) end

---@param url string
---@param options? bench.HttpOptions
---@return bench.Response
function http.post(url, options) end

---@param url string
---@param options? bench.HttpOptions
---@return bench.Response
function http.request(url, options) end

json = {}

-- null, where nil would be nothing at all.
json.null = {}

---@param value any
---@return string
function json.encode(value) end

---@param text string
---@return any value nil, message where it is none
---@return string? message
function json.decode(text) end

-- An empty list that stays one.
---@generic T
---@param list T[]
---@return T[]
function json.array(list) end

log = {}

function log.info(...) end

function log.warn(...) end

return bench
]]
