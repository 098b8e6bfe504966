package extensionstatus

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
)

type reporting struct {
	component.Host
	heard []componentstatus.Status
}

func (r *reporting) Report(e *componentstatus.Event) { r.heard = append(r.heard, e.Status()) }

// notifying takes events as the collector does, one at a time.
type notifying struct {
	component.Host
	heard chan componentstatus.Status
	from  chan *componentstatus.InstanceID
}

func (n *notifying) NotifyComponentStatusChange(source *componentstatus.InstanceID, e *componentstatus.Event) {
	n.heard <- e.Status()
	n.from <- source
}

func TestReport_EveryHost_HearsIt(t *testing.T) {
	id, failed := component.MustNewID("history"), errors.New("the disk is full")
	Report(componenttest.NewNopHost(), id, componentstatus.NewEvent(componentstatus.StatusOK)) // nobody to tell

	r := &reporting{}
	Report(r, id, componentstatus.NewRecoverableErrorEvent(failed))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, r.heard)

	n := &notifying{heard: make(chan componentstatus.Status, 1), from: make(chan *componentstatus.InstanceID, 1)}
	Report(n, id, componentstatus.NewRecoverableErrorEvent(failed))
	assert.Equal(t, componentstatus.StatusRecoverableError, <-n.heard)
	source := <-n.from
	assert.Equal(t, id, source.ComponentID())
	assert.Equal(t, component.KindExtension, source.Kind())

	n.heard, n.from = make(chan componentstatus.Status), make(chan *componentstatus.InstanceID)
	Report(n, id, componentstatus.NewFatalErrorEvent(failed)) // returns, though the collector does not listen yet
	assert.Equal(t, componentstatus.StatusFatalError, <-n.heard)
	<-n.from
}
