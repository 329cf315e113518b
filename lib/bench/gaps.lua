-- Times between the token events of one answer (ICL), and between its tokens (ITL); ms, from µs since t0, as the
-- timeline keeps them.
local gaps = {}

function gaps.between_events(times)
  local list = {}
  for i = 2, #times do
    list[i - 1] = (times[i] - times[i - 1]) / 1000
  end
  return list
end

-- An event of n tokens is n gaps of an n-th each; those of the first one came together. There are none where it came
-- alone, or the tokens of the events (nil: one each) do not add up to `counted`, the server's own count (nil: it gave
-- none).
function gaps.between_tokens(times, tokens, counted)
  local list, total = {}, 0
  for i = 1, #times do
    local count = tokens and tokens[i] or 1
    local gap = i > 1 and (times[i] - times[i - 1]) / 1000 / count or 0
    total = total + count
    for _ = 1, i > 1 and count or count - 1 do
      list[#list + 1] = gap
    end
  end
  return #times > 1 and total == counted and list or {}
end

return gaps
