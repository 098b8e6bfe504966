package replicas

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/braidotel/braid/testbed/kafka"
)

// A test that needs brokers in a process of their own starts this program as such. After a failed dial go-redis
// sleeps for a second before it sees that its pool was closed.
func TestMain(m *testing.M) {
	if asked, err := kafka.ServeIfAsked(); asked {
		fmt.Fprintln(os.Stderr, "brokers have ended:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}
