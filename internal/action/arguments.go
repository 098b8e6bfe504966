package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits bound what an action may ask for, whoever approves.
type Limits struct {
	// Replicas is the most a workload is scaled to, Factor the most it is multiplied by at once.
	Replicas int
	Factor   float64
	// Silence is the longest that alerts are silenced.
	Silence time.Duration
}

// DefaultLimits are those of whoever sets none.
func DefaultLimits() Limits { return Limits{Replicas: 50, Factor: 3, Silence: 24 * time.Hour} }

// Bounds of texts and lists in a proposal.
const (
	MaxText       = 250 // characters, so that any of them fits a column of the history
	MaxParameters = 16
	MaxEvidence   = 12
	MaxMeasures   = 8
)

// Arguments are those of one action of the catalogue, complete: what they say is what is done, and nothing is looked up
// when it is.
type Arguments interface {
	Kind() Kind
	// Target names what is acted upon.
	Target() string
	check(l Limits) error
}

// Workload is a Kubernetes workload.
type Workload struct {
	Namespace string `json:"namespace"`
	// Type is Deployment or StatefulSet.
	Type string `json:"type"`
	Name string `json:"name"`
}

// The types of workloads.
const (
	Deployment  = "Deployment"
	StatefulSet = "StatefulSet"
)

// dnsName is what Kubernetes calls a DNS subdomain.
var dnsName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)

// Check tells what is wrong with the name of a workload.
func (w Workload) Check() error {
	switch {
	case !dnsName.MatchString(w.Namespace) || strings.Contains(w.Namespace, "."):
		return invalid("namespace", "%q is no name of a Kubernetes namespace", w.Namespace)
	case w.Type != Deployment && w.Type != StatefulSet:
		return invalid("type", "%q is neither Deployment nor StatefulSet", w.Type)
	case !dnsName.MatchString(w.Name):
		return invalid("name", "%q is no name of a Kubernetes object", w.Name)
	}
	return nil
}

func (w Workload) String() string { return w.Type + " " + w.Namespace + "/" + w.Name }

// Scale sets the number of replicas, provided that there are From at that moment.
type Scale struct {
	Workload
	From int `json:"from"`
	To   int `json:"to"`
}

// Kind implements Arguments.
func (Scale) Kind() Kind { return ScaleWorkload }

// Target implements Arguments.
func (a Scale) Target() string { return a.Workload.String() }

func (a Scale) check(l Limits) error {
	switch {
	case a.From < 1:
		return invalid("from", "there are no replicas: start the service where it is deployed from")
	case a.To < 1:
		return invalid("replicas", "must be at least 1: stopping a service is not in the catalogue")
	case a.To > l.Replicas:
		return invalid("replicas", "must be at most %d, is %d; limits::replicas of the assistant allows more", l.Replicas, a.To)
	case a.To == a.From:
		return invalid("replicas", "there are %d already", a.To)
	case float64(a.To) > l.Factor*float64(a.From):
		return invalid("replicas", "%d are more than %g times the present %d; limits::factor of the assistant allows more", a.To, l.Factor, a.From)
	}
	return a.Check()
}

// Restart replaces the pods of a workload one after the other.
type Restart struct {
	Workload
}

// Kind implements Arguments.
func (Restart) Kind() Kind { return RestartWorkload }

// Target implements Arguments.
func (a Restart) Target() string { return a.Workload.String() }

func (a Restart) check(Limits) error { return a.Check() }

