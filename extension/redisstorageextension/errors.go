package redisstorageextension

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

var (
	errFenced         = errors.New("another replica holds the lease of this shard")
	errUnacknowledged = errors.New("too few replicas of the server have the write")
	errTooLarge       = errors.New("the value is too large")
)

// troubles begin the answers of a server that is away, changes its role, or is busy. All others are meant for people.
var troubles = []string{
	"ASK", "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "MOVED", "NOREPLICAS", "NOSCRIPT", "OOM", "READONLY",
	"TRYAGAIN", "UNBLOCKED", "max number of clients",
}

// passing reports whether a later attempt may succeed.
func passing(err error) bool {
	if errors.Is(err, errFenced) || errors.Is(err, redis.ErrClosed) || errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[redis.Error](err); !ok {
		return true // the network's
	}
	return slices.ContainsFunc(troubles, func(prefix string) bool { return redis.HasErrorPrefix(err, prefix) })
}

// Outcomes of operations in telemetry.
const (
	outcomeStored         = "stored"
	outcomeFenced         = "fenced"
	outcomeUnacknowledged = "unacknowledged"
	outcomeFull           = "full"
	outcomeUnavailable    = "unavailable"
	outcomeTooLarge       = "too_large"
)

// outcome names what became of an operation and says the same in the terms of the storage API.
func outcome(err error) (string, error) {
	switch {
	case err == nil:
		return outcomeStored, nil
	case errors.Is(err, errFenced):
		return outcomeFenced, err
	case errors.Is(err, errTooLarge):
		return outcomeTooLarge, err
	case errors.Is(err, errUnacknowledged):
		return outcomeUnacknowledged, err
	case redis.HasErrorPrefix(err, "OOM"):
		return outcomeFull, errors.Join(storage.ErrStorageFull, err)
	default:
		return outcomeUnavailable, err
	}
}
