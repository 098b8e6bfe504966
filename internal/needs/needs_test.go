package needs

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

// ended is a test that keeps how it was ended.
type ended struct {
	testing.TB
	how string
}

func (e *ended) Helper() {}

func (e *ended) Skipf(format string, args ...any) {
	e.how = "skipped: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (e *ended) Fatalf(format string, args ...any) {
	e.how = "failed: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestProgram_Missing_SkipsButFailsInCI(t *testing.T) {
	for value, want := range map[string]string{
		"":  "skipped: there is no braid-nowhere: apt-get install nothing",
		"1": "failed: there is no braid-nowhere: apt-get install nothing",
	} {
		t.Setenv(ci, value)
		e, done := &ended{}, make(chan struct{})
		go func() {
			defer close(done)
			Program(e, "braid-nowhere", "nothing")
		}()
		<-done
		assert.Equal(t, want, e.how)
	}
}

func TestProgram_There_IsFound(t *testing.T) {
	assert.NotEmpty(t, Program(t, "sh", "dash"))
}
