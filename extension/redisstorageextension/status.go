package redisstorageextension

import (
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// notifier is what hosts of extensions are: they lack componentstatus.Reporter, which those of other components have, so
// that componentstatus.ReportStatus alone would say it to nobody.
type notifier interface {
	NotifyComponentStatusChange(source *componentstatus.InstanceID, event *componentstatus.Event)
}

// report tells the host of a change. A fatal one ends the collector.
func (e *redisStorage) report(event *componentstatus.Event) {
	switch host := e.host.(type) {
	case componentstatus.Reporter:
		host.Report(event)
	case notifier:
		source := componentstatus.NewInstanceID(e.id, component.KindExtension)
		if event.Status() != componentstatus.StatusFatalError {
			host.NotifyComponentStatusChange(source, event)
			return
		}
		// The collector listens only once everything has started, which may take the goroutine that got here.
		go host.NotifyComponentStatusChange(source, event)
	}
}
