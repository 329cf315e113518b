-- Do two backends run the same weights? What their names, files and sizes say of that, and what they leave open. Pure.
local address = require "bench.address"

local weights = {}

local APART = 1.25 -- times as many bits per weight: more than what a file holds beside its weights
local ALIKE = "about as many bits per weight"

weights.ONE_SIZE = "one size and quantisation"
weights.TWO_FILES = "two files of one name"

-- llama-server says "Q4_K - Medium" of what Ollama and the files call Q4_K_M.
function weights.quantization_key(name)
  local short = name and name:upper():gsub(" %- ([SML])%u+$", "_%1")
  return short == "Q2_K_M" and "Q2_K" or short
end

local function by(is_same)
  return is_same and "same" or "differs"
end

-- "same", "differs" or "unknown", and why it is unknown where that is not a server's silence. Where a server does not
-- name it, as by the size of its file. a, b: rows of backends, as everywhere here.
function weights.quantization(a, b)
  local x, y = weights.quantization_key(a.quantization), weights.quantization_key(b.quantization)
  if x and y then
    return by(x == y)
  elseif not (a.bits_per_weight and b.bits_per_weight) then
    return "unknown"
  end
  local least = math.min(a.bits_per_weight, b.bits_per_weight)
  local most = math.max(a.bits_per_weight, b.bits_per_weight)
  if most > APART * least then
    return "differs"
  elseif most == least and a.kind == b.kind then
    return "same"
  end
  return "unknown", ALIKE
end

local function letters(name)
  return (name:lower():match "[^/\\]+$" or name):gsub("%.gguf$", ""):gsub(":latest$", ""):gsub("[%p%s]", "")
end

local function goes_on(x, y)
  return x:sub(1, #y) == y or y:sub(1, #x) == x
end

-- Two kinds of servers may call one file differently: as many parameters, to the last one.
local function is_one_size(a, b)
  return a.kind ~= b.kind and a.parameters ~= nil and a.parameters == b.parameters
end

-- On whose disk it reads its weights; nil where no address is kept.
local function machine_of(row)
  if row.here == 1 then
    return row.machine
  end
  local parts = row.address and address.parse(row.address)
  return parts and parts.host
end

-- Whether two servers of one machine read one file: nil where they are of two, or one does not say.
local function is_one_file(a, b)
  local machine = machine_of(a)
  local are_told = a.path and b.path and a.path:find "^/" and b.path:find "^/"
  if are_told and machine and machine == machine_of(b) then
    return a.path == b.path
  end
end

-- Whether two vLLMs read one place: a folder of one machine, or a repository ("Qwen/Qwen2-0.5B").
local function is_one_root(a, b)
  local machine = machine_of(a)
  return a.root ~= nil and a.root == b.root
    and (a.root:find "^[^/.]+/[^/]+$" ~= nil or machine ~= nil and machine == machine_of(b))
end

local function are_two_roots(a, b)
  return a.root ~= nil and b.root ~= nil and a.root ~= b.root
end

-- The same. A file is known by its digest, where both are of Ollama's, or by its place, whatever a server was told to
-- call it; a name that goes on where the other one ends
-- ("qwen2:0.5b", "Qwen2-0.5B-Instruct"; "gpt-4o", "gpt-4o-mini") may be that of another model.
function weights.model(a, b)
  if a.blob and b.blob then
    return by(a.blob == b.blob)
  elseif not (a.model and b.model) then
    return "unknown"
  end
  local x, y, one_file = letters(a.model), letters(b.model), is_one_file(a, b)
  if one_file or is_one_root(a, b) then
    return "same"
  elseif x == y and (one_file == false or are_two_roots(a, b)) then
    return "unknown", weights.TWO_FILES
  elseif x == y or a.digest and a.digest == b.digest or goes_on(x, y) and is_one_size(a, b) then
    return "same"
  elseif goes_on(x, y) then
    return "unknown", "one name goes on where the other ends"
  elseif is_one_size(a, b) and weights.quantization(a, b) == "same" then
    return "unknown", weights.ONE_SIZE
  end
  return "differs"
end

-- The name of a backend's model, with the file of its weights where that is what parts it from one of its peers.
function weights.model_name(backend, peers)
  for _, peer in ipairs(peers) do
    if peer.model == backend.model and peer.blob and backend.blob and peer.blob ~= backend.blob then
      return ("%s (file %s)"):format(backend.model, backend.blob:sub(8, 15))
    end
  end
  return backend.model
end

return weights
