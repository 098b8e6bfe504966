-- Times are nanoseconds since 1970, 0 for none. Lists and attributes are JSON.
CREATE TABLE sessions (
  tenant TEXT NOT NULL, id TEXT NOT NULL, previous TEXT NOT NULL, user_id TEXT NOT NULL, client TEXT NOT NULL,
  region TEXT NOT NULL, started INTEGER NOT NULL, opened INTEGER NOT NULL, last INTEGER NOT NULL, ended INTEGER NOT NULL,
  reason TEXT NOT NULL, summary INTEGER NOT NULL, requests INTEGER NOT NULL, errors INTEGER NOT NULL,
  entry_page TEXT NOT NULL, exit_page TEXT NOT NULL, servers TEXT NOT NULL, services TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX sessions_last ON sessions (tenant, last);
CREATE INDEX sessions_open ON sessions (tenant, started) WHERE ended = 0 OR opened > ended;
CREATE INDEX sessions_user ON sessions (tenant, user_id, last) WHERE user_id <> '';

CREATE TABLE events (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL,
  revised INTEGER NOT NULL, severity INTEGER NOT NULL, title TEXT NOT NULL, service TEXT NOT NULL, host TEXT NOT NULL,
  region TEXT NOT NULL, session TEXT NOT NULL, user_id TEXT NOT NULL, client TEXT NOT NULL, trace TEXT NOT NULL,
  attributes TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX events_at ON events (tenant, kind, at);
CREATE INDEX events_session ON events (tenant, session, at) WHERE session <> '';

CREATE TABLE sketches (
  tenant TEXT NOT NULL, identity TEXT NOT NULL, key TEXT NOT NULL, tier INTEGER NOT NULL, started INTEGER NOT NULL,
  hash BLOB NOT NULL, users INTEGER NOT NULL, exact INTEGER NOT NULL, events INTEGER NOT NULL, frame BLOB NOT NULL,
  PRIMARY KEY (tenant, identity, key, tier, started, hash)
) STRICT;
CREATE INDEX sketches_started ON sketches (started);

CREATE TABLE traces (
  tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, duration INTEGER NOT NULL, failed INTEGER NOT NULL,
  rank INTEGER NOT NULL, service TEXT NOT NULL, operation TEXT NOT NULL, region TEXT NOT NULL, session TEXT NOT NULL,
  user_id TEXT NOT NULL, hour INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX traces_at ON traces (tenant, at);
CREATE INDEX traces_operation ON traces (tenant, service, operation, failed, hour);
CREATE INDEX traces_session ON traces (tenant, session, at) WHERE session <> '';

CREATE TABLE spans (
  tenant TEXT NOT NULL, trace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, service TEXT NOT NULL,
  host TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, duration INTEGER NOT NULL,
  failed INTEGER NOT NULL, message TEXT NOT NULL, attributes TEXT NOT NULL,
  PRIMARY KEY (tenant, trace, id)
) WITHOUT ROWID, STRICT;

CREATE TABLE reports (
  tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
  title TEXT NOT NULL, language TEXT NOT NULL, format TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX reports_at ON reports (tenant, at);

CREATE TABLE actions (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, arguments TEXT NOT NULL, digest TEXT NOT NULL,
  reason TEXT NOT NULL, proposer TEXT NOT NULL, proposed INTEGER NOT NULL, expires INTEGER NOT NULL, state TEXT NOT NULL,
  decider TEXT NOT NULL, decided INTEGER NOT NULL, result TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX actions_proposed ON actions (tenant, proposed);

CREATE TABLE audits (
  tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, origin TEXT NOT NULL,
  whose TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX audits_at ON audits (tenant, at);
