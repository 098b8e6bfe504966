//go:build integration

package sessionstore

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tables as Spring Session JDBC documents them; databases differ in the type of the attributes.
const jdbcTables = `
CREATE TABLE SPRING_SESSION (
	PRIMARY_ID CHAR(36) NOT NULL, SESSION_ID CHAR(36) NOT NULL, CREATION_TIME BIGINT NOT NULL,
	LAST_ACCESS_TIME BIGINT NOT NULL, MAX_INACTIVE_INTERVAL INT NOT NULL, EXPIRY_TIME BIGINT NOT NULL,
	PRINCIPAL_NAME VARCHAR(100), CONSTRAINT SPRING_SESSION_PK PRIMARY KEY (PRIMARY_ID));
CREATE UNIQUE INDEX SPRING_SESSION_IX1 ON SPRING_SESSION (SESSION_ID);
CREATE INDEX SPRING_SESSION_IX2 ON SPRING_SESSION (EXPIRY_TIME);
CREATE INDEX SPRING_SESSION_IX3 ON SPRING_SESSION (PRINCIPAL_NAME);
CREATE TABLE SPRING_SESSION_ATTRIBUTES (
	SESSION_PRIMARY_ID CHAR(36) NOT NULL, ATTRIBUTE_NAME VARCHAR(200) NOT NULL, ATTRIBUTE_BYTES %s NOT NULL,
	CONSTRAINT SPRING_SESSION_ATTRIBUTES_PK PRIMARY KEY (SESSION_PRIMARY_ID, ATTRIBUTE_NAME))`

func TestJDBC_PostgreSQL_SessionsAreFollowed(t *testing.T) {
	t.Parallel()
	dsn := startPostgres(t)
	// The reader may select from the one table that is needed, and no attributes.
	tables := fmt.Sprintf(jdbcTables, "BYTEA") + ";CREATE ROLE reader LOGIN; GRANT SELECT ON SPRING_SESSION TO reader"
	followJDBC(t, openSQL(t, "pgx", dsn), tables, map[string]any{"dsn": dsn + " user=reader"})
}

func TestJDBC_MariaDB_SessionsAreFollowed(t *testing.T) {
	t.Parallel()
	dsn := startMariaDB(t)
	followJDBC(t, openSQL(t, "mysql", dsn), fmt.Sprintf(jdbcTables, "BLOB"), map[string]any{"driver": "mysql", "dsn": dsn})
}

func openSQL(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func followJDBC(t *testing.T, db *sql.DB, tables string, config map[string]any) {
	t.Helper()
	execute := func(statement string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	for statement := range strings.SplitSeq(tables, ";") {
		execute(statement)
	}
	row := func(n int, user string) string {
		now := time.Now().UnixMilli()
		return fmt.Sprintf("('%036d', '%s', %d, %d, %d, %d, %s)", n, springID(n), now, now, interval, now+interval*1000, user)
	}
	const before = 1200 // more than two pages
	rows := make([]string, before)
	for n := range rows {
		rows[n] = row(n, "NULL")
	}
	execute("INSERT INTO SPRING_SESSION VALUES " + strings.Join(rows, ","))
	redis := startServer(t)
	require.NoError(t, redis.Client.Set(t.Context(), "PHPREDIS_SESSION:ph1", `login|s:4:"mina";`, time.Hour).Err())

	w := startWatch(t, map[string]any{
		"bank": map[string]any{"format": "spring_jdbc", "poll": "2s", "sql": config},
		"php": map[string]any{
			"format": "php", "fields": map[string]any{"user": "login"}, "redis": map[string]any{"addresses": []string{redis.Address}},
		},
	})
	eventually(t, "the first full view", func() bool { return w.Open() == before+1 })
	execute("INSERT INTO SPRING_SESSION VALUES " + row(before, "'mina'"))
	eventually(t, "a new session", func() bool { return w.Session(SpringToken(secret, springID(before))).User == "mina" })
	eventually(t, "logged in on two kinds of server", func() bool { return len(w.Duplicates()) == 1 })
	execute("DELETE FROM SPRING_SESSION WHERE SESSION_ID = '" + springID(0) + "'")
	eventually(t, "a log-out", func() bool { return w.Session(SpringToken(secret, springID(0))).Reason == "logout" })
	assert.Equal(t, before+1, w.Open())
	eventually(t, "the size of the table", func() bool {
		for name, value := range w.Points() {
			if strings.HasPrefix(name, "braid.session_store.memory.usage") && strings.Contains(name, "name:bank") {
				return value >= 16<<10
			}
		}
		return false
	})
}