// Rollback sets the image of one container to an earlier one, provided that the present one is From at that moment.
type Rollback struct {
	Workload
	Container string `json:"container"`
	// Index is the container's place in the pod's list.
	Index int    `json:"index"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Kind implements Arguments.
func (Rollback) Kind() Kind { return RollBack }

// Target implements Arguments.
func (a Rollback) Target() string { return a.Workload.String() + " container " + a.Container }

// taggedImage is a repository with a tag; what is pinned by digest is rolled back where it is deployed from.
var taggedImage = regexp.MustCompile(`^[a-z0-9]([-a-z0-9._/:]{0,200}[a-z0-9])?:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}$`)

func (a Rollback) check(Limits) error {
	from, to := a.From, a.To
	switch {
	case a.Type != Deployment:
		return invalid("type", "only a Deployment is rolled back, this is a %s", a.Type)
	case !dnsName.MatchString(a.Container):
		return invalid("container", "%q is no name of a container", a.Container)
	case a.Index < 0 || a.Index > 63:
		return invalid("index", "must be 0 to 63, is %d", a.Index)
	case !taggedImage.MatchString(from) || !taggedImage.MatchString(to):
		return invalid("image", "%q and %q must be a repository with a tag each", from, to)
	case from == to:
		return invalid("version", "%s runs already", to)
	case repository(from) != repository(to):
		return invalid("image", "%s and %s are of different repositories", from, to)
	}
	return a.Check()
}

func repository(image string) string { return image[:strings.LastIndexByte(image, ':')] }

// Tagged is an image with another tag; false where the image has none.
func Tagged(from, tag string) (string, bool) {
	if !taggedImage.MatchString(from) {
		return "", false
	}
	return repository(from) + ":" + tag, true
}

// End ends one user session.
type End struct {
	Session string `json:"session"`
}

// Kind implements Arguments.
func (End) Kind() Kind { return EndSession }

// Target implements Arguments.
func (a End) Target() string { return "session " + a.Session }

func (a End) check(Limits) error {
	if a.Session == "" || !clean(a.Session) {
		return invalid("session", "give an id of 1 to %d characters", MaxText)
	}
	return nil
}

// Silence keeps alerts of a service from being told for a while. They are still recorded.
type Silence struct {
	Service string `json:"service"`
	Minutes int    `json:"minutes"`
}

// Kind implements Arguments.
func (Silence) Kind() Kind { return SilenceAlerts }

// Target implements Arguments.
func (a Silence) Target() string { return "alerts of " + a.Service }

func (a Silence) check(l Limits) error {
	switch most := int(l.Silence / time.Minute); {
	case a.Service == "" || !clean(a.Service):
		return invalid("service", "name a service")
	case a.Minutes < 1 || a.Minutes > most:
		return invalid("minutes", "must be 1 to %d, is %d", most, a.Minutes)
	}
	return nil
}

// Call sends a signed request to a webhook that the configuration names.
type Call struct {
	Webhook    string            `json:"webhook"`
	Parameters map[string]string `json:"parameters,omitempty"`
}

// Kind implements Arguments.
func (Call) Kind() Kind { return CallWebhook }

// Target implements Arguments.
func (a Call) Target() string { return "webhook " + a.Webhook }

func (a Call) check(Limits) error {
	if !dnsName.MatchString(a.Webhook) {
		return invalid("webhook", "%q is no name of a webhook of the configuration", a.Webhook)
	}
	if len(a.Parameters) > MaxParameters {
		return invalid("parameters", "must be at most %d, are %d", MaxParameters, len(a.Parameters))
	}
	for _, k := range slices.Sorted(maps.Keys(a.Parameters)) {
		if k == "" || !clean(k) || !clean(a.Parameters[k]) {
			return invalid("parameters", "%s needs a name and at most %d characters of plain text", strconv.Quote(k), MaxText)
		}
	}
	return nil
}

// decodeArguments reads those of an action, with no member that is not known.
func decodeArguments(k Kind, text []byte) (Arguments, error) {
	switch k {
	case ScaleWorkload:
		return strict[Scale](text)
	case RestartWorkload:
		return strict[Restart](text)
	case RollBack:
		return strict[Rollback](text)
	case EndSession:
		return strict[End](text)
	case SilenceAlerts:
		return strict[Silence](text)
	case CallWebhook:
		return strict[Call](text)
	}
	return nil, invalid("action", "%q is not in the catalogue", k)
}

func strict[T Arguments](text []byte) (Arguments, error) {
	var out T
	if err := unmarshal(text, &out); err != nil {
		return nil, invalid("arguments", "%v", err)
	}
	return out, nil
}

func unmarshal(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// clean reports whether a text is short and shows what it holds: no control character, nothing that reorders or hides.
func clean(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= MaxText && !strings.ContainsFunc(s, hidden)
}

func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

// Clean is a text fit for a proposal: without what clean refuses, cut to size.
func Clean(s string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s))
	return strings.TrimSpace(string(out[:min(len(out), MaxText)]))
}

// InvalidError is a request or proposal that no approval makes good.
type InvalidError struct{ Field, Text string }

func (e *InvalidError) Error() string { return e.Field + ": " + e.Text }

func invalid(field, format string, args ...any) error {
	return &InvalidError{field, fmt.Sprintf(format, args...)}
}
