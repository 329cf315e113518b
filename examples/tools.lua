#!/usr/bin/env -S bench run
-- Does the model call the tool that it was given, and are the arguments JSON? A check is kept with its
-- request, and a promise can be made about all of them.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Does it call a tool, and with arguments that can be read",
  options = {
    { "times",    5, "how often to ask each backend" },
    { "backends", { "ollama#qwen2:0.5b", "vllm" }, "whom to ask" },
  },
  expect = { "errors < 50%" },
}

local weather = {
  type = "function",
  ["function"] = {
    name = "get_weather",
    description = "The weather of a city, now",
    parameters = {
      type = "object",
      properties = { city = { type = "string" } },
      required = json.array { "city" },
    },
  },
}

local function has_city(call)
  local arguments = json.decode(call.arguments)
  return type(arguments) == "table" and type(arguments.city) == "string"
end

for backend in bench.rounds(opt.backends, opt.times) do
  local reply = backend:ask("What is the weather in Hamburg? Use the tool.", { tools = { weather }, max_tokens = 64 })
  if reply.ok then
    local call = reply.tool_calls[1]
    bench.check(reply, "called", call ~= nil)
    bench.check(reply, "arguments", call ~= nil and has_city(call))
  end
end
