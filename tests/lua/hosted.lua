-- luacheck: globals it same refused report
-- For tests of lib/ that need what C gives: unit.test_lua runs each *_hosted.lua in a host of its own,
-- with this before it. A file says it(name, function) and uses same() and refused().
local failed, passed = {}, 0

local function text_of(value, depth)
  if type(value) ~= "table" or depth > 4 then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = ("[%s]=%s"):format(text_of(key, depth + 1), text_of(item, depth + 1))
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

function it(name, check)
  local ok, problem = pcall(check)
  if ok then
    passed = passed + 1
  else
    failed[#failed + 1] = name .. ": " .. tostring(problem)
  end
end

-- Equal in depth, whole numbers and fractions apart.
function same(wanted, got)
  local left, right = text_of(wanted, 0), text_of(got, 0)
  if left ~= right then
    error(("wanted %s, got %s"):format(left, right), 2)
  end
end

-- The call fails, and its message holds this part.
function refused(part, f, ...)
  local ok, problem = pcall(f, ...)
  if ok then
    error("was not refused", 2)
  end
  if not tostring(problem):find(part, 1, true) then
    error(("%s: not in: %s"):format(part, tostring(problem)), 2)
  end
end

-- What the C side asks at the end of a file.
function report()
  if #failed > 0 then
    error(table.concat(failed, "\n"), 0)
  end
  if passed == 0 then
    error("no test in this file", 0)
  end
  return passed
end
