package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// BenchmarkWrite writes batches of 1,000 records, half sessions (a third of them known) and half events, each batch in a
// durable transaction. records/s is of one core and the disk of the temporary directory.
func BenchmarkWrite(b *testing.B) {
	store, _ := open(b, filepath.Join(b.TempDir(), "records.db"))
	defer store.Close()
	const half = 500
	began := time.Unix(1_700_000_000, 0)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		var batch history.Batch
		for i := range half {
			at := began.Add(time.Duration(n) * time.Millisecond)
			batch.Sessions = append(batch.Sessions, history.Session{
				ID: fmt.Sprintf("%016x", uint64(n-n/3%half)*0x9e3779b97f4a7c15), User: fmt.Sprint("user", n%5_000), Client: "10.1.2.3",
				Region: "busan", Start: at, Last: at, Opened: at, Summary: at, Requests: int64(i), Services: []string{"shop"},
			})
			batch.Events = append(batch.Events, history.Event{
				Kind: history.KindBusiness, ID: fmt.Sprintf("%016x", uint64(n)*0x9e3779b97f4a7c15), At: at, Revised: at, Service: "shop",
				Attributes: map[string]any{"app.order.amount": 12.5},
			})
			n++
		}
		require.NoError(b, store.Write(b.Context(), &batch))
	}
	b.ReportMetric(float64(2*n)/b.Elapsed().Seconds(), "records/s")
}
