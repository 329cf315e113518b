-- The proxies of the environment: most clients go by them, and bench does not, since what it measured would be theirs.
local address = require "bench.address"

local proxies = {}

local of_https = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" }
local of_http = { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" }

local unreached = { dns = true, connect = true, connect_timeout = true }

-- " through the proxy HOST:PORT", or "" for a target that is asked without.
function proxies.by(target)
  return target.proxy and " through the proxy " .. address.place(address.parse(target.proxy, {})) or ""
end

-- What to say beside an error of this kind where a proxy might have been the way there; "" else. target: parts, proxy
-- (the one it was given, or nil).
function proxies.advice(target, kind, getenv)
  if target.proxy or not unreached[kind] or address.is_loopback(target.parts.host) then
    return ""
  end
  for _, name in ipairs(target.parts.secure and of_https or of_http) do
    if (getenv(name) or "") ~= "" then
      return ("; %s is set and not used: bench.backend(address, { proxy = URL }) goes by a proxy"):format(name)
    end
  end
  return ""
end

return proxies
