-- Runs the tests of lib/'s pure modules: lua5.4 tests/lua/run.lua (from anywhere).
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
package.path = here .. "?.lua;" .. package.path
arg = { [0] = arg[0], "--pattern=_test", here } -- luacheck: ignore
require "busted.runner" { standalone = false }
