package sessioncorrelationprocessor

import (
	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// diskHost is a host whose only extension is a disk. It notes what the component reports of its health.
type diskHost struct {
	journaltest.Host
	statuses chan componentstatus.Status
}

func (h diskHost) Report(event *componentstatus.Event) { h.statuses <- event.Status() }

// withStorage makes a configuration use the disk.
func withStorage(cfg *Config) { cfg.Storage = &journaltest.DiskID }
