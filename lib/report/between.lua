-- Rules that ask what stands between the server and us, and holds its tokens back. Each is a rule as in
-- report.rules, whose table takes them in.
local number = require "report.number"
local rule = require "report.rule"
local support = require "report.support"

local CLOCKS_SHARE = 0.1 -- printed with the warning that it decides
local FAR_SHARE, FAR_MS = 0.1, 1 -- of TTFT; within one building less
local LOSS_SHARE = 0.1
local EYEBALLS_MS = 100 -- a second address is tried 200 ms after the first
local SYN_MS = 990 -- a second after the first packet of a connection Linux sends it again

-- What holds a stream back between the server and us, and what lets it through.
local HOLDERS = "nginx does so unless proxy_buffering is off, HAProxy without option http-no-delay"

-- As late as Linux acknowledges a small packet (40 ms, and what a timer adds). A sender without TCP_NODELAY waits for
-- that behind the HTTP head.
local ACK_WAIT = "coalesce(ttft_ms - headers_ms, 0) BETWEEN 38 AND 50"

-- What came behind a packet that was lost waited for it: a rule of its own says so.
local NO_LOSS = "packet_loss IS NOT 1"

-- Why connections took so long, or what takes them before the measuring.
local function why_slow(row)
  if row.is_late == 1 and row.addresses:find "," then
    return ("One of its addresses (%s) seems not to answer, and is tried first each time: write the other one."):format(
      (row.addresses:gsub(",", ", ")))
  elseif row.again > 0 then
    return ("%d of these waited a second or more for the connection: its first packet was lost, and Linux sends it "
      .. "again after a second. A server that takes connections too slowly drops it (its listen backlog, "
      .. "net.core.somaxconn); so does a network that loses packets."):format(row.again)
  end
  return "A warm-up takes that before the measuring, unless the server closes its connections after each answer, as "
    .. "llama-server does."
end

-- Of "10.0.0.1,10.0.0.2,fd00::1" the most of one family: a server may well have one of each.
local function most_alike(addresses)
  local all, v6 = 0, 0
  for one in addresses:gmatch "[^,]+" do
    all, v6 = all + 1, v6 + (one:find ":" and 1 or 0)
  end
  return math.max(v6, all - v6)
end

