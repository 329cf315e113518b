-- bench help exit-codes
return [[
Exit codes

  0    all well
  1    a promise (expect) is broken, or a regression found (compare
       --max-regression)
  2    wrong usage, or a script that does not load; nothing was measured
  3    the script failed while running, or a file that it requires does not
       load; what was measured until then is kept
  4    no backend could be reached, not one request ended ok, or a backend named
       on the command line was not there (the others are measured all the same)
  5    inconclusive: a plan that the client could not keep, a load that measured
       nothing, too few samples, a promise over no data, a regression that
       cannot be told, or another experiment (compare --strict)
  6    the database could not be written or is damaged, or what is printed into
       a file could not be written
  130  interrupted by Ctrl-C, 143 by SIGTERM; what was measured is kept
  134  this machine had no memory left; what was measured until the last second
       is kept

Where several hold, the first of 130 or 143, 6, 3, 4, 1, 5 is the code.
]]
