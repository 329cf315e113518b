require "core_fake"
local json = require "core.json"
local prompt_form = require "bench.prompt_form"

local function refusal(value)
  local prompt, message, is_passed_over = prompt_form.read(value)
  assert.is_nil(prompt)
  return message, is_passed_over
end

describe("words that make a prompt new", function()
  local prompt = require "bench.prompt"
  it("stand before the first text, in a copy", function()
    local picture = { role = "user", content = { { type = "image_url" } } }
    local messages = { picture, { role = "user", content = "q", name = "n" }, { role = "user", content = "r" } }
    assert.same({ picture, { role = "user", content = "new q", name = "n" }, messages[3] },
      prompt.with_words("new ", messages))
    assert.equal("q", messages[2].content)
    assert.same({ picture }, prompt.with_words("new ", { picture }))
  end)
end)

describe("a prompt", function()
  it("is a text, or an object with one thing to ask, and keeps every other field", function()
    assert.same({ text = "a" }, prompt_form.read("a"))
    assert.same({ text = "a", prompt = "a", answer = 4 }, prompt_form.read { prompt = "a", answer = 4 })
    assert.same({ text = "a", zh = true, en = false }, prompt_form.read { text = "a", zh = true, en = false })
    local messages = { { role = "user", content = "q" } }
    assert.same({ messages = messages, id = 7 }, prompt_form.read { messages = messages, id = 7 })
    assert.same({ messages = messages }, prompt_form.read(messages))
    assert.same({ prompt = messages, messages = messages }, prompt_form.read { prompt = messages })
  end)

  it("is found in a line of a batch", function()
    local line = { custom_id = "1", body = { model = "m", prompt = "a" } }
    assert.same({ text = "a", custom_id = "1", body = line.body }, prompt_form.read(line))
  end)

  it("is the first question of a conversation", function()
    local turns = { { from = "system", value = "s" }, { from = "human", value = "q" }, { from = "gpt", value = "a" } }
    assert.same({
      messages = { { role = "system", content = "s" }, { role = "user", content = "q" } },
      conversations = turns,
    }, prompt_form.read { conversations = turns })
  end)

  it("is the first question of one whose turns are messages, not what was answered", function()
    local turns = { { role = "developer", content = "s" }, { role = "user", content = "q", language = "English" },
      { role = "assistant", content = "a" }, { role = "user", content = "r" } }
    assert.same({ { role = "developer", content = "s" }, { role = "user", content = "q" } },
      prompt_form.read({ conversations = turns }).messages)
    local _, is_passed_over = refusal { conversations = { { role = "assistant", content = "a" } } }
    assert.is_true(is_passed_over)
  end)

  it("is passed over, and said to be, where a conversation has no question first", function()
    for _, turns in ipairs { {}, { { from = "gpt", value = "a" } }, { { from = "human", value = "" } } } do
      local message, is_passed_over = refusal { conversations = turns }
      assert.is_true(is_passed_over)
      assert.matches("question", message)
    end
  end)

  it("is refused with what is wrong with it", function()
    assert.matches("empty", refusal "")
    assert.matches("empty", refusal { prompt = "" })
    assert.matches("prompt and messages: only one", refusal { prompt = "a", messages = { { role = "user" } } })
    assert.matches("only promt%. Did you mean prompt%?", refusal { promt = "a" })
    assert.matches("only answer, id%. bench help prompts says how to ask another one", refusal { id = 1, answer = "b" })
    assert.matches("only content, role%. Messages of one chat stand in a list", refusal { role = "u", content = "a" })
    assert.matches("nothing in it", refusal {})
    assert.matches("neither a text nor", refusal { prompt = 12 })
    assert.matches("no message", refusal { messages = {} })
    assert.matches("message 2 is no object with a role", refusal { messages = { { role = "user", content = "a" },
      { content = "" } } })
    assert.matches("message 1 %(user%) has no content", refusal { messages = { { role = "user" } } })
    assert.matches("message 1 %(user%) has no content",
      refusal { messages = { { role = "user", content = json.null } } })
    assert.matches("turn 1", refusal { conversations = { { from = "nobody", value = "x" } } })
    assert.matches("turn 1.*\"role\" and \"content\"", refusal { conversations = { { role = "user" } } })
    assert.matches("no prompt: a text", refusal(12))
    assert.matches("no prompt: a text", refusal(false))
  end)

  it("has one column in a CSV file", function()
    assert.equal("text", prompt_form.column { "id", "text" })
    assert.matches("prompt and text", select(2, prompt_form.column { "text", "prompt" }))
    assert.matches("Did you mean prompt%?", select(2, prompt_form.column { "id", "promt" }))
    assert.matches("only id, question%. bench help prompts says how",
      select(2, prompt_form.column { "id", "question" }))
  end)
end)
