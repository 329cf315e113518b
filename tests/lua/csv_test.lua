require "core_fake"
local csv = require "bench.csv"

describe("a CSV record", function()
  it("is cut at commas outside of quotes", function()
    assert.same({ "a", "b" }, csv.fields "a,b")
    assert.same({ "", "" }, csv.fields ",")
    assert.same({ "" }, csv.fields "")
    assert.same({ 'a, "b"\nc', "d", "" }, csv.fields '"a, ""b""\nc",d,')
    assert.same({ "", "x" }, csv.fields '"",x')
    assert.same({ " a ", "天空" }, csv.fields " a ,天空")
  end)

  it("is refused where a quote stands wrong", function()
    for _, text in ipairs { 'a"b', '"a"b', '"a', 'x,"a" ,b', '"' } do
      local fields, message = csv.fields(text)
      assert.is_nil(fields)
      assert.matches("quote", message)
    end
  end)

  it("is a row by the names in the header", function()
    local names = csv.header ' id ,"Request tokens"'
    assert.same({ "id", "Request tokens" }, names)
    assert.same({ id = "1", ["Request tokens"] = "2" }, csv.row(names, "1,2"))
    assert.matches("1 fields? under 2", select(2, csv.row(names, "1")))
    assert.matches("\"a\" stands twice", select(2, csv.header "a,b,a"))
    assert.matches("divided by semicolons", select(2, csv.header "prompt;lang"))
    assert.matches("divided by tabs", select(2, csv.header "prompt\tlang"))
    assert.same({ "a;b", "c" }, csv.header "a;b,c")
  end)
end)
