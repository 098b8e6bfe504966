// Package redisinfo reads what a Redis says of its memory, its keys and its replicas in answer to INFO.
package redisinfo

import (
	"bufio"
	"cmp"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
)

const (
	maxLines    = 1000
	maxReplicas = 64
)

// Parse reads an answer; the keys are those of one database.
func Parse(info string, database int) source.Server {
	server := source.Server{Memory: -1, MaxMemory: -1}
	var offset int64 = -1
	lines := bufio.NewScanner(strings.NewReader(info))
	for n := 0; n < maxLines && lines.Scan(); n++ {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			continue
		}
		switch name {
		case "used_memory":
			server.Memory = number(value)
		case "maxmemory":
			server.MaxMemory = number(value)
		case "master_repl_offset":
			offset = number(value)
		case "db" + strconv.Itoa(database):
			server.Keys = number(properties(value)["keys"])
		default:
			if digits, ok := strings.CutPrefix(name, "slave"); ok && number(digits) >= 0 && len(server.Replicas) < maxReplicas {
				server.Replicas = append(server.Replicas, replica(properties(value)))
			}
		}
	}
	for i := range server.Replicas {
		r := &server.Replicas[i]
		if r.Behind >= 0 && offset >= 0 { // until here, how far it has come
			r.Behind = max(0, offset-r.Behind)
		} else {
			r.Behind = -1
		}
	}
	return server
}

// replica reads ip=127.0.0.1,port=7003,state=online,offset=14,lag=1.
func replica(p map[string]string) source.Replica {
	lag := number(p["lag"])
	r := source.Replica{
		Address: net.JoinHostPort(p["ip"], cmp.Or(p["port"], "0")), Online: p["state"] == "online",
		Lag: -1, Behind: number(p["offset"]),
	}
	if lag >= 0 && lag < int64(24*time.Hour/time.Second) {
		r.Lag = time.Duration(lag) * time.Second
	}
	return r
}

// properties reads name=value,name=value.
func properties(text string) map[string]string {
	p := make(map[string]string)
	for pair := range strings.SplitSeq(text, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			p[name] = value
		}
	}
	return p
}

// number reads a number that is not negative; -1 if there is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
