#!/usr/bin/env -S bench run
-- Does the model call the tool that it was given, and are the arguments JSON? A check is kept with its
-- request, and a promise can be made about all of them. What the tool says goes back in a second turn.
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

local question = { role = "user", content = "What is the weather in Hamburg? Use the tool." }

for backend in bench.rounds(opt.backends, opt.times) do
  local reply = backend:chat({ question }, { tools = { weather }, max_tokens = 64, label = "call" })
  local call = reply.tool_calls[1]
  if reply.ok then
    bench.check(reply, "called", call ~= nil)
    bench.check(reply, "arguments", call ~= nil and has_city(call))
  end
  if call then
    backend:chat({
      question,
      { role = "assistant", content = reply.text, tool_calls = reply.tool_calls },
      { role = "tool", tool_call_id = call.id, content = "12 degrees, rain" },
    }, { tools = { weather }, max_tokens = 64, label = "answer" })
  end
end
