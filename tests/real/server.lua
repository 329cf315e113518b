-- How each real server is asked directly, and what it can know of itself.
local cjson = require "cjson"

local server = {}

-- Columns of the view backends that each kind can fill.
server.known = {
  llamacpp = { "server_version", "model", "parameters", "quantization", "context", "slots" },
  ollama = { "server_version", "model", "digest", "architecture", "parameters", "quantization", "context" },
  vllm = { "server_version", "model", "context" },
}

-- An answer that goes on for seconds, within what the server allows.
server.most_tokens = { llamacpp = 100000, ollama = 100000, vllm = 900 }

-- How many answers it computes side by side: more would wait for the first one, which here is long.
server.at_once = { llamacpp = 1, ollama = 1, vllm = 4 }

server.has_clock = { llamacpp = true, ollama = true, vllm = false }

-- Script lines after which a prompt is new to the server: Ollama counts only what it evaluates.
server.before_cold = { llamacpp = "", ollama = "backend:unload()\n", vllm = "" }

local function post(address, path, body)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(cjson.encode(body))
  file:close()
  local pipe = assert(io.popen(string.format("curl -s --noproxy '*' -H 'Content-Type: application/json'"
    .. " --data-binary @'%s' 'http://%s%s'", name, address, path)))
  local text = pipe:read("a")
  pipe:close()
  os.remove(name)
  local answer = cjson.decode(text)
  assert((answer.error or cjson.null) == cjson.null, path .. ": " .. text)
  return answer
end

local function messages(question)
  return { { role = "user", content = question } }
end

-- A plain, not streamed ask without bench: { prompt, output, text }.
function server.ask(kind, address, model, question, max_tokens)
  if kind == "ollama" then
    post(address, "/api/generate", { model = model, keep_alive = 0 })
    local answer = post(address, "/api/chat", { model = model, messages = messages(question), stream = false,
      options = { num_predict = max_tokens, temperature = 0, seed = 1 } })
    return { prompt = math.tointeger(answer.prompt_eval_count), output = math.tointeger(answer.eval_count),
      text = answer.message.content }
  end
  local answer = post(address, "/v1/chat/completions", { model = model, messages = messages(question),
    max_tokens = max_tokens, temperature = 0, seed = 1 })
  return { prompt = math.tointeger(answer.usage.prompt_tokens), output = math.tointeger(answer.usage.completion_tokens),
    text = answer.choices[1].message.content }
end

local function children(pid)
  local list, pipe = {}, assert(io.popen("ps -o pid= --ppid " .. pid))
  for line in pipe:lines() do list[#list + 1] = line:match("%d+") end
  pipe:close()
  return list
end

-- llama-server computes itself; Ollama and vLLM have processes that do. Found when it is time: the
-- shell command that names them.
function server.process_to_kill(kind, pid)
  if kind == "llamacpp" then return pid end
  if kind == "ollama" then return "$(ps -o pid= --ppid " .. pid .. ")" end
  local engines = children(pid)
  return table.concat(engines, " ")
end

return server
