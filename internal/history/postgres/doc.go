// Package postgres keeps history.Store's records on a PostgreSQL server, or one that speaks its protocol, for several
// collectors to share.
package postgres
