package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is an arbitrary number that collectors which start together queue up on.
const migrationLock = 0x6272616964 // "braid"

// migrate brings the tables to the newest form in one transaction: the n-th file takes version n-1 to n.
func (d *database) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS braid_schema (version BIGINT NOT NULL)"); err != nil {
			return err
		}
		var version int
		if err := tx.QueryRow(ctx, "SELECT COALESCE(max(version), 0) FROM braid_schema").Scan(&version); err != nil {
			return err
		}
		if version > len(files) {
			return fmt.Errorf("the tables have version %d, this build knows up to %d: use the newer build that wrote them",
				version, len(files))
		}
		for i, file := range files[version:] {
			text, err := migrations.ReadFile(file)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, string(text)); err != nil {
				return fmt.Errorf("applying %s: %w", file, err)
			}
			if _, err := tx.Exec(ctx, "INSERT INTO braid_schema (version) VALUES ($1)", version+i+1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bringing the tables to their newest form: %w", err)
	}
	return nil
}
