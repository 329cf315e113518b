-- What `vllm bench serve` --save-detailed says of each request: lists with an item for each. Without it there are
-- only end-to-end times, and of failures only how many. A value that is no number is not there.
local document = require "import.document"
local fit = require "import.fit"
local json = require "core.json"

local vllm_requests = {}

local names = { "latencies", "errors", "start_times", "queue_times", "ttfts", "itls", "input_lens", "output_lens",
  "generated_texts" }

local function planned(lists, i)
  local start = fit.number_at(lists.start_times, i)
  return start and start - (fit.number_at(lists.queue_times, i) or 0)
end

local function first_planned(lists)
  local first
  for i = 1, #(lists.start_times or {}) do
    local moment = planned(lists, i)
    first = moment and math.min(first or moment, moment) or first
  end
  return first
end

local function has_failed(lists, i)
  local message = lists.errors and lists.errors[i]
  if message == nil then
    return fit.number_at(lists.latencies, i) == 0
  end
  return message ~= "" and message ~= json.null
end

-- The values that vLLM's own statistics are of, in ms.
local function gather(values, request, gaps)
  local ttft, latency = request.t_first_event, request.t_finish
  values.ttft[#values.ttft + 1] = ttft and ttft * 1000
  values.e2el[#values.e2el + 1] = latency and latency * 1000
  if ttft and latency and (request.output_tokens or 0) > 1 then
    values.tpot[#values.tpot + 1] = (latency - ttft) * 1000 / (request.output_tokens - 1)
  end
  for _, gap in ipairs(request.events and gaps or {}) do
    values.itl[#values.itl + 1] = gap * 1000
  end
end

local function outcome(request, lists, i)
  if has_failed(lists, i) then
    request.outcome, request.error_kind = "failed", "server_error"
    request.error_message = lists.errors and lists.errors[i]
    return request
  end
  local text = lists.generated_texts and lists.generated_texts[i]
  request.outcome, request.t_finish = "ok", fit.number_at(lists.latencies, i)
  request.t_first_event = fit.number_at(lists.ttfts, i)
  request.events = document.times(request.t_first_event, lists.itls and lists.itls[i])
  request.output_tokens = fit.number_at(lists.output_lens, i)
  request.answer = type(text) == "string" and text or nil
  request.answer_chars = request.answer and utf8.len(request.answer)
  return request
end

-- result: fields of one benchmark; place: backend, call, label, phase; started: of the phase, in seconds of the run.
-- -> the values of ttft, tpot, itl and e2el, as lists
function vllm_requests.take(run, result, place, started)
  local lists = {}
  for _, name in ipairs(names) do
    lists[name] = result:table(name)
  end
  local values = { ttft = {}, tpot = {}, itl = {}, e2el = {} }
  local first = first_planned(lists)
  for i = 1, #(lists.latencies or {}) do
    local start = fit.number_at(lists.start_times, i)
    local request = outcome({ backend = place.backend, phase = place.phase, call = place.call, label = place.label,
      streamed = 1, at = start and started + start - first, wait = fit.number_at(lists.queue_times, i),
      prompt_tokens = fit.number_at(lists.input_lens, i), are_chunks = true,
      token_source = lists.output_lens and "vllm bench serve" or nil }, lists, i)
    run:request(request)
    if request.outcome == "ok" then
      gather(values, request, lists.itls and lists.itls[i])
    end
  end
  return values
end

return vllm_requests
