package relational

// The statements that write. Every one may be repeated and reordered: what they merge by is commutative, associative
// and idempotent. Ties between unequal records are broken by their content, so that both orders end the same.
const (
	putSession = `INSERT INTO sessions (tenant, id, previous, user_id, client, region, started, opened, last, ended, reason,
 summary, requests, errors, entry_page, exit_page, servers, services)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (tenant, id) DO UPDATE SET
 previous = CASE WHEN excluded.previous > sessions.previous THEN excluded.previous ELSE sessions.previous END,
 user_id = CASE WHEN excluded.user_id > sessions.user_id THEN excluded.user_id ELSE sessions.user_id END,
 client = CASE WHEN excluded.client > sessions.client THEN excluded.client ELSE sessions.client END,
 region = CASE WHEN excluded.region > sessions.region THEN excluded.region ELSE sessions.region END,
 started = CASE WHEN excluded.started < sessions.started THEN excluded.started ELSE sessions.started END,
 opened = CASE WHEN excluded.opened > sessions.opened THEN excluded.opened ELSE sessions.opened END,
 last = CASE WHEN excluded.last > sessions.last THEN excluded.last ELSE sessions.last END,
 ended = CASE WHEN (excluded.ended, excluded.reason) > (sessions.ended, sessions.reason) THEN excluded.ended ELSE sessions.ended END,
 reason = CASE WHEN (excluded.ended, excluded.reason) > (sessions.ended, sessions.reason) THEN excluded.reason ELSE sessions.reason END,
 summary = CASE WHEN ` + newerSummary + ` THEN excluded.summary ELSE sessions.summary END,
 requests = CASE WHEN ` + newerSummary + ` THEN excluded.requests ELSE sessions.requests END,
 errors = CASE WHEN ` + newerSummary + ` THEN excluded.errors ELSE sessions.errors END,
 entry_page = CASE WHEN ` + newerSummary + ` THEN excluded.entry_page ELSE sessions.entry_page END,
 exit_page = CASE WHEN ` + newerSummary + ` THEN excluded.exit_page ELSE sessions.exit_page END,
 servers = CASE WHEN ` + newerSummary + ` THEN excluded.servers ELSE sessions.servers END,
 services = CASE WHEN ` + newerSummary + ` THEN excluded.services ELSE sessions.services END`

	newerSummary = `(excluded.summary, excluded.requests, excluded.errors, excluded.entry_page, excluded.exit_page, excluded.servers, excluded.services) >
 (sessions.summary, sessions.requests, sessions.errors, sessions.entry_page, sessions.exit_page, sessions.servers, sessions.services)`

	putEvent = `INSERT INTO events (tenant, kind, id, at, until, revised, severity, title, service, host, region, session, user_id,
 client, trace, attributes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (tenant, kind, id) DO UPDATE SET
 at = CASE WHEN excluded.at < events.at THEN excluded.at ELSE events.at END,
 until = CASE WHEN ` + newerEvent + ` THEN excluded.until ELSE events.until END,
 revised = CASE WHEN ` + newerEvent + ` THEN excluded.revised ELSE events.revised END,
 severity = CASE WHEN ` + newerEvent + ` THEN excluded.severity ELSE events.severity END,
 title = CASE WHEN ` + newerEvent + ` THEN excluded.title ELSE events.title END,
 service = CASE WHEN ` + newerEvent + ` THEN excluded.service ELSE events.service END,
 host = CASE WHEN ` + newerEvent + ` THEN excluded.host ELSE events.host END,
 region = CASE WHEN ` + newerEvent + ` THEN excluded.region ELSE events.region END,
 session = CASE WHEN ` + newerEvent + ` THEN excluded.session ELSE events.session END,
 user_id = CASE WHEN ` + newerEvent + ` THEN excluded.user_id ELSE events.user_id END,
 client = CASE WHEN ` + newerEvent + ` THEN excluded.client ELSE events.client END,
 trace = CASE WHEN ` + newerEvent + ` THEN excluded.trace ELSE events.trace END,
 attributes = CASE WHEN ` + newerEvent + ` THEN excluded.attributes ELSE events.attributes END`

	newerEvent = `(excluded.revised, excluded.until, excluded.severity, excluded.title, excluded.service, excluded.host, excluded.region,
 excluded.session, excluded.user_id, excluded.client, excluded.trace, excluded.attributes) >
 (events.revised, events.until, events.severity, events.title, events.service, events.host, events.region,
 events.session, events.user_id, events.client, events.trace, events.attributes)`

	// A bucket that was sent again because something came late has another frame; what it said of the number is at
	// least as much.
	putFrame = `INSERT INTO sketches (tenant, identity, key, tier, started, hash, users, exact, events, frame)
SELECT $1, $2, $3, CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BLOB), CAST($7 AS BIGINT), CAST($8 AS BIGINT),
 CAST($9 AS BIGINT), CAST($10 AS BLOB)
WHERE (SELECT count(*) FROM sketches WHERE tenant = $1 AND identity = $2 AND key = $3 AND tier = $4 AND started = $5) < $11
ON CONFLICT (tenant, identity, key, tier, started, hash) DO NOTHING`

	// Where a bucket has as many frames as it may, one that knows more takes the place of the one that knows least: a
	// center sends a bucket again as a whole whenever an edge was late.
	makeRoomForFrame = `DELETE FROM sketches WHERE tenant = $1 AND identity = $2 AND key = $3 AND tier = CAST($4 AS BIGINT)
 AND started = CAST($5 AS BIGINT) AND events < CAST($6 AS BIGINT)
 AND hash = (SELECT hash FROM sketches WHERE tenant = $1 AND identity = $2 AND key = $3 AND tier = CAST($4 AS BIGINT)
 AND started = CAST($5 AS BIGINT) ORDER BY events, hash LIMIT 1)
 AND (SELECT count(*) FROM sketches WHERE tenant = $1 AND identity = $2 AND key = $3 AND tier = CAST($4 AS BIGINT)
 AND started = CAST($5 AS BIGINT)) >= CAST($7 AS BIGINT)`

	putTrace = `INSERT INTO traces (tenant, id, at, duration, failed, rank, service, operation, region, session, user_id, hour)
SELECT $1, $2, CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT), $7, $8, $9, $10, $11,
 CAST($12 AS BIGINT)
WHERE EXISTS (SELECT 1 FROM traces WHERE tenant = $1 AND id = $2) OR
 (SELECT count(*) FROM traces WHERE tenant = $1 AND service = $7 AND operation = $8 AND failed = $5 AND hour = $12) < $13
ON CONFLICT (tenant, id) DO UPDATE SET
 at = CASE WHEN excluded.at < traces.at THEN excluded.at ELSE traces.at END,
 duration = CASE WHEN excluded.duration > traces.duration THEN excluded.duration ELSE traces.duration END,
 failed = CASE WHEN excluded.failed > traces.failed THEN excluded.failed ELSE traces.failed END,
 rank = CASE WHEN ` + betterTrace + ` THEN excluded.rank ELSE traces.rank END,
 service = CASE WHEN ` + betterTrace + ` THEN excluded.service ELSE traces.service END,
 operation = CASE WHEN ` + betterTrace + ` THEN excluded.operation ELSE traces.operation END,
 region = CASE WHEN excluded.region > traces.region THEN excluded.region ELSE traces.region END,
 session = CASE WHEN excluded.session > traces.session THEN excluded.session ELSE traces.session END,
 user_id = CASE WHEN excluded.user_id > traces.user_id THEN excluded.user_id ELSE traces.user_id END`

	betterTrace = `(excluded.rank, excluded.service, excluded.operation) > (traces.rank, traces.service, traces.operation)`

	// The spans of a trace that was not kept are not kept either.
	putSpan = `INSERT INTO spans (tenant, trace, id, parent, service, host, name, kind, at, duration, failed, message, attributes)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, CAST($9 AS BIGINT), CAST($10 AS BIGINT), CAST($11 AS BIGINT), $12, $13
WHERE EXISTS (SELECT 1 FROM traces WHERE tenant = $1 AND id = $2)
 AND (SELECT count(*) FROM spans WHERE tenant = $1 AND trace = $2) < $14
ON CONFLICT (tenant, trace, id) DO NOTHING`

	putReport = `INSERT INTO reports (tenant, id, at, since, until, title, language, format, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, since = excluded.since, until = excluded.until,
 title = excluded.title, language = excluded.language, format = excluded.format, body = excluded.body
WHERE (excluded.at, excluded.title, excluded.body) > (reports.at, reports.title, reports.body)`

	putAction = `INSERT INTO actions (tenant, id, name, arguments, digest, reason, proposer, proposed, expires, state, decider, decided, result)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (tenant, id) DO NOTHING`

	putAudit = `INSERT INTO audits (tenant, id, at, who, origin, whose, what, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, id) DO NOTHING`

	advanceAction = `UPDATE actions SET state = $4, decider = CASE WHEN $5 = '' THEN decider ELSE $5 END,
 decided = CASE WHEN CAST($6 AS BIGINT) = 0 THEN decided ELSE CAST($6 AS BIGINT) END, result = CASE WHEN $7 = '' THEN result ELSE $7 END
WHERE tenant = $1 AND id = $2 AND state = $3`
)
