-- A backend as we hold it inside: where it is, what it runs, what was seen of it. Scripts see the object
-- that bench.backend makes of it.
--
--   number, name, kind, dialect, parts (its address), headers (as core.http takes them), settings,
--   last_asked (bench.asked), urls (path -> URL), model (sent in bodies), asked_model (the user's word, or nil),
--   answered_model (as its first answer names it, or nil),
--   facts (the fingerprint), raw (path -> answer), addresses, dns_ns, absent (error kind, or nil), is_recorded,
--   samplings (and samplings_seen, last_sampling), prompt_sizes, least_load, is_loaded, was_cold (its last answer),
--   answered_at (a moment, or nil), place (what all at one place share: count, of them, and last, who answered last),
--   is_here (on this machine; nil: it never answered), round_trip_ns, asks_context (its script chooses the context),
--   is_simulated, is_named (on the command line), has_answered
local address = require "bench.address"
local json = require "bench.json"
local record = require "core.record"
local session = require "bench.session"
local settings = require "bench.settings"

local target = {}

local places = {} -- by their text

-- Two that are at one place may load a model for each other.
local function place_of(parts)
  local name = address.place(parts)
  local place = places[name] or { count = 0 }
  places[name] = place
  place.count = place.count + 1
  return place
end

-- A new one, numbered; kept in the database when it is first described or asked.
function target.new(fields)
  fields.facts = fields.facts or {}
  fields.raw, fields.urls = {}, {}
  fields.samplings, fields.samplings_seen = {}, {}
  fields.prompt_sizes = {}
  fields.place = place_of(fields.parts)
  return session.add_target(fields)
end

-- Nothing where each ask left it all to the server.
local function sampling_json(samplings)
  if #samplings < 2 and next(samplings[1] or {}) == nil then
    return nil
  end
  return json.encode(#samplings == 1 and samplings[1] or json.array(samplings))
end

-- Writes its row, or replaces it by what is known now.
function target.record(self)
  local facts = self.facts
  self.is_recorded = true
  record.write("backend", self.number, self.name, self.kind, address.printable(self.parts),
    facts.server_version, facts.model or self.model, facts.digest, facts.architecture, facts.parameters,
    facts.quantization, facts.bits_per_weight, facts.kv_cache, facts.context, facts.slots, facts.template_hash,
    sampling_json(self.samplings), next(self.raw) and json.encode(self.raw) or nil,
    self.is_simulated or false, self.addresses, self.dns_ns, self.is_here,
    self.round_trip_ns)
end

-- Whether its server can free the model: a llama-server with a single one cannot.
function target.can_unload(self)
  return self.dialect.unload ~= nil and (self.absent ~= nil or self.facts.is_loaded ~= nil)
end

-- Notes what was asked of the model, so that two runs can be compared; unseen combinations only.
function target.note_sampling(self, given)
  if self.last_sampling == given then
    return false
  end
  self.last_sampling = given
  local sampling = {}
  for _, name in ipairs(settings.sampling) do
    sampling[name] = given[name]
  end
  sampling.cache = given.cache == "bypass" and given.cache or nil
  local text = json.encode(sampling)
  if self.samplings_seen[text] or #self.samplings >= settings.MOST_ASKINGS then
    return false
  end
  self.samplings_seen[text] = true
  self.samplings[#self.samplings + 1] = sampling
  return sampling_json(self.samplings) ~= nil
end

return target
