-- How much of its prompts a server found in its cache, and so did not read again.
local cached = {}

cached.APART = 0.2 -- that much less to read is other work

-- The share of what was answered, by tokens; nil where nobody says, as one who leaves what came out of the cache out of
-- the prompt. Cold starts are in none of the numbers beside it.
function cached.share(requests)
  local answered = requests:where("outcome", "ok"):without("cold_start", 1)
  local known = answered:where("cached_tokens"):where "prompt_tokens"
  local all = known:where("cache_beside", 1):count() == 0 and known:sum "prompt_tokens"
  return all and all > 0 and known:sum "cached_tokens" / all or nil
end

function cached.words(share)
  return share and ("%.0f %%"):format(100 * share)
end

return cached
