std = "lua54"
max_line_length = 120
cache = true

-- A scenario sees Lua's own globals (without the dangerous ones) and these.
files["scripts"].read_globals = { "http", "json", "log" }
files["examples"].read_globals = { "http", "json", "log" }
files["tests/perf"].read_globals = { "http", "json", "log" }
files["tests/lua"].std = "lua54+busted"
