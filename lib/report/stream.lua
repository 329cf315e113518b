-- How tokens came: one by one, or held back and several at once, which decides what TTFT and a rate are of.
local stream = {}

-- Whether most answers began with several tokens at once, or came so; nil where none was streamed. rows: of what went
-- well, with held_back (1, 0; null: not streamed).
function stream.is_held_back(rows)
  local streamed = rows:count "held_back"
  if streamed > 0 then
    return rows:where("held_back", 1):count() * 2 > streamed
  end
end

-- In words, or nil for nil.
function stream.words(is_held_back)
  if is_held_back ~= nil then
    return is_held_back and "several tokens at once" or "token by token"
  end
end

return stream
