// Package extensionstatus reports how an extension is. Hosts of extensions lack componentstatus.Reporter, which those of other
// components have, so that componentstatus.ReportStatus alone would say it to nobody.
package extensionstatus

import (
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// notifier is what the collector's hosts of extensions are instead.
type notifier interface {
	NotifyComponentStatusChange(source *componentstatus.InstanceID, event *componentstatus.Event)
}

// Report tells the host how the extension with the id is. A fatal event ends the collector.
func Report(host component.Host, id component.ID, event *componentstatus.Event) {
	switch host := host.(type) {
	case componentstatus.Reporter:
		host.Report(event)
	case notifier:
		source := componentstatus.NewInstanceID(id, component.KindExtension)
		if event.Status() != componentstatus.StatusFatalError {
			host.NotifyComponentStatusChange(source, event)
			return
		}
		// The collector listens only once everything has started, which may take the goroutine that got here.
		go host.NotifyComponentStatusChange(source, event)
	}
}
