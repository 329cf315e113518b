-- bench help reply
return [[
Replies: what an ask gives back

A table that stays readable as long as the script keeps it. Times are seconds. A
value that does not exist is nil, never 0; a name that is not here is an error.

  ok              whether it went well
  outcome         ok, failed, truncated (the answer ended without its end),
                  incomplete (we cut it off: the load or the run was over),
                  empty (not one token), cancelled (cancel_after)
  error           nil when ok, else error.kind and error.message. Kinds: connect
                  dns tls connect_timeout first_token_timeout idle_timeout
                  total_timeout server_error http_NNN redirect no_response
                  malformed line_too_long answer_too_long transport short
                  client_limit; what had come is there all the same
  text            the answer, "" where there is none
  texts           all of them, where extra asked for several (n = 2)
  reasoning       what came before the answer in a channel of its own
  tool_calls      a list of { name, arguments (JSON, as text), id }; as it is, a
                  message of the next chat: { role = "assistant", content =
                  reply.text, tool_calls = reply.tool_calls }
  vectors         of backend:embed: a list of lists of numbers
  ttft            to the first token in any channel
  ttfc            to the first token of the answer itself
  tpot            per token after the first
  e2e             to the last token; not streamed, embed: to the end of a
                  whole answer
  tokens          .output (reasoning included), .reasoning, .prompt, .cached,
                  .evaluated: as the server counted
  server          .load, .queue, .prefill, .decode: by its own clock
  finish_reason   stop, length, tool_calls ... as the server says (/completion
                  of llama-server: eos, word, limit)
  status          of HTTP
  headers         of the last attempt, names in lower case
  attempts        1, more with retries
  model           as the server names it

print(json.encode(reply)) shows all of one. bench help metrics defines each
number. The same in SQL, for every request ever made: the view request_metrics.
]]
