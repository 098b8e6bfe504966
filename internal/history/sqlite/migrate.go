package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables to the newest form: the n-th file takes version n-1 to n, each in a transaction.
func (d *database) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := d.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("reading the version of the tables: %w", err)
	}
	if version > len(files) {
		return fmt.Errorf("the tables have version %d, this build knows up to %d: use the newer build that wrote them", version, len(files))
	}
	for i, file := range files[version:] {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		//nolint:gosec // the text is compiled in
		step := "BEGIN IMMEDIATE;\n" + string(text) + "\nPRAGMA user_version = " + strconv.Itoa(version+i+1) + ";\nCOMMIT;"
		if _, err := d.conn.ExecContext(ctx, step); err != nil {
			_, _ = d.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			return fmt.Errorf("applying %s: %w", file, err)
		}
	}
	return nil
}
