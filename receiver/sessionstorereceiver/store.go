package sessionstorereceiver

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/layout"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/redisread"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/sqlread"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/view"
)

// formats lists what Format may be.
func formats() []string { return append(layout.Names(), formatJDBC) }

// validate names the first wrong field.
func (c *StoreConfig) validate() error {
	for _, err := range []error{
		oneOf("format", c.Format, formats()...), positive("full_view", c.FullView), positive("poll", c.Poll),
		atLeast("count", c.Count), positive("timeout", c.Timeout),
		oneOf("cookie::encoding", c.Cookie.Encoding, encodingRaw, encodingBase64),
	} {
		if err != nil {
			return err
		}
	}
	switch {
	case c.Count > maxCount:
		return fmt.Errorf("count: at most %d, which holds a server up for milliseconds; is %d", maxCount, c.Count)
	case !(c.KeysPerSecond >= 1): // NaN too
		return fmt.Errorf("keys_per_second: must be at least 1, is %g", c.KeysPerSecond)
	case c.Cookie.Name == "":
		return errors.New("cookie::name: must be set: the name of the cookie by which browsers show the session")
	case c.Format == formatJDBC:
		return c.validateSQL()
	}
	return c.validateRedis()
}

// maxCount bounds what a server does at once.
const maxCount = 10_000

func (c *StoreConfig) validateSQL() error {
	switch {
	case c.Redis.HasValue():
		return errors.New("redis: spring_jdbc is a format of sql")
	case !c.SQL.HasValue() || c.SQL.Get().DSN == "":
		return errors.New("sql::dsn: must be set, as in postgres://braid@db/shop?sslmode=verify-full")
	}
	if err := sqlread.ValidTable(c.Prefix); c.Prefix != "" && err != nil {
		return fmt.Errorf("prefix: %w", err)
	}
	return oneOf("sql::driver", c.SQL.Get().Driver, sqlread.Drivers()...)
}

func (c *StoreConfig) validateRedis() error {
	switch {
	case c.SQL.HasValue():
		return fmt.Errorf("sql: %s is a format of redis", c.Format)
	case !c.Redis.HasValue() || len(c.Redis.Get().Addresses) == 0:
		return errors.New("redis::addresses: must be set, as in [redis.example.org:6379]")
	case c.Prefix == "" && (c.Format == "hash" || c.Format == "json"):
		return fmt.Errorf("prefix: must be set for the format %s: what the keys of sessions begin with", c.Format)
	}
	r := c.Redis.Get()
	switch {
	case slices.Contains(r.Addresses, ""):
		return errors.New("redis::addresses: one is empty")
	case r.Cluster && r.MasterName != "":
		return errors.New("redis::master_name: a cluster has no Sentinels; leave out one of cluster and master_name")
	case !r.Cluster && r.MasterName == "" && len(r.Addresses) > 1:
		return errors.New("redis::addresses: several are those of a cluster or of Sentinels; set cluster or master_name")
	case r.Database < 0 || r.Cluster && r.Database != 0:
		return fmt.Errorf("redis::database: must not be negative, and 0 in a cluster, is %d", r.Database)
	}
	return oneOf("redis::notifications", r.Notifications,
		string(redisread.Auto), string(redisread.Use), string(redisread.Never))
}

// openStore prepares to read a store.
func openStore(ctx context.Context, c *StoreConfig, limits *LimitsConfig) (source.Source, error) {
	if c.Format == formatJDBC {
		return sqlread.Open(sqlread.Options{
			Driver: c.SQL.Get().Driver, DSN: string(c.SQL.Get().DSN), Table: c.Prefix,
			Rows: c.Count, RowsPerSecond: c.KeysPerSecond, Timeout: c.Timeout,
		})
	}
	how, err := layout.New(c.Format, c.Prefix, layout.Fields{
		User: c.Fields.User, Created: c.Fields.Created, Accessed: c.Fields.Accessed, Expires: c.Fields.Expires,
		Interval: c.Fields.Interval,
	})
	if err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	r := c.Redis.Get()
	var encryption *tls.Config
	if r.TLS.HasValue() {
		if encryption, err = r.TLS.Get().LoadTLSConfig(ctx); err != nil {
			return nil, fmt.Errorf("redis::tls: %w", err)
		}
	}
	return redisread.Open(redisread.Options{
		Addresses: r.Addresses, Cluster: r.Cluster, MasterName: r.MasterName,
		Username: r.Username, Password: string(r.Password),
		SentinelUsername: r.SentinelUsername, SentinelPassword: string(r.SentinelPassword),
		Database: r.Database, TLS: encryption, Timeout: c.Timeout, Layout: how,
		Count: c.Count, KeysPerSecond: c.KeysPerSecond, Notifications: redisread.Notifications(r.Notifications),
		MaxPending: limits.Pending, MaxValueBytes: limits.ValueBytes,
	}), nil
}

// system is the store's db.system.name.
func (c *StoreConfig) system() string {
	if c.Format != formatJDBC {
		return "redis"
	}
	return sqlread.System(c.SQL.Get().Driver)
}

// token is the hash under which session_correlation remembers the cookie of a session.
func (c *StoreConfig) token(key session.Key, id string) view.Token {
	if c.Cookie.Encoding == encodingBase64 {
		id = base64.StdEncoding.EncodeToString([]byte(id))
	}
	return view.Token(session.TokenHash(key, c.Cookie.Name, id))
}
