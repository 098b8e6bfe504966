package sessioncorrelationprocessor

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// Receivers call from many goroutines. Whatever the order, every item of a visit gets its identity and nothing is lost.
func TestConcurrentSenders_OneCore_EveryItemOnceAndKnown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"memory": func(*Config) {}, "stored": withStorage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := build(t, func(cfg *Config) {
				change(cfg)
				cfg.Wait = time.Minute
			}).on(journaltest.NewDisk()).start(t)
			const senders, visits = 8, 100
			var wg sync.WaitGroup
			for s := range senders {
				wg.Go(func() {
					for v := range visits {
						trace := uint64(v + 1)
						switch s % 4 {
						case 0:
							session := fmt.Sprint("s-", v)
							assert.NoError(t, r.traces.ConsumeTraces(t.Context(), span(fmt.Sprint("edge ", s, v), trace, attrSession, session, attrUser, "u")))
						case 1:
							assert.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span(fmt.Sprint("inner ", s, v), trace))))
						case 2:
							assert.NoError(t, r.logs.ConsumeLogs(t.Context(), line(fmt.Sprint("line ", s, v), trace)))
						case 3:
							assert.NoError(t, r.metrics.ConsumeMetrics(t.Context(), pmetric.NewMetrics()))
						}
					}
				})
			}
			wg.Wait()
			r.stop(t)
			spans := r.exit.spans()
			require.Len(t, spans, senders/2*visits)
			assert.Equal(t, senders/2*visits, r.exit.traces.SpanCount())
			for name, attributes := range spans {
				_, known := attributes.Get(attrSession)
				assert.True(t, known, name)
			}
			lines := r.exit.lines()
			assert.Len(t, lines, senders/4*visits)
			for _, record := range lines {
				_, known := record.Attributes().Get(attrSession)
				assert.True(t, known, record.Body().AsString())
			}
			assert.Len(t, r.exit.events(), visits, "one start each")
			assert.Zero(t, r.lost(t))
		})
	}
}
