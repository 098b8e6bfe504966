package sqlread

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

func TestRow_Session_TellsItsLife(t *testing.T) {
	now := time.UnixMilli(1_700_000_100_000)
	r := row{
		id: "33fd  ", created: 1_700_000_000_000, accessed: 1_700_000_090_000, interval: 1800, expires: 1_700_001_890_000,
		user: sql.NullString{String: "mina", Valid: true},
	}
	assert.Equal(t, stored.Session{
		ID: "33fd", User: "mina", Created: time.UnixMilli(r.created), Accessed: time.UnixMilli(r.accessed), Expires: time.UnixMilli(r.expires),
	}, r.session(now), "of a CHAR column without its padding")
	r.expires = 1_700_000_000_000
	assert.True(t, r.session(now).Over)
	r.interval = -1
	assert.False(t, r.session(now).Over, "never ends")
}

func TestValidTable_Names(t *testing.T) {
	for _, name := range []string{"SPRING_SESSION", "shop.spring_session", "_s1"} {
		require.NoError(t, ValidTable(name))
	}
	for _, name := range []string{"", "a.b.c", "a b", "a;b", `"a"`, "1a", "a--"} {
		require.Error(t, ValidTable(name), name)
	}
}

func TestOpen_Wrong_NamesTheFieldAndNotThePassword(t *testing.T) {
	_, err := Open(Options{Driver: "oracle"})
	require.ErrorContains(t, err, "sql::driver")
	_, err = Open(Options{Driver: "mysql", DSN: "braid:hunter2@nowhere", Rows: 1, RowsPerSecond: 1})
	require.ErrorContains(t, err, "sql::dsn")
	assert.NotContains(t, err.Error(), "hunter2")
}
