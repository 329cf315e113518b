-- Where things are in a message of an OpenAI-style answer, in the spellings of all who speak it: the places that
-- such dialects share. Of one field the first that is there wins.

-- Of a choice: the field, its name where it is all there is instead of the next piece, and paths.
local of_choice = {
  { "content", "whole_content", {
    "content[*].text", "content.text", -- an answer in parts, and one part alone
    "content", "refusal", "audio.transcript", "text" } },
  { "reasoning", "whole_reasoning", {
    "reasoning_content[*].text", "reasoning[*].text", -- in parts
    "reasoning_content.text", "reasoning.text", "thinking.content", -- Bedrock's, as gateways hand it on
    "reasoning_content", "reasoning", "reasoning_text", "thinking",
    "content[*].thinking[*].text", "content[*].thinking", "content[*].summary[*].text",
    "reasoning_details[*].text", "reasoning_details[*].summary", "thinking_blocks[*].thinking" } },
  { "tool_name", "whole_tool_name", {
    "tool_calls[*].function.name", "tool_calls[*].custom.name",
    "tool_calls.function.name", -- TGI: one that is in no list
    "tool_calls[*].name", -- as the Responses API names it
    "function_call.name" } }, -- before there were tools
  { "tool_arguments", "whole_tool_arguments", {
    "tool_calls[*].function.arguments", "tool_calls[*].custom.input",
    "tool_calls.function.arguments", "tool_calls[*].arguments", "function_call.arguments" } },
  { "tool_id", "whole_tool_id", { "tool_calls[*].id", "tool_calls.id" } },
  { "tool_index", "tool_index", { "tool_calls[*].index" } },
}

local of_usage = {
  { "prompt_tokens", { "prompt_tokens", "input_tokens" } },
  { "cached_tokens", {
    "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens",
    "prompt_token_details.cached_tokens", "num_cached_tokens", -- Mistral's
    "prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens" } },
  { "output_tokens", { "completion_tokens", "output_tokens" } },
  { "reasoning_tokens", {
    "completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens", "reasoning_tokens" } },
  { "total_tokens", { "total_tokens" } },
}

local of_message = {
  { "content", { "choices[*].text" } },
  { "reasoning", { -- beside that text
    "choices[*].reasoning_content", "choices[*].reasoning", "choices[*].thinking" } },
  { "choice", { "choices[*].index" } },
  -- SGLang's own form of a reason: { "type": "abort", "message": ... }
  { "finish", { "choices[*].finish_reason.type", "choices[*].finish_reason", "choices[*].finishReason" } },
  { "native_finish", { "choices[*].native_finish_reason" } }, -- OpenRouter's: "network_error" beside "stop"
  { "error", {
    "error.message", "error", "choices[*].error.message", "choices[*].error",
    "choices[*].delta.error.message", "choices[*].delta.error", "errors[0].message", "errors[0]", "x_groq.error" } },
  { "kind", { "object", "type" } },
  -- { "object": "error", "message": ... }, but also "success" beside an answer
  { "words", { "message", "detail", "msg", "error_message", "error_msg", "errorMessage", "base_resp.status_msg" } },
  { "model", { "model" } },
}

local places = {}

local function add(field, below, paths, scale)
  for _, path in ipairs(paths) do
    places[#places + 1] = { field = field, path = below .. path, scale = scale or 1 }
  end
end

for _, each in ipairs(of_choice) do
  local piece, whole, paths = table.unpack(each)
  add(piece, "choices[*].delta.", paths)
  add(whole, "choices[*].message.", paths) -- some servers repeat the whole beside its pieces
end
for _, usage in ipairs { "usage", "choices[*].usage", "x_groq.usage" } do
  add("usage", usage, { "" })
  for _, each in ipairs(of_usage) do
    add(each[1], usage .. ".", each[2])
  end
end
for _, each in ipairs(of_message) do
  add(each[1], "", each[2])
end
-- Groq's, and Cerebras', in seconds
add("server_queue", "", { "usage.queue_time", "x_groq.usage.queue_time", "time_info.queue_time" }, 1e9)

return places
