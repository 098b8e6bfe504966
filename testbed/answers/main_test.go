//go:build integration

package answers

import (
	"context"
	"os"
	"testing"
)

var testContext = context.Background()

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "answers")
	if err != nil {
		panic(err)
	}
	directory = dir
	code := m.Run()
	if built != nil {
		if err := built.Close(); err != nil {
			panic(err)
		}
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
