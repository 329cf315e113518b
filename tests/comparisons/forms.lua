-- One comparison in every form: what is printed, exported and given as an exit code must be the same statement.
local cjson = require "cjson"
local outside = require "outside"

local forms = {}

local turned = { faster = "slower", slower = "faster", lower = "higher", higher = "lower" }

local function near(a, b)
  return math.abs(a - b) <= 1e-6 * math.max(1, math.abs(a), math.abs(b))
end

local function lines_of(document)
  return document.pairs[1].groups[1].lines
end

-- The sides the other way round: the other verdict, one over the ratio.
local function check_turned(made, document, run)
  local other = cjson.decode((run("compare " .. made.turned .. " --json")))
  for i, line in ipairs(lines_of(document)) do
    local back = lines_of(other)[i]
    local verdict = line.statistic == "share" and ({ better = "worse", worse = "better" })[line.verdict]
      or turned[line.verdict] or line.verdict
    outside.check(back.verdict == verdict, "seed %d: %s %s is %s, turned round %s", made.seed, line.metric,
      line.statistic, line.verdict, back.verdict)
    if type(line.ratio) == "number" and line.statistic ~= "share" then
      outside.check(near(line.ratio * back.ratio, 1) and near(line.low * back.high, 1), "seed %d: %s %s: %s (%s ..), "
        .. "turned round %s (.. %s)", made.seed, line.metric, line.statistic, line.ratio, line.low, back.ratio,
        back.high)
    end
  end
  outside.check(#other.pairs[1].reasons == #document.pairs[1].reasons, "seed %d: other reasons the other way round",
    made.seed)
end

local function check_rows(made, document, run)
  local text, rows = run("compare " .. made.words .. " --format jsonl"), 0
  local same = document.pairs[1].same_experiment and 1 or 0
  for row in text:gmatch "[^\n]+" do
    rows = rows + 1
    local one, line = cjson.decode(row), lines_of(document)[rows] or {}
    local verdict = one.verdict ~= cjson.null and one.verdict or nil
    outside.check(one.metric == line.metric and verdict == line.verdict
      and tonumber(one.ratio) == tonumber(line.ratio) and one.same_experiment == same,
      "seed %d: row %d of jsonl is another", made.seed, rows)
  end
  outside.check(rows == #lines_of(document), "seed %d: %d rows of jsonl", made.seed, rows)
end

local function check_page(made, document, run)
  local page, code = run("compare " .. made.words .. " --format md --strict")
  local pair = document.pairs[1]
  local is_shouted = page:find("NOT THE SAME EXPERIMENT", 1, true) or page:find("NOTHING IS KNOWN", 1, true)
  outside.check((is_shouted == nil) == pair.same_experiment, "seed %d: the page shouts, JSON says %s", made.seed,
    pair.same_experiment)
  outside.check(code == (pair.same_experiment and 0 or 5), "seed %d: --strict gives %d", made.seed, code)
  local at = 1
  for _, line in ipairs(lines_of(document)) do
    local _, found = page:find("| " .. (line.verdict or "–") .. " |", at, true)
    outside.check(found, "seed %d: %s %s is not %s on the page", made.seed,
      line.metric, line.statistic, line.verdict)
    at = found or at
  end
end

-- 1, 5 or 0 by one line: became worse by more than the limit for sure, nobody knows, or not.
local function code_of(line, limit)
  local is_bad = line.verdict == "slower" or line.verdict == "worse"
  local low, high = tonumber(line.low), tonumber(line.high)
  if line.better == "higher" and low then
    low, high = 1 / high, 1 / low
  end
  low, high = low and low / (line.base_worst or 1), high and high * (line.new_worst or 1)
  if line.metric == "chars_per_s" or not line.base then
    return 0
  elseif is_bad and (low and low > 1 + limit or line.statistic == "share" and not low) then
    return 1
  elseif line.statistic == "share" then
    local is_doubtful = line.metric == "errors" and line.verdict == "cannot tell" and line.new > line.base
    return (is_bad or is_doubtful) and 5 or 0
  end
  local is_fine = line.statistic ~= "p50" or high and high <= 1 + limit or line.verdict == "equal within 5 %"
  return is_fine and 0 or 5
end

-- What --max-regression must give: what is sure goes before what is not.
local function expected_code(document, limit)
  local found = 0
  for _, line in ipairs(lines_of(document)) do
    local code = code_of(line, limit)
    if code == 1 then
      return 1
    end
    found = math.max(found, code)
  end
  return found
end

local function check_regression(made, document, run)
  local _, code = run("compare " .. made.words .. " --max-regression 5%")
  local want = expected_code(document, 0.05)
  outside.check(code == want, "seed %d: --max-regression 5%% gives %d, not %d", made.seed, code, want)
end

local checks = { check_turned, check_rows, check_page, check_regression }

-- document: the decoded JSON of `bench compare`; run: runs bench on the database. One form a seed, in turn.
function forms.check(made, document, run)
  checks[made.seed % #checks + 1](made, document, run)
end

return forms
