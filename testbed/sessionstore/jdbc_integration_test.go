//go:build integration

package sessionstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tables as Spring Session JDBC documents them for PostgreSQL.
const jdbcTables = `
CREATE TABLE SPRING_SESSION (
	PRIMARY_ID CHAR(36) NOT NULL, SESSION_ID CHAR(36) NOT NULL, CREATION_TIME BIGINT NOT NULL,
	LAST_ACCESS_TIME BIGINT NOT NULL, MAX_INACTIVE_INTERVAL INT NOT NULL, EXPIRY_TIME BIGINT NOT NULL,
	PRINCIPAL_NAME VARCHAR(100), CONSTRAINT SPRING_SESSION_PK PRIMARY KEY (PRIMARY_ID));
CREATE UNIQUE INDEX SPRING_SESSION_IX1 ON SPRING_SESSION (SESSION_ID);
CREATE INDEX SPRING_SESSION_IX2 ON SPRING_SESSION (EXPIRY_TIME);
CREATE INDEX SPRING_SESSION_IX3 ON SPRING_SESSION (PRINCIPAL_NAME);
CREATE TABLE SPRING_SESSION_ATTRIBUTES (
	SESSION_PRIMARY_ID CHAR(36) NOT NULL, ATTRIBUTE_NAME VARCHAR(200) NOT NULL, ATTRIBUTE_BYTES BYTEA NOT NULL,
	CONSTRAINT SPRING_SESSION_ATTRIBUTES_PK PRIMARY KEY (SESSION_PRIMARY_ID, ATTRIBUTE_NAME));
CREATE ROLE reader LOGIN;
GRANT SELECT ON SPRING_SESSION TO reader;`

func TestJDBC_PostgreSQL_SessionsAreFollowed(t *testing.T) {
	dsn := startPostgres(t)
	db, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	_, err = db.Exec(t.Context(), jdbcTables)
	require.NoError(t, err)
	insert := func(n int, user any) {
		now := time.Now().UnixMilli()
		_, err := db.Exec(t.Context(), "INSERT INTO SPRING_SESSION VALUES ($1, $2, $3, $3, $4, $5, $6)",
			fmt.Sprintf("%036d", n), springID(n), now, interval, now+interval*1000, user)
		require.NoError(t, err)
	}
	const before = 1200 // more than two pages
	for n := range before {
		insert(n, nil)
	}
	redis := startServer(t)
	require.NoError(t, redis.Client.Set(t.Context(), "PHPREDIS_SESSION:ph1", `login|s:4:"mina";`, time.Hour).Err())

	// The role may read the one table that is needed, and no attributes.
	w := startWatch(t, map[string]any{
		"bank": map[string]any{"format": "spring_jdbc", "poll": "5s", "sql": map[string]any{"dsn": dsn + " user=reader"}},
		"php": map[string]any{
			"format": "php", "fields": map[string]any{"user": "login"}, "redis": map[string]any{"addresses": []string{redis.Address}},
		},
	})
	eventually(t, "the first full view", func() bool { return w.Open() == before+1 })
	insert(before, "mina")
	eventually(t, "a new session", func() bool { return w.Session(SpringToken(secret, springID(before))).User == "mina" })
	eventually(t, "logged in on two kinds of server", func() bool { return len(w.Duplicates()) == 1 })
	_, err = db.Exec(t.Context(), "DELETE FROM SPRING_SESSION WHERE SESSION_ID = $1", springID(0))
	require.NoError(t, err)
	eventually(t, "a log-out", func() bool { return w.Session(SpringToken(secret, springID(0))).Reason == "logout" })
	assert.Equal(t, before+1, w.Open())
	eventually(t, "the size of the table", func() bool {
		return w.Points()["braid.session_store.memory.usagemap[braid.session_store.name:bank db.system.name:postgresql]"] > 100_000
	})
}
