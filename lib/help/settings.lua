-- bench help settings
return [[
Settings of an ask

  backend:ask("Why?", { max_tokens = 256, temperature = 0 })
  bench.backend(address, { settings = { temperature = 0 } })    for each ask

An unknown one is an error at the call. What a server has no word for is left
out and the page says so (with --strict the ask is refused).

What the model is told
  max_tokens      most tokens of the answer, 1 or more
  min_tokens      fewest
  ignore_eos      true: the answer has its whole length
  temperature, top_p, top_k, seed, stop (a text or a list of texts)
  system          a text before the conversation
  tools           a list, sent as it is
  extra           a table that is merged deeply into the body: what this server
                  has and no other. json.null takes out what stands there:
                  { max_tokens = json.null, max_completion_tokens = 256 }

How it is asked
  stream          false: the answer in one piece; it has no TTFT then   (true)
  cache           "bypass": the prompt is computed anew, by the server's own
                  switch or by words before it                     ("as-is")
  headers         { ["X-Name"] = "text" or a bench.secret }
  timeouts        { connect = "5s", first_token = "10m", idle = "60s", total };
                  these are the defaults, and total has none. false or "none":
                  no limit. An answer that said that it is done ([DONE]) has a
                  second left to end
  retries         how often to try again after 429, 503 and a refused
                  connection, as Retry-After wants it, 60 s at most     (0).
                  Each attempt has the timeouts and cancel_after to itself
  cancel_after    the client closes that long after the request was sent; the
                  outcome is cancelled, no error
  label           what this request is one of (a language, a turn): told apart
                  in tables, promises (... for LABEL) and comparisons
  on_token        function(text, t), called for each token event, t in seconds
                  since t0; it may not wait, and what it takes delays others

headers and timeouts of an ask are merged with those of its backend, name by
name; any other setting replaces the backend's. An embed takes extra, headers,
timeouts, retries, cancel_after and label: the others shape an answer in words.
]]
