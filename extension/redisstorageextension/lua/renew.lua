-- Lengthens the lease, even one that has run out: nobody has taken it.
-- KEYS[1] lease; ARGV: token, length in ms. Returns 1, or 0 if somebody else holds it.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2]))
return 1
