package collector

import (
	"io"
	"sync"
)

// tailSize bounds how much log is kept.
const tailSize = 256 << 10

// tail keeps the end of what is written to it.
type tail struct {
	also io.Writer

	mu   sync.Mutex
	data []byte
}

// Write implements io.Writer. It never fails: a collector must not stop because nobody can keep its log.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, b...)
	if len(t.data) > 2*tailSize {
		t.data = append(t.data[:0], t.data[len(t.data)-tailSize:]...)
	}
	if t.also != nil {
		_, _ = t.also.Write(b)
	}
	return len(b), nil
}

// String returns the last part of what was written.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data[max(0, len(t.data)-tailSize):])
}
