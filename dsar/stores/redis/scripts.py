"""What a server does by itself, in one go: tell the state of keys, and change keys that are still in the state read.

A key's state is told by the server both times, so nobody has to spell a value twice in the same way. SHA-1 is what its
scripts have; two states are compared that lie moments apart, and nobody chooses them.
"""

from __future__ import annotations

#: What both scripts know: a key's state, "" of a key that is not there.
_STATE = """
local function state(key)
  local kind, parts = redis.call('TYPE', key).ok, {}
  if kind == 'none' then return '' end
  if kind == 'string' then parts = {redis.call('GET', key)} end
  if kind == 'list' then parts = redis.call('LRANGE', key, 0, -1) end
  if kind == 'zset' then parts = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  if kind == 'set' then parts = redis.call('SMEMBERS', key) table.sort(parts) end
  if kind == 'hash' then
    local flat = redis.call('HGETALL', key)
    for at = 1, #flat, 2 do parts[#parts + 1] = #flat[at] .. ':' .. flat[at] .. flat[at + 1] end
    table.sort(parts)
  end
  for at, part in ipairs(parts) do parts[at] = #part .. ':' .. part end
  return redis.sha1hex(kind .. table.concat(parts))
end
"""

#: Returns the state of each of KEYS.
STATES = (
    _STATE
    + """
local found = {}
for at, key in ipairs(KEYS) do found[at] = state(key) end
return found
"""
)

#: ARGV[1] is 1 where changes stay; then come, for each of KEYS, its state, what is done, how many words follow, and
#: those. Returns how many keys are in another state: if any is, none is changed. What is done already is no other
#: state: a key that has expired is gone, and a script whose answer was lost may be sent again.
CHANGE = (
    _STATE
    + """
local function is_done(key, what, from, to)
  if what == 'restore' then return state(key) == ARGV[from + 2] end
  if redis.call('TYPE', key).ok == 'none' then return true end
  if what == 'set' then return redis.call('GET', key) == ARGV[from] end
  if what ~= 'hash' then return false end
  for at = from, to, 3 do
    local value = redis.call('HGET', key, ARGV[at])
    if ARGV[at + 1] == 'del' then
      if value then return false end
    elseif value ~= ARGV[at + 2] then return false end
  end
  return true
end

local function change(key, what, from, to)
  if what == 'restore' and redis.call('TYPE', key).ok == 'none' then
    redis.call('RESTORE', key, ARGV[from], ARGV[from + 1], 'ABSTTL')
  end
  if what == 'unlink' then redis.call('UNLINK', key) end
  if redis.call('TYPE', key).ok == 'none' then return end
  if what == 'set' then redis.call('SET', key, ARGV[from], 'KEEPTTL') end
  if what ~= 'hash' then return end
  for at = from, to, 3 do
    if ARGV[at + 1] == 'del' then redis.call('HDEL', key, ARGV[at])
    else redis.call('HSET', key, ARGV[at], ARGV[at + 2]) end
  end
end

local function each(visit)
  local at = 2
  for _, key in ipairs(KEYS) do
    local count = tonumber(ARGV[at + 2])
    visit(key, ARGV[at], ARGV[at + 1], at + 3, at + 2 + count)
    at = at + 3 + count
  end
end

local others = 0
each(function(key, expected, what, from, to)
  if state(key) ~= expected and not is_done(key, what, from, to) then others = others + 1 end
end)
if others > 0 or ARGV[1] ~= '1' then return others end
each(function(key, _, what, from, to) change(key, what, from, to) end)
return 0
"""
)
