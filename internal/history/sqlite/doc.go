// Package sqlite keeps history.Store's records in one SQLite file: one writer, many readers (WAL), pure Go.
package sqlite
