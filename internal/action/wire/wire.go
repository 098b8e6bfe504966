// Package wire is how actions reach HTTP servers of the organisation: straight, once, briefly, and nowhere that the
// configuration did not name.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/braidotel/braid/internal/action"
)

// DefaultTimeout ends a request of whoever names none.
const DefaultTimeout = 10 * time.Second

// maxAnswer is how much of an answer is read, so that the connection can be used again. None of it is kept.
const maxAnswer = 4 << 10

// CheckURL tells what is wrong with an address: it is https, or http on this machine; credentials belong elsewhere.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return errors.New("is no address such as https://automation.example/braid")
	case u.User != nil || u.Fragment != "":
		return errors.New("must hold neither credentials nor a fragment")
	case u.Scheme == "https", u.Scheme == "http" && local(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("must be https: only this machine is reached in plain text")
	}
	return fmt.Errorf("has the scheme %q; use https", u.Scheme)
}

func local(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// NewClient returns a client that follows no redirect, uses no proxy, and connects to no link-local address, where clouds
// keep credentials; in plain text to this machine alone, whatever a name resolves to.
func NewClient(timeout time.Duration, plain bool) *http.Client {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	dialer := &net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error { return allow(address, plain) }}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true, MaxConnsPerHost: 4,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func allow(address string, plain bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s is no address", address)
	}
	ip := at.Addr().Unmap()
	switch {
	case ip.IsLinkLocalUnicast(), ip.IsMulticast(), ip.IsUnspecified():
		return fmt.Errorf("%s is never connected to", ip)
	case plain && !ip.IsLoopback():
		return fmt.Errorf("%s is not this machine: only https goes there", ip)
	}
	return nil
}

// Post sends a request once and gives the status of the answer. Errors tell by action.ErrNotDone that it was refused, or
// was never sent.
func Post(ctx context.Context, client *http.Client, r *http.Request) (int, error) {
	answer, err := client.Do(r.WithContext(ctx)) //nolint:gosec // the address is the configuration's, and NewClient bounds where it leads
	if err != nil {
		return 0, unsent(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // what it says is not for us
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return code, nil
	case code >= 300 && code < 500 && code != http.StatusRequestTimeout:
		return code, action.NotDone(fmt.Errorf("answered %d", code))
	default:
		return code, fmt.Errorf("answered %d", code)
	}
}

// unsent tells errors of connecting from those after the request had gone out; the address may be a secret and is left out.
func unsent(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return action.NotDone(fmt.Errorf("not reached: %w", err))
	}
	return err
}
