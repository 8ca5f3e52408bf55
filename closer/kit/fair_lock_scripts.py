"""What a fair lock does inside of Redis, each step at once (Lua).

A lock is two keys: its queue (sorted set: ticket, place in line) and until when each ticket lives (hash: ticket,
milliseconds of Redis' own clock, so that clocks of other machines do not matter). The first living ticket holds the lock.
A clock set back must not prolong a life: one that lasts longer than any can begins anew when it is looked at.
A third key marks a ticket that was given back while a call for it was perhaps still under way.
"""

from __future__ import annotations

_COMMON = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local queue, alive, done = KEYS[1], KEYS[2], KEYS[3]

local function head(life)
  local first = redis.call('ZRANGE', queue, 0, 0)[1]
  while first do
    local till = tonumber(redis.call('HGET', alive, first) or '0')
    if till > now + life then
      till = now + life
      redis.call('HSET', alive, first, till)
    end
    if till > now then return first, till - now end
    redis.call('ZREM', queue, first)
    redis.call('HDEL', alive, first)
    first = redis.call('ZRANGE', queue, 0, 0)[1]
  end
  return nil, 0
end

-- Whether Redis has just started and may not know all tickets yet (whole seconds: up to one too many).
local function young(grace)
  if grace <= 0 then return false end
  local up = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
  return (tonumber(up) - 1) * 1000 < grace
end
"""

#: Keeps a ticket alive, taking it first if it is new. ARGV: ticket, place ('' for a new one), milliseconds to live,
#: milliseconds for which a Redis that has just started lets nobody in, whether the ticket holds the lock already (0, 1).
#: Returns whether it holds the lock (0, 1), its place, milliseconds after which to ask again at the latest.
TOUCH = (
    _COMMON
    + """
local ticket, place, life, grace = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('EXISTS', done) == 1 then return {0, place, life} end
if place == '' then place = redis.call('ZSCORE', queue, ticket) or '' end  -- the answer to a first call was lost
if place == '' then
  local last = redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')[2]
  local next = clock[1] * 1000000 + clock[2]
  if last and tonumber(last) >= next then next = tonumber(last) + 1 end
  place = string.format('%.0f', next)
end
redis.call('ZADD', queue, place, ticket)
redis.call('HSET', alive, ticket, now + life)
redis.call('PEXPIRE', queue, life * 4)
redis.call('PEXPIRE', alive, life * 4)
local first, left = head(life)
if first ~= ticket then return {0, place, left} end
if ARGV[5] == '0' and young(grace) then return {0, place, 100} end
return {1, place, 0}
"""
)

#: Gives a ticket back and, if it had held the lock, tells the process of the next one. ARGV: ticket, prefix of the
#: processes' channels, milliseconds for which a late call must not bring the ticket back (0: none can come), grace and
#: milliseconds to live as above.
RELEASE = (
    _COMMON
    + """
local life = tonumber(ARGV[5])
local held = head(life) == ARGV[1]
redis.call('ZREM', queue, ARGV[1])
redis.call('HDEL', alive, ARGV[1])
if tonumber(ARGV[3]) > 0 then redis.call('SET', done, '1', 'PX', ARGV[3]) end
if held then
  local first = head(life)
  if first and not young(tonumber(ARGV[4])) then
    redis.call('PUBLISH', ARGV[2] .. string.match(first, '^[^:]*'), first)
  end
end
return 1
"""
)
