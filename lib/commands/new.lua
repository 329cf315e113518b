-- bench new NAME: a commented scenario to start from.
local core_text = require "core.text"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local save = require "report.save"
local source = require "core.source"

local command = {}

local TEMPLATE = [==[
#!/usr/bin/env -S bench run
-- What this scenario wants to know. It is read from top to bottom, like any program; bench help api has every function
-- that it may call.
--
--   bench run %s --backends sim            try it without a server
--   bench run %s --times 30                against the backends below
--   bench help %s                          its options
local bench = require "bench"

-- Options become flags: --question TEXT, --times N, --backends LIST. The default gives the type.
local opt = bench.scenario {
  summary = "A question, asked of every backend",
  options = {
    { "question", "What is the capital of France?", "what to ask" },
    { "times",    10,                               "how often to ask each backend" },
    { "backends", { "ollama", "llamacpp" },         "whom to ask (bench help addresses)" },
  },
  -- Promises decide the exit code (bench help expect). Take away the dashes to make one.
  -- expect = { "ttft p50 < 800ms", "errors < 1%%" },
}

-- Each backend in turn, after one round that warms up and is not counted.
for backend in bench.rounds(opt.backends, opt.times) do
  local reply = backend:ask(opt.question, { max_tokens = 128, temperature = 0 })

  -- A failed request is data: reply.ok is false and reply.error says why. What a check finds is kept.
  if reply.ok then
    bench.check(reply, "says Paris", reply.text:find "Paris" ~= nil)
  end
end
]==]

function command.main()
  local name = options.arguments[1]
  if #options.arguments ~= 1 or not name:gsub("%.lua$", ""):find "[^/]$" then
    return refusal.say "say how to call it: bench new NAME"
  end
  local path = name:find "%.lua$" and name or name .. ".lua"
  if source.kind(path) then
    return refusal.say(("there is a file %s already; nothing was written"):format(path))
  end
  local word = core_text.quoted(path)
  local saved, message = save.file(path, function(write)
    write((TEMPLATE:format(word, word, word)))
  end)
  if not saved then
    return refusal.say("cannot write " .. message)
  end
  output.out(("wrote %s\n  bench run %s --backends sim\n"):format(path, word))
  return 0
end

return command
