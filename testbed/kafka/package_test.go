package kafka

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if asked, err := ServeIfAsked(); asked {
		fmt.Fprintln(os.Stderr, "brokers have ended:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
