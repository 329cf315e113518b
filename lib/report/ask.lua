-- Questions of db/, by name: "compare/own" is db/compare/own.sql; what follows are its ?1, ?2 ...
local embedded = require "core.embedded"
local store = require "core.store"

local ask = {}

-- The question itself.
function ask.sql(name)
  return embedded.text("db/" .. name .. ".sql")
end

-- A list of rows, as core.store.query has it.
function ask.rows(name, ...)
  return store.query(ask.sql(name), ...)
end

-- The first row, or nil.
function ask.row(name, ...)
  return store.query(ask.sql(name), ...)[1]
end

-- parameters: a list. take(row) may return false to stop.
function ask.each(name, parameters, take)
  return store.each(ask.sql(name), parameters, take)
end

-- Rows that are kept by columns (core.columns).
function ask.columns(name, ...)
  return store.columns(ask.sql(name), ...)
end

return ask
