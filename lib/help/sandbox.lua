-- bench help sandbox
return [[
What a scenario may do

A scenario may come from a stranger. It has Lua's own string, table, math, utf8
and coroutine, of os the date, the time and one locale ("C"), and no io,
os.execute, os.clock (CPU time: bench.now() counts waiting, too), debug, C
modules or bytecode.

  require    bench's library and files beside the script, whose digests are kept
             with the run (notes): compare tells when one of them changed
  files      read only: below the script's folder, and what you named in an
             option. The script of somebody else's run (bench import, --like
             FILE.db, --like out of a file that --db names; what BENCH_DB names
             is yours) has no folder, and its options are its own, not yours.
             play and log of a simulated server are yours to name.
  network    the host and port of backends that you name on the command line;
             those of the script's own defaults only on this machine and on the
             kinds' usual ports. There http may only GET and POST to the paths
             of that kind, below any base. Anything else, also another name in a
             Host header: --allow-net HOST[:PORT]. Redirects are never followed.
  secrets    bench.secret(NAME) after --allow-env NAME, as a handle that can
             only stand in a header; its text is replaced wherever something is
             kept
  terminal   what it prints is shown there, never obeyed (colours, titles)

Limits, and what happens beyond them

  memory of the script      64 MB   --script-memory   an error with its line (a
                                    text that is being made: half as much more);
                                    where the flag is not given, 32 KB more for
                                    each visit of a load that is in progress
  time without waiting      10 s    --script-time     an error with its line;
                                    what no hook can stop (patterns, sort) ends
                                    the run; what was measured is kept
  one line of a stream       8 MiB  that request fails: line_too_long
  one answer                64 MiB  that request fails: answer_too_long
  texts, tool calls in it 1024      each; that request fails: malformed
  headers of an answer     300 KB   100 KB a line; it fails: client_limit
  body of an HTTP error     64 KiB  what is longer is not kept
  queue to the database     64 MB   no new request starts until there is room;
                                    at 128 MB notes, checks and values wait, too
  what is printed, unread   64 MiB  who prints waits until it is read
  one JSON text             64 MiB, 8 million values, 128 deep
  secrets                   16 MiB  a longer list of them is not kept secret
  name of a label, check     200 characters, then an error with its line
  or metric
  simulated servers         64
  workers                  256
  script file               16 MB
  one file that it reads    64 MiB  prompts, traces: any size, 64 MiB a record
  retries                    0      unless a setting asks; Retry-After to 60 s
  connect                    5 s    first token 10 min, between tokens 60 s
                                    (setting timeouts)

So a stranger's script can waste 10 s at a time, and of memory 96 MB, 32 KB for
each user of its loads, 128 MB of rows to be written, 64 MiB for each answer in
progress, and while it reads or writes JSON 256 MB more. It can wait, ask and
keep rows for as long as you let it: Ctrl-C ends it.
]]
