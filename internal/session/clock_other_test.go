//go:build !linux

package session

import (
	"testing"
	"time"
)

var processBegan = time.Now()

// threadTime is wall time where the system does not tell a thread's own.
func threadTime(testing.TB) time.Duration { return time.Since(processBegan) }
