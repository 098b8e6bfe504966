-- Takes the lease if it is free, given back, or, where ARGV[4] is 1, run out.
-- KEYS[1] lease; ARGV: token, holder's name, length in ms, may take one that has run out.
-- Returns the epoch if it was taken, else 0; the ms left to another holder; that holder's name.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local lease = redis.call('HMGET', KEYS[1], 'token', 'until', 'length', 'holder', 'epoch')
if lease[1] and lease[1] ~= '' and lease[1] ~= ARGV[1] then
  local left = lease[2] - now
  -- A new master's clock may be behind: nobody waits for longer than the lease was ever given for.
  if left > tonumber(lease[3]) then
    left = tonumber(lease[3])
    redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + left))
  end
  if left > 0 or ARGV[4] ~= '1' then
    return {0, math.max(left, 0), lease[4]}
  end
end
local epoch = (tonumber(lease[5]) or 0) + 1
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'holder', ARGV[2], 'length', ARGV[3],
  'until', string.format('%.0f', now + ARGV[3]), 'epoch', epoch)
return {epoch, 0, ''}
