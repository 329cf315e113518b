-- bench help same
return [[
Is it the same experiment?

Two servers can be compared as engines only when they do the same work: the same
weights, the same tokens in, the same number of tokens out. bench asks each
server what it runs and says above the numbers what differs and what nobody
knows. NOT THE SAME EXPERIMENT stands there where one of these differs: model,
digest, quantisation, parameters, architecture, adapters, context, slots, KV
cache, processor, speculative decoding, defaults, chat template, prompt tokens,
stream, cached prompts or answers with reasoning (by 20 % of them); the host,
the way to it, or its hardware; what a server said meanwhile; max_tokens,
min_tokens, ignore_eos, stop, cache and extra, as they were sent; a simulated
server beside a real one.
Another engine, or another version, is named and no more: that is what you
compare. Behind the OpenAI API it may be unknown: a gateway may stand before the
very server that it is compared with.

  model          names are compared, and files where both sides tell them:
                 Ollama its own, llama-server the path (of one machine one path
                 is one file, two with one name may hold different weights),
                 vLLM the folder or repository, whatever name it serves.
                 "gpt-4o" and "gpt-4o-mini" may be two models: where one name
                 goes on after the other, bench says that it is unknown
  meanwhile      what a server says of itself at the end of a run is held
                 against what it said at the start: one that was started again
                 with other weights or another context, whose adapters were
                 swapped or whose model was made anew, is two servers
  quantisation   the usual trap: a default download has 4 bits per weight,
                 another one 16. On one machine and one engine that alone is a
                 factor of 2.
                   ollama show MODEL       ollama pull qwen2:0.5b-instruct-fp16
                   llama-server -m FILE    the type stands in the file's name
                 To give llama-server the file that Ollama has:
                   ollama show --modelfile MODEL    FROM /.../blobs/sha256-...
                   llama-server -m /.../blobs/sha256-...
                 To give Ollama a file of yours: the line FROM ./model.gguf in a
                 file named Modelfile, then
                   ollama create same -f Modelfile
  context        Ollama takes num_ctx (4096 here unless told), llama-server -c
  KV cache       OLLAMA_KV_CACHE_TYPE, llama-server --cache-type-k and -v
  processor      in whose memory Ollama has the model, as ollama ps says: what
                 does not fit into a GPU's is left to the CPU, several times as
                 slow. A longer context, or a second model, takes that room
  adapters       llama-server --lora: other weights on top
  speculative    llama-server -md: a small model drafts what the big one then
                 judges. As fast as the text is predictable; without it another
                 number. Ollama and vLLM do not say
  host           where the server is, or whom an Ollama asks for its model: of a
                 cloud model that is ollama.com
  defaults       what a server does where nothing is sent: llama-server --temp,
                 --top-k, -n; PARAMETER in an Ollama model. Send temperature,
                 max_tokens and stop, and they decide nothing
  chat template  the same text becomes other tokens; prompt tokens show it. One
                 token more on every prompt is a doubled first token (BOS).
                 Servers that show the prompt itself (llama-server) are compared
                 by that; Ollama's template is in a language of its own
  stream         token by token, or several at once: what a proxy (or the
                 server) holds back comes late and together, so TTFT and decode
                 are of something else
  length         set max_tokens, and ignore_eos where both have it
  cache          the second ask of a prompt skips most of the work. cache =
                 "bypass" measures a cold one
  warm-up        the first request may load the model. bench.rounds warms up
                 once
  heat           a machine that gets hot gets slower. cool_down = "30s" in
                 bench.rounds waits between two turns, cool_down = "60C" until
                 the hottest thermal zone of this machine has come down to it
                 (10 minutes at most)
  machine        a server on this machine is as fast as this machine is: of two
                 machines the numbers are the machines' and the engines'
  round trip     how far a server is: a TTFT holds the way to it and back. Ask
                 from beside it, or both from places that are as far
  memory         two models on one machine share it. exclusive = true in
                 bench.rounds unloads the other one first (Ollama)

What a verdict of bench compare says

  faster, slower     the 95 % interval of the ratio leaves 1 out, and that would
                     be seen of a thing and itself in 5 of 100 at most, also
                     where the machine drifts; and it would still be so if
                     all that failed, was cancelled or turned away on one side
                     alone had been its slow part, end to end and rates of
                     answers that were all as long, and TPOT, decode and rates
                     of tokens that one source counted
  equal within 5 %   the whole interval is within (--equal-within)
  cannot tell        anything else; below the table stands why
  better, worse      errors, and unfinished: who left, or was cut off by the end
                     of a load

How bench compare comes to it

  block        a round; of what was not asked in rounds, one of 30 pieces in
               their order; with --by prompt, a prompt. Its value is the median
               of its requests that were ok and warm
  ratio        of the blocks' values, by their logarithms
  in turn      the two blocks of a round are a pair. From 8 pairs on: all values
               ranked together, pairs turned round at random (Conover and Iman);
               the interval is that of Hodges and Lehmann's shift. Of fewer:
               Student's of the differences, from 6 on beside the test by rank
  not in turn  Welch's interval, wider where neighbours are alike; from 6 blocks
               on beside Mann and Whitney's test; and again with a drift through
               both sides taken out (least squares over time)
  errors       and unfinished: Fisher's exact test, and the blocks must agree
  p95, p99     by order statistics, as sure as the blocks agree (Woodruff)
  many lines   of one metric, for several labels or loads: Holm's correction

Two backends in turn in one run (bench.rounds) share what the machine does. Of
two runs one after the other a drift that nobody sees may have made as much: to
see the same difference they take some four times as many requests.

What a server does not say stays unknown: then it is you who must know.
]]
