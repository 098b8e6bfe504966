-- Gives the lease back. KEYS[1] lease; ARGV: token.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
return redis.call('HSET', KEYS[1], 'token', '', 'until', 0)
