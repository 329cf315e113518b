require "core_fake"
local expect = require "bench.expect"
local promise_tally = require "bench.promise_tally"
local metrics = require "bench.metrics"

local function read(sentence, own)
  local promise, message = expect.read(sentence, own)
  return assert(promise, message)
end

local function requests(values)
  local rows = {}
  for index, value in ipairs(values) do
    rows[index] = { outcome = "ok", ttft_ms = value, tpot_ms = 10, cold_start = 0 }
  end
  return rows
end

-- The value, kept and the verdict of a promise over rows, values, checks (1 or 0) or gaps.
local function judge(promise, data)
  local tally = promise_tally.new(promise)
  for _, row in ipairs(data.requests or {}) do
    tally:add_request(row, data.gaps)
  end
  for _, value in ipairs(data.measured or {}) do
    tally:add_value(value)
  end
  for _, passed in ipairs(data.checks or {}) do
    tally:add_check(passed)
  end
  local value, kept, verdict = tally:result(data.seconds)
  return value, kept, verdict
end

describe("promises", function()
  it("are read with their units", function()
    local promise = read "ttft p99 < 800ms"
    assert.same({ "metric", "ttft", "percentile", 99, "<", 800.0 },
      { promise.kind, promise.metric.name, promise.stat, promise.p, promise.operator, promise.value })
    assert.equal(1500, read("e2e max <= 1.5s").value)
    assert.equal("zh", read("ttft p99 < 800ms for zh").label)
    assert.equal("long one", read("errors < 1% for long one").label)
    assert.equal("=", read("errors = 0%").operator)
    assert.equal(50, read("decode_tps median > 20").p)
    assert.equal("tool call", read("check(tool call) > 95%").check)
    assert.equal(2, #read("goodput(ttft < 500ms, tpot < 50ms) > 99%").conditions)
    assert.equal("/s", read("goodput(ttft < 500ms) > 5/s").unit)
  end)

  it("know a script's own metrics", function()
    local own = { { name = "rag", unit = "s" } }
    assert.equal(0.8, read("rag p90 < 800ms", own).value)
  end)

  it("are refused in words", function()
    for sentence, part in pairs {
      ["tftt p99 < 800ms"] = "no metric \"tftt\" in \"tftt p99 < 800ms\". Did you mean ttft?",
      ["p95 ttft < 500ms"] = "in \"p95 ttft < 500ms\" the metric stands first, as in \"ttft p95 < 500ms\"",
      ["ttft p99 < 800"] = "write its unit", ["ttft < 800ms"] = "which value", ["ttft q99 < 8ms"] = "no statistic",
      ["ttft p99"] = "no promise", ["ttft p99 < x"] = "bound", ["errors < 1"] = "share",
      ["errors p99 < 1%"] = "no \"p99\"", ["errors for zh < 1%"] = "no \"for zh\"",
      ["goodput(ttft < 5ms) > 99"] = "share", ["goodput(tfft < 5ms) > 99%"] = "Did you mean",
      ["goodput(itl < 5ms) > 99%"] = "one request", ["check() > 5%"] = "check(name)", ["check(a) > 5"] = "check(name)",
      ["foo(a) > 5%"] = "no function", ["decode_tps p50 > 20ms"] = "tok/s", ["ttft p99 < 8ms x"] = "bound",
      ["TTFT p99 < 1s"] = "Did you mean ttft?", ["error_rate < 1%"] = "Did you mean errors?",
      ["E2EL p99 < 1s"] = "Did you mean e2e?", ["ttft avg < 1s"] = "Did you mean mean?",
      ["ttft p0 > 1ms"] = "Did you mean min?",
      ["ttft p99 < 1sec"] = "sec no unit of times", ["ttft p(99.9) < 1s"] = "Did you mean p99.9?",
      ["p(95)<500"] = "in \"p(95)<500\" the metric stands first, as in \"ttft p95 < 500ms\"",
      [""] = "no promise", ["goodput p99 > 5%"] = "write goodput(...)",
    } do
      local promise, message = expect.read(sentence)
      assert.is_nil(promise, sentence)
      assert.truthy(message:find(part, 1, true), message)
    end
    assert.is_nil(expect.read(5))
  end)
end)

describe("judging", function()
  it("takes ok and warm requests alone", function()
    local rows = requests { 100, 200, 300 }
    rows[4] = { outcome = "failed", ttft_ms = 1 }
    rows[5] = { outcome = "ok", ttft_ms = 9000, cold_start = 1 }
    local value, kept, verdict = judge(read "ttft mean < 250ms", { requests = rows })
    assert.same({ 200.0, 1, "kept" }, { value, kept, verdict })
    assert.equal("broken", select(3, judge(read "ttft max < 300ms", { requests = rows })))
    assert.equal("kept", select(3, judge(read "ttft max <= 300ms", { requests = rows })))
  end)

  it("takes a bound for kept where the operator says so", function()
    for operator, verdict in pairs { ["<"] = "broken", ["<="] = "kept", ["="] = "kept", [">="] = "kept",
      [">"] = "broken" } do
      assert.equal(verdict, select(3, judge(read("errors " .. operator .. " 50%"), {
        requests = { { outcome = "ok" }, { outcome = "failed" } } })), operator)
    end
  end)

  it("says when there is nothing, or too little, to judge", function()
    assert.same({ n = 3, nil, nil, "no data" }, table.pack(judge(read "ttft p50 < 1s", { requests = {} })))
    local value, kept, verdict = judge(read "ttft p99 < 1s", { requests = requests { 1, 2, 3 } })
    assert.same({ "too few" }, { verdict })
    assert.is_nil(kept)
    assert.is_true(value > 2.9 and value < 3)
    for count, verdict_of_p5 in pairs { [58] = "too few", [59] = "kept" } do
      local times = {}
      for index = 1, count do
        times[index] = 100 + index
      end
      assert.equal(verdict_of_p5, select(3, judge(read "ttft p5 > 10ms", { requests = requests(times) })))
      assert.equal("kept", select(3, judge(read "ttft p5 < 1s", { requests = requests(times) })))
    end
    assert.equal("no data", select(3, judge(read "errors < 1%", { requests = {} })))
    assert.equal("no data", select(3, judge(read "check(a) > 1%", { requests = {}, checks = {} })))
  end)

  it("counts failures, not cancelled ones", function()
    local rows = requests { 1, 2, 3 }
    rows[4] = { outcome = "truncated" }
    rows[5] = { outcome = "cancelled" }
    assert.equal(25, (judge(read "errors < 30%", { requests = rows })))
  end)

  it("leaves a condition out where its value cannot exist", function()
    local rows = requests { 100, 100, 900, 100 }
    rows[2].tpot_ms = nil
    rows[4] = { outcome = "dropped" }
    assert.equal(50, (judge(read "goodput(ttft < 500ms, tpot < 50ms) > 99%", { requests = rows })))
    assert.equal(1, (judge(read "goodput(ttft < 500ms) > 5/s", { requests = rows, seconds = 2 })))
  end)

  it("judges no goodput where no answer had a value of any condition", function()
    local rows = { { outcome = "ok", e2e_ms = 60 }, { outcome = "ok", e2e_ms = 60 } }
    assert.equal("no data", select(3, judge(read "goodput(ttft < 500ms, tpot < 50ms) > 99%", { requests = rows })))
    assert.equal("no data", select(3, judge(read "goodput(ttft < 500ms) < 5/s", { requests = rows, seconds = 2 })))
    assert.equal(100, (judge(read "goodput(ttft < 500ms, e2e < 1s) > 99%", { requests = rows })))
    rows = { { outcome = "failed" } }
    assert.equal("broken", select(3, judge(read "goodput(ttft < 500ms) > 99%", { requests = rows })))
  end)

  it("knows gaps, checks and the script's own values", function()
    assert.equal(15, (judge(read "icl mean < 1s", { requests = requests { 1 }, gaps = { 10, 20 } })))
    assert.equal(50, (judge(read "check(a) > 95%", { checks = { 1, 0 } })))
    assert.equal(2, (judge(read("rag mean < 5s", { { name = "rag", unit = "s" } }), { measured = { 1, 3 } })))
  end)

  it("are told in the unit of their sentence", function()
    local function told(sentence, value)
      return expect.in_unit_of_sentence(expect.read(sentence), value)
    end
    assert.equal(0.25, told("ttft p50 < 1s", 250))
    assert.equal(250, told("ttft p50 < 1000ms", 250))
    assert.equal(3, told("errors < 4%", 3))
    assert.equal(2.5, told("goodput(ttft < 1s) > 2/s", 2.5))
    assert.is_nil(told("ttft p50 < 1s", nil))
  end)
  it("are judged on rows that have every metric which is a column", function()
    local file <close> = assert(io.open((debug.getinfo(1, "S").source:match("^@(.*/)") or "./")
      .. "../../db/report/judged_requests.sql"))
    local columns = {}
    for column in file:read("a"):match("SELECT(.-)FROM"):gmatch "[%w_]+" do
      columns[column] = true
    end
    for _, metric in ipairs(metrics.list) do
      assert.is_true(not metric.column or columns[metric.column], metric.column)
    end
  end)
end)
