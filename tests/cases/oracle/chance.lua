-- Choices that depend on nothing but the seed.
local chance = {}

function chance.begin(seed)
  math.randomseed(seed)
end

function chance.of(share)
  return math.random() < share
end

function chance.whole(least, most)
  return math.random(least, most)
end

function chance.pick(list)
  return list[math.random(#list)]
end

-- { { weight, value }, ... } -> a value
function chance.weighed(list)
  local sum = 0
  for _, each in ipairs(list) do sum = sum + each[1] end
  local at = math.random() * sum
  for _, each in ipairs(list) do
    at = at - each[1]
    if at < 0 then return each[2] end
  end
  return list[#list][2]
end

function chance.shuffled(list)
  local out = table.move(list, 1, #list, 1, {})
  for i = #out, 2, -1 do
    local other = math.random(i)
    out[i], out[other] = out[other], out[i]
  end
  return out
end

return chance