return {
  { code = "far",
    may = ("SELECT 1 FROM backend WHERE run = ?1 AND round_trip_ns > %d * 1000000"):format(FAR_MS),
    sql = ([[SELECT b.name AS backend, b.round_trip_ns / 1e6 AS trip, median(m.ttft_ms) AS ttft
      FROM backend AS b JOIN request_metrics AS m ON m.run = b.run AND m.backend = b.name
      WHERE b.run = ?1 AND b.round_trip_ns > %d * 1000000 AND m.phase_kind = 'measure' AND m.outcome = 'ok'
        AND m.ttft_ms IS NOT NULL AND m.cold_start IS NOT 1
      GROUP BY b.name HAVING trip > %g * ttft]]):format(FAR_MS, FAR_SHARE),
    say = function(row)
      return ("The way to %s and back takes %s ms: %.0f %% of its TTFT (%s ms at the median) is the network's. Ask "
        .. "from beside the server to leave that out."):format(row.backend, number.short(row.trip),
        math.min(100, 100 * row.trip / row.ttft), number.short(row.ttft))
    end },

  { code = "connecting",
    any = ("connect_ms > %d AND connect_ms > %g * ttft_ms"):format(FAR_MS, FAR_SHARE),
    -- few are told where they are the slowest, and enough for a percentile that is printed
    sql = ([[WITH asked AS (SELECT run, request, backend, connect_ms, ttft_ms,
          count(*) OVER (PARTITION BY backend) AS total FROM request_metrics WHERE run = ?1
          AND phase_kind = 'measure' AND outcome = 'ok' AND ttft_ms IS NOT NULL AND cold_start IS NOT 1)
      SELECT m.backend, count(*) AS n, m.total, median(m.connect_ms) AS connect, median(m.ttft_ms) AS ttft,
        (SELECT median(ttft_ms) FROM asked WHERE backend = m.backend) AS usual,
        b.resolved AS addresses,
        median(r.t_connected - coalesce(r.t_attempt, r.t_start)) > b.round_trip_ns + %d * 1000000 AS is_late,
        sum(r.t_connected - coalesce(r.t_attempt, r.t_start) > coalesce(b.round_trip_ns, 0) + %d * 1000000) AS again
      FROM asked AS m JOIN request AS r ON r.id = m.request JOIN backend AS b ON b.run = m.run AND b.name = m.backend
      WHERE m.connect_ms > %d AND m.connect_ms > %g * m.ttft_ms GROUP BY m.backend
      HAVING n * 10 > m.total OR connect > usual AND n * iif(m.total < %d, 20, 100) > m.total]]):format(EYEBALLS_MS,
      SYN_MS, FAR_MS, FAR_SHARE, support.least.p99),
    say = function(row)
      return ("%s opened a connection first: %s of %s ms until the first token (medians%s). %s"):format(
        rule.share(row, "requests to " .. row.backend), number.short(row.connect), number.short(row.ttft),
        row.n * 10 > row.total and ""
          or ("; of all requests %s ms: the slowest are these"):format(number.short(row.usual)), why_slow(row))
    end },

  { code = "one_address",
    may = "SELECT 1 FROM phase WHERE run = ?1",
    sql = [[SELECT b.name AS backend, b.resolved AS addresses FROM backend AS b
      WHERE b.run = ?1 AND instr(b.resolved, ',') > 0 AND EXISTS (SELECT 1 FROM request AS r WHERE r.run = ?1
        AND r.backend = b.number AND r.phase IS NOT NULL AND r.t_connected IS NOT NULL)]],
    accept = function(row)
      return most_alike(row.addresses) > 1
    end,
    say = function(row)
      return ("The host of %s has several addresses (%s), and each connection goes to the first one that answers. If a "
        .. "server of its own stands behind each, the others had nothing to do: name each as a backend, or ask what "
        .. "shares the load."):format(row.backend, (row.addresses:gsub(",", ", ")))
    end },

  { code = "packet_loss",
    share = "packet_loss = 1",
    among = "outcome = 'ok'",
    accept = function(row)
      return row.n > LOSS_SHARE * row.total
    end,
    say = function(row)
      return ("In %s the network lost packets or mixed their order: tokens behind such a packet waited for it, and "
        .. "then came at once. The longest gaps and the slowest TTFT may be the network's, not the server's."):format(
        rule.share(row, "answers of " .. row.backend))
    end },

  { code = "ack_wait",
    any = ACK_WAIT .. " AND (lump = 1 OR at_once = 1 OR flags LIKE '%coalesced%') AND " .. NO_LOSS,
    -- what came with the first token may be little of a long answer: its rate is right, its TTFT is not
    sql = [[SELECT m.backend, count(*) AS n, m.total, max(m.is_fast) AS is_fast
      FROM (SELECT request, backend, ttft_ms, headers_ms, packet_loss, flags,
          coalesce(lump = 1 OR at_once = 1, 0) AS is_fast, count(*) OVER (PARTITION BY backend) AS total
        FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure' AND outcome = 'ok' AND backend IS NOT NULL) AS m
      LEFT JOIN timeline AS t ON t.request = m.request
      WHERE ]] .. ACK_WAIT .. " AND " .. NO_LOSS .. [[ AND (m.is_fast OR m.flags LIKE '%coalesced%'
        AND json_extract(t.shared, '$[1]') = 1 AND json_extract(t.shared, '$[2]') = 1)
      GROUP BY m.backend]],
    accept = function(row)
      return row.n * 4 > row.total -- a prompt may well take 40 ms
    end,
    say = function(row)
      return ("%s began with several tokens at once some 40 ms after the HTTP head: as long as this machine waits "
        .. "before it acknowledges a small packet. The server, or what is between, seems to send without TCP_NODELAY, "
        .. "and to wait for that. TTFT holds the wait, as it does for other clients that keep a connection%s"):format(
        rule.share(row, "answers of " .. row.backend), row.is_fast == 1
          and "; decode and TPOT look faster than the server was, or cannot be seen." or ".")
    end },

  { code = "burst",
    share = "at_once = 1 AND NOT " .. ACK_WAIT .. " AND " .. NO_LOSS,
    among = "outcome = 'ok'",
    say = function(row)
      return ("%s came in one piece: the speed of decoding cannot be seen, only the end. %s"):format(
        rule.share(row, "answers of " .. row.backend), row.n < row.total
          and "Those were held back by the server itself (no core free to send?) or by something between."
          or ("Something between holds the stream back (a proxy that buffers? %s), or keeps whole answers."):format(
            HOLDERS))
    end },

  { code = "lump",
    share = "lump = 1 AND NOT " .. ACK_WAIT .. " AND " .. NO_LOSS,
    among = "outcome = 'ok'",
    accept = function(row, facts, query)
      if row.n * 10 <= row.total then
        return false
      end
      row.is_ours = #rule.saturation(query, facts.run) > 0
      return true
    end,
    say = function(row)
      return ("%s began with several tokens at once: TTFT is when these came together, not the first token's, and "
        .. "decode and TPOT look faster than the server was. %s"):format(rule.share(row, "answers of " .. row.backend),
        row.is_ours and "The client was saturated, and may itself have read them so late."
          or ("Something between holds the stream back (a proxy that buffers? %s), or the server makes its tokens in "
            .. "blocks."):format(HOLDERS))
    end },

  { code = "coalesced",
    share = "flags LIKE '%coalesced%'",
    among = "outcome = 'ok' AND flags NOT LIKE '%burst%' AND lump = 0 AND " .. NO_LOSS,
    accept = function(row)
      return row.n * 5 > row.total
    end,
    say = function(row)
      return ("In %s some tokens arrived together and share a time stamp: gaps between tokens are coarser than the "
        .. "server's."):format(rule.share(row, "answers of " .. row.backend))
    end },

  { code = "decode_apart",
    any = "server_decode_tps > 0",
    -- of the label with the widest gap: the others would hide it
    sql = "SELECT backend, label, ours, its, max(max(ours / its, its / ours)) FROM ("
      .. rule.measured("label, median(decode_tps) AS ours, median(server_decode_tps) AS its", [[AND outcome = 'ok'
      AND output_tokens >= 16 AND decode_tps > 0 AND server_decode_tps > 0 GROUP BY backend, call, label]])
      .. ") GROUP BY backend",
    accept = function(row)
      return math.abs(row.ours / row.its - 1) > CLOCKS_SHARE
    end,
    say = function(row)
      return ("%s%s decodes %s tok/s by its own clock, %s by ours: more than %d %% apart. What is between the two (a "
        .. "proxy, a slow reader, tokens that are not sent) is part of our number."):format(row.backend,
        row.label and (" (%s)"):format(row.label) or "", number.short(row.its), number.short(row.ours),
        CLOCKS_SHARE * 100)
    end },
}
