package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// maxHosts is how many hosts a network has addresses for.
const maxHosts = 200

// ipWithin is how long the program ip may take on a busy machine.
const ipWithin = 30 * time.Second

// The addresses: the same in each LAN, which see nothing of each other.
const (
	loopback   = "127.0.0.1"
	subnet     = "10.77.0."
	hubAddress = subnet + "1"
)

// LAN is a switch with hosts at its cables. The nil LAN is the loopback of this process, where every host is at home and no
// cable can be pulled out. Its methods are not safe for concurrent use.
type LAN struct {
	hub   *Namespace
	hosts []*Host
}

// Host is one namespace at a cable of the switch.
type Host struct {
	*Namespace
	// Address is its own in the LAN.
	Address string

	port string // the cable's end in the switch
	hub  *Namespace
}

// Hub is where the switch stands; every host whose cable is in reaches it.
func (l *LAN) Hub() *Host {
	if l == nil {
		return &Host{Address: loopback}
	}
	return &Host{Namespace: l.hub, Address: hubAddress}
}

// NewLAN returns a network without hosts. It fails where this process may not make one.
func NewLAN() (_ *LAN, err error) {
	l := &LAN{}
	if l.hub, err = New(); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"link", "add", "switch", "type", "bridge"},
		{"address", "add", hubAddress + "/24", "dev", "switch"},
		{"link", "set", "dev", "switch", "up"},
	} {
		if err := l.hub.ip(args...); err != nil {
			return nil, errors.Join(err, l.hub.Close())
		}
	}
	return l, nil
}

// Join returns a new host with its cable plugged in.
func (l *LAN) Join() (*Host, error) {
	if l == nil {
		return l.Hub(), nil
	}
	n := len(l.hosts) + 1
	if n > maxHosts {
		return nil, fmt.Errorf("a LAN has %d hosts at most", maxHosts)
	}
	namespace, err := New()
	if err != nil {
		return nil, err
	}
	h := &Host{Namespace: namespace, Address: fmt.Sprint(subnet, n+1), port: fmt.Sprint("port", n), hub: l.hub}
	l.hosts = append(l.hosts, h)
	err = l.hub.ip("link", "add", h.port, "type", "veth", "peer", "name", "cable", "netns", namespace.path())
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"address", "add", h.Address + "/24", "dev", "cable"}, {"link", "set", "dev", "cable", "up"}} {
		if err := h.ip(args...); err != nil {
			return nil, err
		}
	}
	if err := l.hub.ip("link", "set", "dev", h.port, "master", "switch"); err != nil {
		return nil, err
	}
	if err := h.Cut(false); err != nil {
		return nil, err
	}
	return h, nil
}

var errNoCable = errors.New("loopback has no cable that could be cut")

// Cut pulls the cable out of the switch, or plugs it in.
func (h *Host) Cut(cut bool) error {
	if h.hub == nil {
		return errNoCable
	}
	state := "up"
	if cut {
		state = "down"
	}
	return h.hub.ip("link", "set", "dev", h.port, state)
}

// Close gives up the network and its hosts.
func (l *LAN) Close() error {
	if l == nil {
		return nil
	}
	errs := []error{l.hub.Close()}
	for _, h := range l.hosts {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}

// path names the namespace to other processes.
func (n *Namespace) path() string {
	return "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/" + strconv.Itoa(int(n.file.Fd()))
}

// ip runs the program of that name in the namespace.
func (n *Namespace) ip(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), ipWithin)
	defer cancel()
	var out []byte
	err := n.Do(func() (err error) {
		out, err = exec.CommandContext(ctx, "ip", args...).CombinedOutput()
		return err
	})
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
