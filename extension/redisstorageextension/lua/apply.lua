-- Does all operations or none. KEYS[1] lease; KEYS[2…] one key an operation.
-- ARGV[1] token; then what to do with each key: "g" to get, "d" to delete, "s" and the value to set.
-- Returns the values got, in order.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return redis.error_reply('FENCED another replica holds the lease')
end
local got = {}
for i = 2, #KEYS do
  local op = string.sub(ARGV[i], 1, 1)
  if op == 's' then
    redis.call('SET', KEYS[i], string.sub(ARGV[i], 2))
  elseif op == 'd' then
    redis.call('DEL', KEYS[i])
  else
    got[#got + 1] = redis.call('GET', KEYS[i])
  end
end
return got
