local changed = require "bench.changed"

describe("a server that was started again", function()
  local before = { model = "slow", quantization = "F16", context = 1024, template_hash = "t", server_version = "b1" }

  it("is told by what it says of itself now", function()
    assert.equal("quantisation F16, then Q4_0; context 1024, then 2048; another chat template", changed.words(before,
      { model = "slow", quantization = "Q4_0", context = 2048, template_hash = "u", server_version = "b1" }))
  end)

  it("is the same where it says no more, or less", function()
    assert.is_nil(changed.words(before, before))
    assert.is_nil(changed.words(before, { slots = 4 }))
    assert.is_nil(changed.words({}, before))
  end)
end)

describe("what a server counted meanwhile", function()
  local function counters(queue, queued, ttft, answered, preemptions)
    return { queue = queue, queued = queued, ttft = ttft, answered = answered, preemptions = preemptions }
  end
  local before = counters(100, 10, 200, 10, 3)

  it("is told where most of the time to the first token was its queue", function()
    assert.same({ queue = 0.75, ttft = 1.0 }, changed.meanwhile(before, counters(103, 14, 204, 14, 3)))
    assert.same({}, changed.meanwhile(before, counters(101, 14, 204, 14, 3)))
    assert.same({}, changed.meanwhile(before, counters(100.2, 14, 200.3, 14, 3))) -- too short to matter
  end)

  it("is told where answers were interrupted", function()
    assert.same({ preemptions = 2 }, changed.meanwhile(before, counters(100, 10, 200, 10, 5)))
  end)

  it("is nothing where nobody asked, where it was started again and where it does not say", function()
    assert.same({}, changed.meanwhile(before, before))
    assert.same({}, changed.meanwhile(before, counters(5, 2, 6, 2, 1)))
    assert.same({}, changed.meanwhile(nil, before))
    assert.same({}, changed.meanwhile(before, nil))
    assert.same({}, changed.meanwhile(nil, nil))
  end)
end)
