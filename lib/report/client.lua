-- How well the measuring itself went, where the run is kept, and what to try next.
local again = require "report.again"
local ask = require "report.ask"
local client_error = require "report.client_error"
local core_text = require "core.text"
local fit = require "report.fit"
local is_database = require "report.is_database"
local lists = require "bench.lists"
local measured = require "report.measured"
local number = require "report.number"
local store = require "core.store"
local text = require "report.text"

local client = {}

local function short_path(path)
  local home = os.getenv "HOME"
  if home and home ~= "" and path:sub(1, #home + 1) == home .. "/" then
    return "~" .. path:sub(#home + 1)
  end
  return path
end

-- Of the time of a run; nil where it is not known.
local function share(ns, health)
  return ns and health.wall_ns and health.wall_ns > 0 and ns / health.wall_ns or nil
end

local function health_words(health)
  local who = (health.workers or 1) > 1 and ("Client, the worst of %d workers: "):format(health.workers) or "Client: "
  local stamps = health.stamps == "kernel" and "arrival times are the kernel's"
    or "arrival times are taken after the read (no kernel stamps here)"
  local used, waited = share(health.cpu_ns, health), share(health.waiting_ns, health)
  local words = lists.joined(", ",
    health.p99_ns and ("was late by %s or less in 99 %% of its turns"):format(number.duration(health.p99_ns / 1e9)),
    used and ("used %.1f %% of a core"):format(100 * used),
    waited and ("waited for one %.1f %% of the time"):format(100 * waited),
    health.priority == "real-time" and "ran at real-time priority")
  return who .. stamps .. (words and "; its loop " .. words or "") .. "."
end

client.columns = { "stamps", "error_p50_ms", "error_p99_ms", "calibrated_streams", "calibrated_on", "max_events_per_s",
  "streams", "events_per_s", "lag_p99_ms", "cpu", "waiting", "priority", "workers" }

-- The same as one row, nil where it is not known: how far the times may be off, for which load that was measured,
-- what this run was, and how the loop did (shares of the time).
function client.row(document)
  local health, found = document.health or {}, document.client_error
  return {
    stamps = health.stamps, error_p50_ms = found.p50_ms, error_p99_ms = found.p99_ms,
    calibrated_streams = found.streams, calibrated_on = found.day, max_events_per_s = found.most_events,
    streams = found.run_streams, events_per_s = found.run_event_rate,
    lag_p99_ms = health.p99_ns and health.p99_ns / 1e6, cpu = share(health.cpu_ns, health),
    waiting = share(health.waiting_ns, health), priority = health.priority, workers = health.workers,
  }
end

-- "6 requests, 96 token events"; of an imported run what its file held.
local function kept_words(total, imported)
  if imported and total.requests == 0 then
    return "no request of its own"
  end
  local words = number.plural(total.requests, "request")
  if imported and not total.events then
    return words
  end
  return words .. ", " .. number.plural(total.events or 0, "token event")
end

-- Whether two backends were asked alike, so that bench compare has something to hold against each other.
local function has_pair(document)
  local asked = {}
  for _, row in ipairs(document.counts) do
    if row.backend then
      local key = ("%s\0%s"):format(row.call, row.label or "")
      asked[key] = asked[key] or row.backend
      if asked[key] ~= row.backend then
        return #document.backends == 2
      end
    end
  end
  return false
end

-- Two words in a line, or below each other where the terminal is too narrow.
local function beside(one, other, below)
  local line = one .. "  " .. other
  return core_text.width(line) > (fit.columns() or math.huge) and one:gsub(" +$", "") .. below .. other or line
end

-- A command and what it is for.
local function hint(command, words, width)
  return beside("  " .. text.pad(command, width), words, "\n    ")
end

-- What this run was held against (bench run --against), as bench compare takes it: a run or a file. nil where that is
-- not here.
local function base_of(document)
  for _, promise in ipairs(document.promises) do
    local word = promise.sentence:match " worse by < [%d.]+%% against ([^,]+)"
    local run = word and math.tointeger(word:match "^run (%d+)$")
    local base = run and ask.row("report/run", run)
    if base and base.scenario == document.run.scenario then
      return base.run
    elseif word and not run and is_database(word) then
      return core_text.quoted(word)
    end
  end
end

-- What to ask next: lines, the first one empty.
local function next_lines(document)
  local file, base, hints = again.database(), base_of(document), {}
  local function add(words, form, ...)
    hints[#hints + 1] = { command = form:format(...) .. file, words = words }
  end
  if base then
    add("what became worse, and why", "bench compare %s %d", base, document.number)
  end
  if has_pair(document) then
    add("is the difference real, and why", "bench compare %d", document.number)
  end
  add("each answer", "bench show %d --requests", document.number)
  local width = math.max(26, table.unpack(lists.map(hints, function(one) return core_text.width(one.command) end)))
  local lines = { "" }
  for i, one in ipairs(hints) do
    lines[i + 1] = hint(one.command, one.words, width)
  end
  local has_errors_alone = document.run.ok == 0 and document.run.failed > 0
  lines[#lines + 1] = ("  bench sql --query %s %d"):format(has_errors_alone and "errors_by_kind" or "slowest_requests",
    document.number) .. file
  return lines
end

function client.print(page, document)
  page:line()
  local has_asked = document.total.requests > 0
  if document.health and (has_asked or #document.summary > 0) then
    page:remark(health_words(document.health))
    page:remark(client_error.words(document.client_error))
  end
  local origin = measured.words(document.run)
  if origin then
    page:remark(origin)
  end
  local lines = has_asked and next_lines(document) or {}
  local kept = ("Kept: run %d, %s"):format(document.number, kept_words(document.total, document.run.imported == 1))
  kept = text.wrap(kept, "", "  ", fit.columns() or math.huge):gsub("\n$", "")
  table.insert(lines, 1, beside(kept, ("(%s)"):format(short_path(store.path())), "\n  "))
  page:verbatim(table.concat(lines, "\n") .. "\n")
end

return client
