// Package relational is a history.Store on a relational database: the statements and their meaning. What SQLite and
// PostgreSQL do differently — connecting, transactions, migrations — is behind DB.
//
// The statements keep to what both understand. Parameters are $1, $2, …; times are nanoseconds since 1970 with 0 for
// none; lists and attributes are JSON text. Merging happens in the database, by ON CONFLICT … DO UPDATE, so that
// concurrent writers need no other agreement than their order of rows.
package relational
