package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// levels of lists, more than nesting_limiter lets through.
const levels = 500

// levelsAreRefused wants a request of nothing but levels refused, by the extension and not by what decodes it, and one of none
// taken.
func levelsAreRefused(ctx context.Context, r *rig) (err error) {
	conn, err := grpc.NewClient(r.at.OTLPGRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	client := plogotlp.NewGRPCClient(conn)
	ld := plog.NewLogs()
	record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.Body().SetStr("flat")
	if _, err := client.Export(ctx, plogotlp.NewExportRequestFromLogs(ld)); err != nil {
		return fmt.Errorf("a flat record: %w", err)
	}
	value := record.Body()
	for range levels {
		value = value.SetEmptySlice().AppendEmpty()
	}
	switch _, err := client.Export(ctx, plogotlp.NewExportRequestFromLogs(ld)); {
	case err == nil:
		return fmt.Errorf("%d levels were taken", levels)
	case !strings.Contains(err.Error(), "nested deeper"):
		return fmt.Errorf("%d levels were refused, but not as such: %w", levels, err)
	}
	refused, err := r.metric(ctx, "http://"+r.at.Telemetry+"/metrics", "otelcol_extension_nesting_limiter_refused")
	if err == nil && refused == 0 {
		err = errors.New("nesting_limiter has refused nothing")
	}
	return err
}
