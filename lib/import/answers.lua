-- Our own plain table, for what was measured by hand or published elsewhere: a CSV with a head line, one
-- answer a line. Columns: backend and seconds (the whole answer), and any of round, chars or chars_per_s,
-- prompt_tokens, output_tokens, ttft_ms, model, quantization, label. A cell that is empty is not known.
local csv = require "import.csv"
local dates = require "import.dates"

local answers = { tool = "answers", prefix = "answers" }

local known = { backend = true, seconds = true, round = true, chars = true, chars_per_s = true,
  prompt_tokens = true, output_tokens = true, ttft_ms = true, model = true, quantization = true, label = true }

function answers.fits(file)
  local head = "," .. (file.text:match "^[^\r\n]*" or "") .. ","
  return head:find(",backend,", 1, true) ~= nil and head:find(",seconds,", 1, true) ~= nil
end

local function number_of(row, name, number)
  local cell = row[name]
  if cell == nil or cell == "" then
    return nil
  end
  local value = tonumber(cell)
  if not value or value ~= value or value < 0 or value == math.huge then
    error({ message = ("answer %d: %s is no number: %s"):format(number, name, cell) })
  end
  return math.tointeger(value) or value
end

-- Characters are whole: a rate times its seconds gives them back.
local function characters(row, number, seconds)
  local chars, rate = number_of(row, "chars", number), number_of(row, "chars_per_s", number)
  return chars or rate and math.floor(rate * seconds + 0.5)
end

local function backend_of(run, numbers, row)
  local name = row.backend
  if not numbers[name] then
    numbers[name] = run:backend { name = name, kind = "unknown", model = row.model ~= "" and row.model or nil,
      quantization = row.quantization ~= "" and row.quantization or nil }
  end
  return numbers[name]
end

local function take_row(run, numbers, row, number)
  local seconds = number_of(row, "seconds", number)
  if not seconds or row.backend == "" then
    error({ message = ("answer %d has no %s"):format(number, seconds and "backend" or "seconds") })
  end
  local ttft = number_of(row, "ttft_ms", number)
  local output = number_of(row, "output_tokens", number)
  run:request { backend = backend_of(run, numbers, row), call = "chat", outcome = "ok",
    round = number_of(row, "round", number), label = row.label ~= "" and row.label or nil, streamed = ttft and 1 or 0,
    t_first_token = ttft and ttft / 1000, t_last_token = ttft and seconds, t_end = seconds,
    answer_chars = characters(row, number, seconds), prompt_tokens = number_of(row, "prompt_tokens", number),
    output_tokens = output, token_source = output and "file" or nil }
end

function answers.take(file, run)
  local rows, columns = csv.rows(file.text)
  if not rows then
    error({ message = "its lines do not fit its head line" })
  end
  for _, name in ipairs(columns) do
    if not known[name] then
      run:leave("column " .. name)
    end
  end
  local numbers = {}
  for i, row in ipairs(rows) do
    take_row(run, numbers, row, i)
  end
  dates.start(run)
end

return answers
