-- Which prompts did two sides answer, and how many tokens did each count?
local prompts = {}

local MOST = 1000 -- prompts whose tokens are held against each other

-- requests: rows of requests.sql -> rows for each prompt, in the order in which they were asked first; and by prompt.
local function answered(requests)
  local list, by_prompt = requests:where("outcome", "ok"):where("prompt"):groups "prompt", {}
  for _, rows in ipairs(list) do
    by_prompt[rows:first "prompt"] = rows
  end
  return list, by_prompt
end

local function tokens_of(rows)
  local most = rows:quantiles("prompt_tokens", { 1 })
  return most and math.tointeger(most[1])
end

-- -> list of { base, new (tokens, or nil), base_seq, new_seq } of the first prompts that both answered; and how many
-- each answered and both: { base, new, both }.
function prompts.shared(base, new)
  local base_list = answered(base)
  local new_list, new_by_prompt = answered(new)
  local list, apart = {}, { base = #base_list, new = #new_list, both = 0 }
  for i, rows in ipairs(base_list) do
    local other = new_by_prompt[rows:first "prompt"]
    apart.both = apart.both + (other and 1 or 0)
    if other and i <= MOST then
      list[#list + 1] = { base = tokens_of(rows), new = tokens_of(other), base_seq = rows:first "seq",
        new_seq = other:first "seq" }
    end
  end
  return list, apart
end

-- The median prompt of what was answered: tokens, or nil where nobody counted them.
function prompts.median(requests)
  local median = requests:where("outcome", "ok"):quantiles("prompt_tokens", { 0.5 })
  return median and median[1]
end

-- The share of what was answered that came out of a cache, by tokens; nil where nobody says.
function prompts.cached(requests)
  local known = requests:where("outcome", "ok"):where("cached_tokens"):where "prompt_tokens"
  local all = known:sum "prompt_tokens"
  return all and all > 0 and known:sum "cached_tokens" / all or nil
end

-- The share of what was answered that began with reasoning.
function prompts.thought(requests)
  local answered_ones = requests:where("outcome", "ok")
  local all = answered_ones:count()
  return all > 0 and answered_ones:count "thought" / all or nil
end

return prompts
