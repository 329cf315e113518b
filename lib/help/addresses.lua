-- bench help addresses
return [[
Addresses of backends

  [NAME=]KIND[+https]://HOST[:PORT][/BASE][#MODEL]
  [NAME=]KIND[#MODEL]          the kind's usual port on this machine
  http(s)://HOST[:PORT]        is asked what it is; a line shows what to write
  127.0.0.1:8080               the same: an IP or localhost, and a port
  sim[#NAME][@KEY=VALUE...]    a simulated server that lives as long as the run

  ollama     11434  /api/chat, /api/generate, /api/embed
  llamacpp    8080  /v1/chat/completions with timings, /completion
  vllm        8000  /v1/...
  openai            anything compatible: SGLang, TGI, LM Studio, LiteLLM, ...

  ollama#qwen2:0.5b
  old=llamacpp://127.0.0.1:8081
  vllm://gpu:8000#Qwen/Qwen2-0.5B-Instruct
  openai+https://api.example.com/v1#name
  sim@kind=ollama@ttft=200ms@tpot=20ms@quantization=Q4_0

NAME is letters, digits, . _ - and stands in tables and in SQL; without one it
is the kind, numbered if it comes twice. Without #MODEL the one model that the
server has loaded or offers is taken; if there are several they are listed.

BASE is what stands before /v1/chat/completions. One that ends in a version, as
/v1, /api/paas/v4 or /v1beta/openai do, gets no /v1, nor does Azure's
/openai/deployments/NAME?api-version=...; a whole path, up to /chat/completions,
is taken as it is.

OLLAMA_HOST and OPENAI_BASE_URL say where ollama and openai are. OPENAI_API_KEY
goes to the host of OPENAI_BASE_URL (api.openai.com without it) and to no other
unless the script gives it there. BENCH_HEADERS, lines "Name: value", are other
headers for the same host, a gateway's token say; no value of them is kept.
A proxy's name and password (nginx: auth_basic) stand before the host, as in
ollama://NAME:PASSWORD@gpu; they are not kept either.
localhost means 127.0.0.1, then ::1. An IPv6 address stands in brackets, a
link-local one with its interface: [fe80::1%eth0].
SSL_CERT_FILE names a file (PEM) of the certificates to trust, a private
authority's say, in place of this machine's; there is no way to trust all.
Proxies of the environment (http_proxy, HTTPS_PROXY, ...) are not used: a
script goes by one with bench.backend(ADDRESS, { proxy = URL }).

What is listening:  bench probe     Settings of sim:  bench sim --help
]]
