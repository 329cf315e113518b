require "core_fake"
local json = require "core.json"
local moment = require "bench.moment"
local trace_form = require "bench.trace_form"

local function time(value, form)
  return (trace_form.time(value, form or "json"))
end

local function refusal(value, form)
  local at, message = trace_form.time(value, form or "json")
  assert.is_nil(at)
  return message
end

describe("the time in a trace", function()
  it("is a number, kept as it stands", function()
    assert.equal(1700000000000, time { timestamp = 1700000000000 })
    assert.equal("integer", math.type(time { timestamp = 1700000000123456789 }))
    assert.equal(0.25, time { timestamp = 0.25 })
    assert.equal(0, time { timestamp = 0 })
    assert.equal(12.5, time("12.5", "lines"))
    assert.equal(1700000000, time(" 1700000000 ", "lines"))
    assert.equal(5, time({ Timestamp = "5", ["Request tokens"] = "472" }, "quoted"))
  end)

  it("is a date to the ns, with or without a zone", function()
    assert.equal(0, moment.read "1970-01-01 00:00:00")
    assert.equal(1700158546680590000, moment.read "2023-11-16 18:15:46.6805900")
    assert.equal(1715299200009930000, moment.read "2024-05-10 00:00:00.009930+00:00")
    assert.equal(moment.read "2024-02-29T23:00:00Z", moment.read "2024-03-01T01:30:00+02:30")
    assert.equal(86400 * 1000000000, moment.read "2001-03-01 00:00:00" - moment.read "2001-02-28 00:00:00")
    assert.equal(1700158546680590000, time({ TIMESTAMP = "2023-11-16 18:15:46.6805900" }, "quoted"))
    for _, text in ipairs { "", "2023-13-01 00:00:00", "2023-11-16", "18:15:46", "2023-11-16 24:00:00", "yesterday",
      "2023-11-16 18:15:46 here", "2023-1-16 18:15:46", "2023-02-30 00:00:00", "2023-02-29T00:00:00Z",
      "2023-04-31T00:00:00Z", "0001-01-01 00:00:00", "9999-12-31T23:59:59Z", "2262-01-01 00:00:00",
      "2023-00-10 00:00:00", "2023-11-16 18:15:46+1", "2023-11-16 18" } do
      assert.is_nil(moment.read(text))
    end
  end)

  it("is a date in every way that ISO 8601 and loggers write it", function()
    for _, text in ipairs { "2024-02-29T12:30:00Z", "2024-02-29t12:30:00z", "2024-02-29 12:30",
      "2024-02-29 12:30:00 UTC", "2024-02-29T14:30+02", "2024-02-29 12:30:00,000", "2024-02-29T12:30:00.+00:00",
      "2024-02-29 13:30:00 +0100" } do
      assert.equal(1709209800000000000, moment.read(text), text)
    end
    assert.equal(1709209800680000000, moment.read "2024-02-29 12:30:00,68")
  end)

  it("is never made out of what is none", function()
    assert.matches("no time before 0", refusal { timestamp = -5 })
    assert.matches("\"12\" is no number: write it without quotes", refusal { timestamp = "12" })
    assert.matches("\"noon\" is no number and no date", refusal { timestamp = "noon" })
    assert.matches("no timestamp, only arrived_at, prompt: call its time timestamp",
      refusal { prompt = "a", arrived_at = 1 })
    assert.matches("no timestamp$", refusal {})
    assert.matches("no object with a timestamp", refusal(setmetatable({ 1, 5 }, json.array_mt)))
    assert.matches("no timestamp, but timestmap%. Did you mean timestamp%?", refusal { timestmap = 1 })
    assert.matches("no number", refusal { timestamp = true })
    assert.matches("no finite number", refusal { timestamp = math.huge })
    assert.matches("no finite number", refusal { timestamp = 0 / 0 })
    assert.matches("no object", refusal(12))
    for _, text in ipairs { "0x10", "nan", "inf", "1,5", "", "1e", "12 s", "-" } do
      assert.matches("no number and no date", refusal({ timestamp = text }, "quoted"))
    end
    assert.matches("no time before 0", refusal("-1", "lines"))
    assert.matches("no finite number", refusal("1e999", "lines"))
  end)
end)

describe("the row of a trace", function()
  it("has the lengths under one name, whoever wrote it", function()
    local mooncake = { timestamp = 27, input_length = 6955, output_length = 52, hash_ids = { 46, 47 } }
    assert.same(mooncake, trace_form.row(mooncake, "json"))
    local azure = trace_form.row({ TIMESTAMP = "2023-11-16 18:15:46.6805900", ContextTokens = "374",
      GeneratedTokens = "44" }, "quoted")
    assert.same({ 374, 44 }, { azure.input_length, azure.output_length })
    assert.equal("2023-11-16 18:15:46.6805900", azure.TIMESTAMP)
    local burst = trace_form.row({ Timestamp = "5", Model = "ChatGPT", ["Request tokens"] = "472",
      ["Response tokens"] = "18" }, "quoted")
    assert.same({ 472, 18, "ChatGPT" }, { burst.input_length, burst.output_length, burst.Model })
    assert.equal("s", trace_form.unit { Timestamp = "5", Model = "ChatGPT", ["Request tokens"] = "472" })
    assert.equal("s", trace_form.unit { timestamp = 61.114, chat_id = 159, parent_chat_id = -1 })
    assert.is_nil(trace_form.unit { timestamp = 0 })
    assert.is_nil(trace_form.unit "0")
  end)

  it("has lengths that are written with blanks or an exponent, and no other text as a number", function()
    local record = { timestamp = "1e2", input_length = " 5 ", output_length = "1.5E3", id = "1e5" }
    assert.same({ timestamp = "1e2", input_length = 5, output_length = 1500, id = "1e5" },
      trace_form.row(record, "quoted"))
    assert.is_nil(trace_form.row({ timestamp = 1, prompt = "a", output_length = "many" }, "json").output_length)
  end)

  it("keeps as text what a number would not keep, and the prompt", function()
    local record = { timestamp = "1", id = "007", session = "12345678901234567890", delta = "-5", share = "0.5",
      prompt = "42" }
    assert.same({ timestamp = 1, id = "007", session = "12345678901234567890", delta = -5, share = 0.5, prompt = "42",
      text = "42" }, trace_form.row(record, "quoted"))
    assert.same({ timestamp = 1, id = "7" }, trace_form.row({ timestamp = 1, id = "7", none = json.null }, "json"))
  end)

  it("is a prompt where it has one", function()
    assert.same({ timestamp = 1, is_first = false }, trace_form.row({ timestamp = 1, is_first = false }, "json"))
    local row = trace_form.row({ timestamp = 1, prompt = "a", chat_id = 7 }, "json")
    assert.same({ text = "a", prompt = "a", timestamp = 1, chat_id = 7 }, row)
    assert.same({ timestamp = 12 }, trace_form.row("12", "lines"))
  end)
end)
