-- The first look at a backend, before anything is asked of it: whether it is there, what kind it is, which model it
-- runs, and what it says about that.
local address = require "bench.address"
local dialect = require "bench.dialect"
local fingerprint = require "bench.fingerprint"
local http = require "core.http"
local keys = require "bench.keys"
local misuse = require "bench.misuse"
local moment = require "bench.moment"
local output = require "core.output"
local permissions = require "bench.permissions"
local proxies = require "bench.proxies"
local record = require "core.record"
local session = require "bench.session"
local settings = require "bench.settings"
local simulated = require "bench.simulated"
local targets = require "bench.target"
local task = require "core.task"
local warnings = require "bench.warnings"
local workers = require "bench.workers"

local presence = {}

local function say(format, ...)
  output.err("bench: " .. format:format(...) .. "\n")
end

-- Not there, for whatever reason: named at once and kept with the run; asks of it fail, each as a row.
local function set_absent(target, kind, format, ...)
  target.absent = kind
  session.absent[#session.absent + 1] = target.name
  session.absent_named = session.absent_named or target.is_named
  if task.cancelled() then
    return -- who is interrupted while he asks has learnt nothing about the server
  end
  say(format, ...)
  if workers.index == 0 then
    record.write("warning", nil, nil, "absent", ("Not measured: %s."):format(format:format(...)))
  end
end

local function set_unreached(target, kind, message)
  set_absent(target, kind, "no %s from %s (%s%s, %s)%s", kind == "malformed" and "usable answer" or "answer",
    target.name, address.place(target.parts), proxies.by(target), fingerprint.reason(kind, message),
    proxies.advice(target, kind, os.getenv))
end

-- The server is there, the model is not: as good as absent.
local function set_without_model(target, names)
  target.offered = names[1]
  set_absent(target, "no_model", "%s (%s) has no model \"%s\"; it has: %s", target.name, address.place(target.parts),
    target.model, #names > 0 and fingerprint.some(names, ", ") or "none")
end

-- The name of a server behind a proxy is the proxy's to know.
local function resolve(target)
  if target.proxy then
    return true
  end
  local addresses, took = http.resolve(target.parts.host, target.parts.port)
  if not addresses then
    return nil, "dns", took
  end
  target.addresses = addresses
  target.dns_ns = moment.ns(took)
  return true
end

-- An address without a kind: asked what it is.
local function identify(target)
  local parts = target.parts
  local kind, failure, message = fingerprint.identify(target)
  if not kind then
    return nil, failure, message
  end
  parts.kind = kind
  address.complete(parts)
  target.was_asked = true
  if not parts.name then
    target.name = session.unique_name(kind)
  end
  return kind
end

-- The address to write next time.
local function say_what_it_is(target)
  if target.was_asked then
    say("%s is %s; next time: %s", target.parts.given, target.dialect.title,
      address.to_write(target.parts, target.model))
  end
end

-- No model was named, and none can be chosen: nothing is run. answer: to the question whether it is there.
local function refuse_choice(target, answer, names)
  local who = ("%s (%s)"):format(target.name, address.place(target.parts))
  local example = address.with_model(target.parts, names[1] or "MODEL")
  if #names > 0 then
    misuse.refuse_here("%s has several models; say which, as in %s:\n  %s", who, example,
      fingerprint.some(names, "\n  "))
  end
  local with_password = fingerprint.address_with_password(target.parts, answer)
  if with_password then
    misuse.refuse_here("%s wants a name and a password before it says which models it has: write %s (in a script: "
      .. "headers)", who, with_password)
  end
  if fingerprint.wants_key(answer) and keys.are_sent(target.parts, target.headers) then
    misuse.refuse_here("%s does not take the key that it was given (status %d)", who, answer.status)
  end
  if fingerprint.wants_key(answer) then
    misuse.refuse_here("%s wants a key before it says which models it has: set OPENAI_API_KEY, and OPENAI_BASE_URL=%s, "
      .. "since the key goes to no other host (in a script: api_key, headers)", who, address.origin(target.parts))
  end
  if fingerprint.is_no_answer(answer) then
    misuse.refuse_here("%s does not say which models it has (%s); name one: %s", who,
      fingerprint.refusal(target, target.dialect.presence, answer), example)
  end
  local instead = answer.status == 404 and "404" or not answer.value and "something that is not JSON (a web page?)"
  if instead then
    misuse.refuse_here("%s lists no models: GET %s was answered with %s. If that path is right, name a model: %s; if "
      .. "not, bench probe %s says what is there", who, address.shown_url(target.parts, target.dialect.presence),
      instead, example, address.place(target.parts))
  end
  misuse.refuse_here("%s names no model; load one, or name it: %s", who, example)
end

-- nil, error kind, message where the server is gone meanwhile.
local function choose_model(target, ask)
  local model, names = fingerprint.choose_model(target.kind, ask)
  if model then
    return model
  end
  local answer, failure, message = ask("GET", target.dialect.presence)
  if not answer then
    return nil, failure, message
  end
  refuse_choice(target, answer, names)
end

local function lacks_model(target, ask)
  return target.dialect.has and not target.dialect.has(ask, target.model)
end

local function keep_facts(target, ask)
  target.facts = fingerprint.describe(target, ask, target.model)
  targets.record(target)
end

-- Its facts, asked anew.
function presence.describe(target)
  keep_facts(target, fingerprint.asker(target, target.raw))
end

local function learn(target)
  local ask = fingerprint.asker(target, target.raw)
  if not target.model then
    local model, failure, message = choose_model(target, ask)
    if not model then
      set_unreached(target, failure, message)
      return
    end
    target.model = model
  elseif lacks_model(target, ask) then
    set_without_model(target, (target.dialect.offered(ask)))
    return
  end
  keep_facts(target, ask)
  target.is_loaded = target.facts.is_loaded
  say_what_it_is(target)
end

local function patience(target)
  return settings.merge(target.settings, {}).timeouts.first_token or math.huge
end

-- Any of them may be asked as the OpenAI API, which all of them speak; as another kind only by mistake, but for `bench
-- sim`, which is all of them at one place.
local function warn_of_other_kind(target, answer)
  local kind = fingerprint.kind_of_models(answer)
  if kind and kind ~= target.kind and kind ~= "openai" and target.kind ~= "openai" and not answer.is_simulated then
    local right = setmetatable({ kind = kind }, { __index = target.parts })
    say("%s", warnings.add("other_kind", target, nil, target.name, address.place(target.parts),
      dialect.find(kind).title, address.to_write(right, target.model)))
  end
end

-- Looks whether it is there and what it is; returns error kind and message when it is not.
local function meet(target)
  local there, failure, message = resolve(target)
  if there and not target.kind then
    there, failure, message = identify(target)
    target.kind = there or nil
  end
  if there then
    target.dialect = dialect.find(target.kind)
    permissions.learn(target.parts, target.kind)
    there, failure, message = fingerprint.await(target, patience(target))
  end
  if there then
    target.is_here = there.is_here
    target.round_trip_ns = moment.ns(there.round_trip)
    if there.is_simulated then
      simulated.mark(target)
    end
    warn_of_other_kind(target, there)
    return nil
  end
  target.kind = target.kind or "openai"
  target.dialect = dialect.find(target.kind)
  return failure, message
end

local function warn_clear_key(target)
  if keys.is_exposed(target.parts, target.headers) then
    say("%s", warnings.add("clear_key", target, nil, target.name, address.place(target.parts)))
  end
end

local function note_proxy(target)
  if target.proxy then
    warnings.add("proxied", target, nil, target.name, proxies.by(target))
  end
end

-- Fills the target with what is found at its address. One that is not there is named on stderr, and is `absent` from
-- then on.
function presence.look(target)
  warn_clear_key(target)
  note_proxy(target)
  local failure, message = meet(target)
  if failure then
    set_unreached(target, failure, message)
  else
    learn(target)
  end
end

return presence
