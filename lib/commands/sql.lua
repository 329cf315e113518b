-- bench sql: read-only SQL over all runs.
local ask = require "report.ask"
local embedded = require "core.embedded"
local fit = require "report.fit"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local run = require "report.run"
local sheet = require "report.sheet"
local text = require "report.text"

local command = {}

local most_bytes = 16 << 20 -- of SQL on standard input

local FOLDER = "db/queries/"
local UNREADABLE = 6 -- exit code
local NAMES = 31 -- columns of the names of the queries

local function print_rows(rows)
  local format = options.format or "table"
  if format == "table" then
    return fit.print(rows, fit.columns(), output.out)
  end
  return sheet.print(rows, format, output.out)
end

-- A form for programs takes rows as they come. parameters: what the statement's ?1 and so on are, or none.
local function answer(sql, parameters)
  if not sheet.is_whole(options.format or "table") then
    return sheet.print_query(sql, parameters or {}, options.format, output.out)
  end
  sheet.print_tables(sql, parameters or {}, output.out, print_rows)
end

local reads_only = ". The database is only read here (bench db rm RUN removes a run)"
local listed = " (bench help views lists what there is)"
local shows = lists.set { "show", "describe", "desc" } -- what other databases have for that

-- What there is instead of what SQLite did not understand: ". Did you mean runs?", say.
local function near_words(message, sql)
  local what, name = message:match "^no such (%a+): ([%w_.]+)$"
  local last = name and name:match "[^.]+$"
  local near
  if what == "function" then
    return ". Beside SQLite's own there are median(x), percentile(x, 95) and stddev(x)"
  elseif what == "table" then
    near = misuse.near(last, lists.column(ask.rows "report/views", "view"))
  elseif what == "column" then
    near = misuse.near(last, lists.column(ask.rows("report/column_names", sql, last), "column"))
  elseif message:find "^cannot modify %S+ because it is a view$" then
    return reads_only
  else
    return shows[(message:match '^near "(%a+)": syntax error$' or ""):lower()] and listed or ""
  end
  return near ~= "" and near or listed
end

local function run_statement(sql, parameters)
  local done, problem = pcall(answer, sql, parameters)
  if not done then
    local words = tostring(problem)
    return refusal.say(words .. near_words(words, sql), type(problem) == "table" and UNREADABLE or nil)
  end
  return 0
end

-- Where the statement that begins at `from` ends: the position of its semicolon, or nil.
local function find_end(sql, from)
  local at = from
  while at <= #sql do
    local two, one = sql:sub(at, at + 1), sql:sub(at, at)
    if one == ";" then
      return at
    elseif two == "--" then
      at = sql:find("\n", at, true) or #sql
    elseif two == "/*" then
      local _, last = sql:find("*/", at + 2, true)
      at = last or #sql
    elseif one == "'" or one == '"' or one == "`" then
      at = sql:find(one, at + 1, true) or #sql
    elseif one == "[" then
      at = sql:find("]", at + 1, true) or #sql
    end
    at = at + 1
  end
end

local function has_statement(sql)
  return sql:gsub("%-%-[^\n]*", ""):gsub("/%*.-%*/", ""):find "[^%s;]" ~= nil
end

local function run_all(sql)
  local from = 1
  while from <= #sql do
    local last = find_end(sql, from) or #sql
    local statement = sql:sub(from, last)
    if has_statement(statement) then
      local code = run_statement(statement)
      if code ~= 0 then
        return code
      end
    end
    from = last + 1
  end
  return 0
end

local function names()
  return lists.map(embedded.list(FOLDER), function(path)
    return path:match "([^/]+)%.sql$"
  end)
end

-- The first comment of a query states its question.
local function question(name)
  local sql = embedded.text(FOLDER .. name .. ".sql")
  local words = {}
  for line in sql:gmatch "[^\n]+" do
    local comment = line:match "^%-%-%s*(.*)$"
    if not comment then
      break
    end
    words[#words + 1] = comment
  end
  return table.concat(words, " ")
end

local function list_queries()
  local rows = { columns = { "query", "question" } }
  for i, name in ipairs(names()) do
    rows[i] = { query = name, question = question(name) }
  end
  if (options.format or "table") ~= "table" then
    sheet.print(rows, options.format, output.out)
    return 0
  end
  local is_narrow = text.columns < 2 * NAMES
  for _, row in ipairs(rows) do
    if is_narrow then
      output.out(("  %s\n%s"):format(row.query, text.wrap(row.question, "    ", "    ")))
    else
      output.out(text.wrap(row.question, ("  %-27s  "):format(row.query), (" "):rep(NAMES)))
    end
  end
  return 0
end

-- word: the run that is asked about instead of the last one, or nil.
local function run_query(name, word)
  local sql = embedded.text(FOLDER .. name .. ".sql")
  if not sql then
    return refusal.say(("there is no query \"%s\"%s (bench sql --query lists them)"):format(name,
      misuse.near(name, names())))
  elseif word and not sql:find("?1", 1, true) then
    return refusal.say(("%s asks about all runs, not about %s"):format(name, text.line(word)))
  end
  local number, message
  if word then
    number, message = run.resolve(word)
  end
  return message and refusal.say(message) or run_statement(sql, { number })
end

-- What is no SQL, as the sqlite3 shell has it: ".tables" and so on. Words of a command -> exit code.
local dots = {}

function dots.tables()
  return run_statement(embedded.text "db/report/views.sql")
end

function dots.schema(view)
  local rows = ask.rows("report/columns", view or "request_metrics")
  if #rows == 0 then
    return refusal.say(("there is no view %s (.tables lists them)"):format(view))
  end
  print_rows(rows)
  return 0
end

function dots.queries()
  list_queries()
end

function dots.query(name, word)
  return name and run_query(name, word) or list_queries()
end

local function given(word)
  return word ~= "" and word or nil
end

local function dot(line)
  local name, word, more = line:match "^%.(%w*)%s*(%S*)%s*(%S*)"
  if dots[name] then
    return dots[name](given(word), given(more))
  end
  return refusal.say "there are .tables, .schema VIEW, .queries, .query NAME [RUN], .quit; all else is SQL, to its ;"
end

local function shell()
  output.err "SQL, read-only; a statement ends with a semicolon. .tables lists the views, Ctrl-D ends.\n"
  local pending = ""
  while true do
    output.err(pending == "" and "bench> " or "   ..> ")
    local line = io.read "L"
    if not line or pending == "" and line:match "^%.q[uit]*%s*$" then
      output.err "\n"
      return 0
    end
    if pending == "" and line:find "^%." then
      dot(line)
    else
      pending = pending .. line
    end
    if find_end(pending, 1) then
      run_all(pending)
      pending = ""
    end
  end
end

function command.main()
  if options.query and options.arguments[2] then
    return refusal.say(("--query takes a name and a run, not \"%s\" too"):format(text.line(options.arguments[2])))
  elseif options.query then
    return dots.query(given(options.query), options.arguments[1])
  elseif #options.arguments > 1 then
    return refusal.say "give the whole statement as one word: bench sql \"SELECT ...\""
  elseif options.arguments[1] and options.arguments[1]:find "^%." then
    return dot(options.arguments[1])
  elseif options.arguments[1] then
    return run_all(options.arguments[1])
  elseif options.interactive then
    return shell()
  end
  local sql = io.read(most_bytes + 1) or ""
  if #sql > most_bytes then
    return refusal.say "what came on standard input is longer than 16 MB, which is no question"
  end
  return run_all(sql)
end

return command
