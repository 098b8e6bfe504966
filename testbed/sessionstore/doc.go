// Package sessionstore tries the session_store receiver on real servers: Redis, a Redis Cluster that fails over, a
// database, and sessions as their own writers or the documented formats leave them.
package sessionstore
