-- Times are nanoseconds since 1970, 0 for none. Lists and attributes are JSON.
CREATE TABLE sessions (
  tenant TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, previous TEXT COLLATE "C" NOT NULL, user_id TEXT COLLATE "C" NOT NULL, client TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL, started BIGINT NOT NULL, opened BIGINT NOT NULL, last BIGINT NOT NULL, ended BIGINT NOT NULL,
  reason TEXT COLLATE "C" NOT NULL, summary BIGINT NOT NULL, requests BIGINT NOT NULL, errors BIGINT NOT NULL,
  entry_page TEXT COLLATE "C" NOT NULL, exit_page TEXT COLLATE "C" NOT NULL, servers TEXT COLLATE "C" NOT NULL, services TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX sessions_last ON sessions (tenant, last);
CREATE INDEX sessions_open ON sessions (tenant, started) WHERE ended = 0 OR opened > ended;
CREATE INDEX sessions_user ON sessions (tenant, user_id, last) WHERE user_id <> '';

CREATE TABLE events (
  tenant TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, until BIGINT NOT NULL,
  revised BIGINT NOT NULL, severity BIGINT NOT NULL, title TEXT COLLATE "C" NOT NULL, service TEXT COLLATE "C" NOT NULL, host TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL, session TEXT COLLATE "C" NOT NULL, user_id TEXT COLLATE "C" NOT NULL, client TEXT COLLATE "C" NOT NULL, trace TEXT COLLATE "C" NOT NULL,
  attributes TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, kind, id)
);
CREATE INDEX events_at ON events (tenant, kind, at);
CREATE INDEX events_session ON events (tenant, session, at) WHERE session <> '';

CREATE TABLE sketches (
  tenant TEXT COLLATE "C" NOT NULL, identity TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, tier BIGINT NOT NULL, started BIGINT NOT NULL,
  hash BYTEA NOT NULL, users BIGINT NOT NULL, exact BIGINT NOT NULL, events BIGINT NOT NULL, frame BYTEA NOT NULL,
  PRIMARY KEY (tenant, identity, key, tier, started, hash)
);
CREATE INDEX sketches_started ON sketches (started);

CREATE TABLE traces (
  tenant TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, duration BIGINT NOT NULL, failed BIGINT NOT NULL,
  rank BIGINT NOT NULL, service TEXT COLLATE "C" NOT NULL, operation TEXT COLLATE "C" NOT NULL, region TEXT COLLATE "C" NOT NULL, session TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL, hour BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX traces_at ON traces (tenant, at);
CREATE INDEX traces_operation ON traces (tenant, service, operation, failed, hour);
CREATE INDEX traces_session ON traces (tenant, session, at) WHERE session <> '';

CREATE TABLE spans (
  tenant TEXT COLLATE "C" NOT NULL, trace TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, parent TEXT COLLATE "C" NOT NULL, service TEXT COLLATE "C" NOT NULL,
  host TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, duration BIGINT NOT NULL,
  failed BIGINT NOT NULL, message TEXT COLLATE "C" NOT NULL, attributes TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, trace, id)
);

CREATE TABLE reports (
  tenant TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL,
  title TEXT COLLATE "C" NOT NULL, language TEXT COLLATE "C" NOT NULL, format TEXT COLLATE "C" NOT NULL, body BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX reports_at ON reports (tenant, at);

CREATE TABLE actions (
  tenant TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, arguments TEXT COLLATE "C" NOT NULL, digest TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL, proposer TEXT COLLATE "C" NOT NULL, proposed BIGINT NOT NULL, expires BIGINT NOT NULL, state TEXT COLLATE "C" NOT NULL,
  decider TEXT COLLATE "C" NOT NULL, decided BIGINT NOT NULL, result TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX actions_proposed ON actions (tenant, proposed);

CREATE TABLE audits (
  tenant TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, who TEXT COLLATE "C" NOT NULL, origin TEXT COLLATE "C" NOT NULL,
  whose TEXT COLLATE "C" NOT NULL, what TEXT COLLATE "C" NOT NULL, detail TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX audits_at ON audits (tenant, at);
