-- What two sides did: rows of requests whose latencies are drawn around known ratios, in turn or one after the other;
-- how long their prompts were, what came out of a cache, what failed, what was lost for being slow, and how it came.
local work = {}

local SLOW, PATIENCE = 4, 2.5 -- times as late as usual: some of it, where there is a slow part; what is lost

local MS = 1000000

-- cv: a deviation as a share; a tenth of a long-tailed one is late by a third.
local function noise(plan)
  local normal = math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())
  local late = plan.has_tail and math.random() < 0.1 and 0.3 or 0
  return math.exp(plan.cv * normal + late)
end

-- in_turn: rounds of both sides alternate, within one run.
function work.draw(random, in_turn)
  local plan = { in_turn = in_turn, has_rounds = in_turn or random.chance(0.5),
    rounds = random.one_of { 2, 3, 5, 6, 8, 10, 20 }, each = random.one_of { 1, 1, 3 },
    ratio = random.one_of { 1, 1, 1, 1.02, 1.1, 2 }, cv = random.one_of { 0, 0.02, 0.05, 0.1 },
    has_tail = random.chance(0.2) }
  if not plan.has_rounds then
    plan.rounds, plan.each = 1, random.one_of { 10, 40, 90, 200 }
  end
  plan.new_rounds = not in_turn and plan.has_rounds and random.chance(0.3) and random.one_of { 2, 5, 20, 50 }
    or plan.rounds
  plan.base = { level = 1, cached = random.one_of { 0, 0.9 }, prompt_tokens = 20, output_tokens = 16, fails = 0 }
  plan.new = { level = plan.ratio, cached = plan.base.cached, prompt_tokens = 20, output_tokens = 16, fails = 0 }
  local change = random.one_of { "", "", "", "", "", "cached", "uncounted", "prompts", "length", "fails", "loses",
    "loses", "thinks", "whole", "cold" }
  change = change == "prompts" and plan.each == 1 and "" or change
  plan.change = change
  if change == "cached" then
    plan.new.cached = 0.9 - plan.base.cached
  elseif change == "uncounted" then
    plan.new.cached = nil
  elseif change == "prompts" then
    plan.new.other_tokens = 300
  elseif change == "length" then
    plan.new.output_tokens = 64
  elseif change == "fails" then
    plan.new.fails = 0.4
  elseif change == "loses" then
    plan.has_slow, plan.new.loses = true, random.one_of { "failed", "truncated", "cancelled",
      "incomplete" }
  elseif change == "thinks" then
    plan.new.reasoning_tokens = 12
  elseif change == "whole" then
    plan.new.is_whole = true
  elseif change == "cold" then
    plan.new.cold = 2
  end
  return plan
end

-- How late the first token is, of what is usual.
local function lateness(plan, side, round, i)
  local is_slow = plan.has_slow and math.random() < 0.4
  local is_cold = side.cold and round == 1 and i <= side.cold
  return noise(plan) * ((is_slow or is_cold) and SLOW or 1), is_cold and 1 or 0
end

local function outcome_of(side, late)
  if side.loses and late > PATIENCE then
    return side.loses
  end
  return math.random() >= side.fails and "ok" or "failed"
end

local function add_times(row, side, first, last)
  row.t_end, row.streamed = last, side.is_whole and 0 or 1
  if side.is_whole then
    row.events = 1
    return
  end
  row.t_first_event, row.t_first_token, row.t_last_token, row.t_first_content = first, first, last, first
  if side.reasoning_tokens then
    row.t_first_content = first + (last - first) * side.reasoning_tokens // side.output_tokens
  end
end

local function row_of(plan, side, seq, number, round, i)
  local start = seq * 1000 * MS
  local late, cold = lateness(plan, side, round, i)
  local first = start + math.floor(100 * MS * side.level * late)
  local last = first + math.floor(20 * MS * (side.output_tokens - 1) * side.level * noise(plan))
  local outcome = outcome_of(side, late)
  local is_other = side.other_tokens and i > 1 -- one of them both have
  local prompt_tokens = is_other and side.other_tokens or side.prompt_tokens
  local evaluated = side.cached and math.floor(prompt_tokens * (1 - side.cached) + 0.5)
  local row = { seq = seq, backend = number, phase_kind = "measure", call = "chat",
    round = plan.has_rounds and round or nil, prompt = is_other and "q" .. i or "p", t_start = start,
    t_sent = start + 1000, t_headers = start + 2000, outcome = outcome,
    finish_reason = outcome == "ok" and "length" or nil, flags = "", cold_start = cold, events = side.output_tokens,
    prompt_tokens = prompt_tokens, evaluated_tokens = evaluated,
    cached_tokens = evaluated and prompt_tokens - evaluated,
    output_tokens = side.output_tokens, reasoning_tokens = side.reasoning_tokens, token_source = "usage",
    answer_chars = 4 * side.output_tokens }
  add_times(row, side, first, last)
  return row
end

-- -> rows of the base side, rows of the new one. Of one run their seq are one series.
function work.rows(plan, within)
  local base, new, seq = {}, {}, 0
  local function add(list, side, number, round, i)
    seq = seq + 1
    list[#list + 1] = row_of(plan, side, seq, number, round, i)
  end
  for round = 1, plan.rounds do
    for i = 1, plan.each do
      add(base, plan.base, 1, round, i)
    end
    for i = 1, plan.in_turn and plan.each or 0 do
      add(new, plan.new, 2, round, i)
    end
  end
  seq = within and seq or 0
  for round = 1, plan.in_turn and 0 or plan.new_rounds do
    for i = 1, plan.each do
      add(new, plan.new, within and 2 or 1, round, i)
    end
  end
  return base, new
end

return work
