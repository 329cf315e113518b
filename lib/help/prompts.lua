-- bench help prompts
return [[
Prompts and traces

bench.prompts(file)
  #prompts, prompts[i], ipairs, user:pick(prompts). The ending says how a file
  is read; it stays on disk, whatever its size:
    .txt            one prompt a line
    .jsonl, .ndjson one JSON value a line: {"prompt": ...}, {"text": ...},
                    {"messages": [{"role": ..., "content": ...}]}, a text, or a
                    batch's {"body": ...}; every other field stays with it
    .json           a list of the same, or one a line; of ShareGPT's
                    {"conversations": ...} the first question, and the whole
                    stays with it
    .csv            with a header line and a column prompt or text
  Only LF ends a line, CR before it and a BOM are left out, blank lines are
  none. The whole file is read once, and what is wrong is refused with its line:
  a key that stands twice, an empty prompt, a typo, what is not UTF-8. Settings
  that stand in a record are sent only where the script says so:
  backend:ask(prompt, { max_tokens = prompt.max_tokens }), of a batch
  prompt.body.max_tokens, of a .csv tonumber(prompt.max_tokens).
bench.prompts { "a", "b" } takes texts or tables, so a script can ask a field of
another name (GSM8K has {"question": ..., "answer": ...} in each line):
  local list = {}
  for line in bench.read(opt.file):gmatch "[^\n]+" do
    list[#list + 1] = json.decode(line).question
  end
  local prompts = bench.prompts(list)

bench.synthetic { backend, tokens, spread, shared_prefix, count, call }
  prompts of English words whose whole length, template included, is `tokens` as
  this backend counts: by /tokenize where it has that, else by asking for one
  token. tokens may be a function(user); spread 0.1 is 10 % more or less; the
  first shared_prefix tokens are the same in all. user:pick makes a new one each
  time; prompts[i] are `count` others (100); call is "chat" or "complete".
  prompt.tokens is the length.

bench.replay(file, { speed, from, to, unit })
  arrivals of bench.load, each record as user.row: .jsonl with "timestamp"
  (Mooncake), .csv with a column timestamp (Azure's and BurstGPT's traces), .txt
  with a time a line. Numbers are milliseconds unless unit says "s", "us" or
  "ns", seconds in the traces of BurstGPT and Qwen-Bailian; dates are dates.
  Only differences count; records are put in time order, equal times keep that
  of the file. row.input_length and row.output_length are there under these
  names, whoever wrote the trace; of a request that failed in BurstGPT's the
  second is 0, which max_tokens cannot be: let such a visit return, or ask for
  1. speed = 2 is twice as fast.

What is picked and made is another in each run, and the same for one --seed.
]]
