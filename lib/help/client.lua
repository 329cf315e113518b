-- bench help client
return [[
The client's own share

Every number here was measured by a program that itself needs time. What a page
says of it, and what to do:

  arrival times  the kernel's, stamped when the bytes came in, so that a busy
                 client does not move them; "taken after the read" where the
                 kernel gives none
  client error   how far they may be off: bench calibrate reads streams of a
                 simulated server that says when it sent each token, 1 to 10,000
                 at once, and keeps the error (p50, p99) for this machine. A
                 page names the entry nearest to its own number of streams and
                 shows no digits below that error.
  late by        how long one turn of the loop took: sends and scripts wait for
                 that, arrival times do not
  waited for     the client could run and got no core: others had it, or a limit
  a core         of CPU was used up. Above 10 % run bench on another machine, or
                 leave a core to it (taskset)
  saturated      more than 70 % of a core, turns of more than 10 ms (after a
                 calibration: of 10 times what they were there, 1 ms at least
                 and 10 at most), more events/s than were calibrated to within
                 1 ms, or waiting as above
  limit of CPU   what a container or service may use: what runs in it stands
                 still once it is used up, for the rest of a period (0.1 s), a
                 server beside bench, too. Said from 1 of 100 periods on
  stopped        bench itself stood still for a second or more (Ctrl-Z, kill
                 -STOP, a paused machine): requests across that are marked

--workers N shares a load among N processes where one core is not enough (bench
help loads); a page then gives the figures of the worst of them.

--priority asks for real-time priority (SCHED_RR, the lowest): sends are on time
on a full machine. Nothing does unasked, since a server on the same machine then
waits for us. It needs the right to it, and is lost after half a second without
a wait.

The smallest difference that bench compare calls is what one backend differs
from itself: bench calibrate --aa ADDRESS.

What runs out on this side makes a request fail as client_limit, and its message
says what: descriptors (raised to the hard limit at the start of a run), local
ports, memory.
]]
