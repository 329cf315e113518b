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

-- Of a prompt what neither asked past the cache, or both did, since a nonce is of tokens, too; else all, and true.
local function alike(base, new)
  for _, cache in ipairs { "as-is", "bypass" } do
    local ours, theirs = base:where("cache", cache), new:where("cache", cache)
    if ours:count() > 0 and theirs:count() > 0 then
      return ours, theirs
    end
  end
  return base, new, base:count "cache" > 0 and new:count "cache" > 0
end

-- -> list of { base, new (tokens, or nil), base_seq, new_seq, nonce (true: one side alone asked past its cache) } of
-- the first prompts that both answered; and how many each answered and both: { base, new, both }.
function prompts.shared(base, new)
  local base_list = answered(base)
  local new_list, new_by_prompt = answered(new)
  local list, apart = {}, { base = #base_list, new = #new_list, both = 0 }
  for i, rows in ipairs(base_list) do
    local other = new_by_prompt[rows:first "prompt"]
    apart.both = apart.both + (other and 1 or 0)
    if other and i <= MOST then
      local ours, theirs, is_apart = alike(rows, other)
      list[#list + 1] = { base = tokens_of(ours), new = tokens_of(theirs), base_seq = rows:first "seq",
        new_seq = other:first "seq", nonce = is_apart or nil }
    end
  end
  return list, apart
end

-- Whether both answered some, and none in common.
function prompts.are_apart(base, new)
  local base_list = answered(base)
  local new_list, new_by_prompt = answered(new)
  for _, rows in ipairs(base_list) do
    if new_by_prompt[rows:first "prompt"] then
      return false
    end
  end
  return #base_list > 0 and #new_list > 0
end

-- The median prompt of what was answered: tokens, or nil where nobody counted them.
function prompts.median(requests)
  local median = requests:where("outcome", "ok"):quantiles("prompt_tokens", { 0.5 })
  return median and median[1]
end

-- The share of what was answered that began with reasoning.
function prompts.thought(requests)
  local answered_ones = requests:where("outcome", "ok")
  local all = answered_ones:count()
  return all > 0 and answered_ones:count "thought" / all or nil
end

return prompts
