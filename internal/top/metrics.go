package top

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metric and label names as the prometheus exporter translates them.
const (
	metricActive   = "braid_session_active"
	metricStarted  = "braid_session_started_total"
	metricEnded    = "braid_session_ended_total"
	metricUsers    = "braid_concurrent_users"
	metricBusiness = "braid_business_count_total"
	metricValue    = "braid_business_value_total"

	labelRegion   = "braid_region"
	labelService  = "service_name"
	labelHost     = "host_name"
	labelIdentity = "braid_identity"
	labelWindow   = "braid_window"
	labelEvent    = "braid_business_event"
	labelOutcome  = "braid_business_outcome"
	labelCurrency = "braid_business_currency"
)

// Place is where visitors are counted. An empty field means that the count does not tell it apart.
type Place struct {
	Region  string
	Service string
}

// Row is one place with its counts.
type Row struct {
	Place
	// Active counts open sessions that have been at the place.
	Active float64
	// Users counts distinct visitors in the window by identity (session, user, client).
	Users map[string]float64
}

// Business is one kind of business event with one outcome.
type Business struct {
	Event, Outcome, Currency string
	Count, Value             float64
}

// Snapshot is what the metrics say at one moment.
type Snapshot struct {
	Active, Started, Ended float64
	// Total is the row of all places.
	Total Row
	// Rows are the places, the busiest first.
	Rows []Row
	// Identities that are counted, and over which window.
	Identities []string
	Window     string
	Business   []Business
}

// Counted reports whether any session or user has been counted.
func (s *Snapshot) Counted() bool {
	if s.Active > 0 || s.Started > 0 {
		return true
	}
	return slices.ContainsFunc(append([]Row{s.Total}, s.Rows...), func(r Row) bool { return r.weight() > 0 })
}

// Parse reads the Prometheus text format. Metrics that are not Braid's are passed over.
func Parse(r io.Reader) (Snapshot, error) {
	families, err := families(r)
	if err != nil {
		return Snapshot{}, fmt.Errorf("reading metrics: %w", err)
	}
	s := Snapshot{Started: sum(families[metricStarted]), Ended: sum(families[metricEnded])}
	rows := map[Place]*Row{}
	s.readActive(families[metricActive], rows)
	s.readUsers(families[metricUsers], rows)
	s.readBusiness(families[metricBusiness], families[metricValue])
	for place, row := range rows {
		if place == (Place{}) {
			s.Total = *row
			continue
		}
		s.Rows = append(s.Rows, *row)
	}
	slices.SortFunc(s.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Service, b.Service))
	})
	return s, nil
}

// families parses the text format. The parser panics on some malformed pages (testdata/fuzz holds one), and a page may come
// from anybody who took the port.
func families(r io.Reader) (found map[string]*dto.MetricFamily, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed page: %v", p)
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(r)
}

// weight is what rows are ordered by: the most anybody counts there.
func (r *Row) weight() float64 {
	most := r.Active
	for _, n := range r.Users {
		most = max(most, n)
	}
	return most
}

func at(rows map[Place]*Row, place Place) *Row {
	if rows[place] == nil {
		rows[place] = &Row{Place: place, Users: map[string]float64{}}
	}
	return rows[place]
}

// readActive adds hosts up by place; the series without a place is the number of open sessions.
func (s *Snapshot) readActive(family *dto.MetricFamily, rows map[Place]*Row) {
	for _, m := range family.GetMetric() {
		place := Place{Region: label(m, labelRegion), Service: label(m, labelService)}
		if place == (Place{}) && label(m, labelHost) == "" {
			s.Active += value(m)
			continue
		}
		at(rows, place).Active += value(m)
	}
}

// readUsers takes the estimates of the shortest window, which is the sliding one.
func (s *Snapshot) readUsers(family *dto.MetricFamily, rows map[Place]*Row) {
	for _, m := range family.GetMetric() {
		if w := label(m, labelWindow); s.Window == "" || shorter(w, s.Window) {
			s.Window = w
		}
	}
	for _, m := range family.GetMetric() {
		if label(m, labelWindow) != s.Window {
			continue
		}
		identity := label(m, labelIdentity)
		users := at(rows, Place{Region: label(m, labelRegion), Service: label(m, labelService)}).Users
		users[identity] = max(users[identity], value(m))
		if !slices.Contains(s.Identities, identity) {
			s.Identities = append(s.Identities, identity)
		}
	}
	slices.Sort(s.Identities)
}

func shorter(a, b string) bool {
	x, errX := model.ParseDuration(a)
	y, errY := model.ParseDuration(b)
	return errX == nil && errY == nil && x < y
}

func (s *Snapshot) readBusiness(counts, values *dto.MetricFamily) {
	total := map[Business]*Business{}
	entry := func(m *dto.Metric) *Business {
		key := Business{Event: label(m, labelEvent), Outcome: label(m, labelOutcome), Currency: label(m, labelCurrency)}
		if total[key] == nil {
			b := key
			total[key] = &b
		}
		return total[key]
	}
	for _, m := range counts.GetMetric() {
		entry(m).Count += value(m)
	}
	for _, m := range values.GetMetric() {
		entry(m).Value += value(m)
	}
	for _, b := range total {
		s.Business = append(s.Business, *b)
	}
	slices.SortFunc(s.Business, func(a, b Business) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Currency, b.Currency))
	})
}

func sum(family *dto.MetricFamily) (total float64) {
	for _, m := range family.GetMetric() {
		total += value(m)
	}
	return total
}

// value returns a gauge's, counter's or untyped value; what is not a number counts as nothing.
func value(m *dto.Metric) float64 {
	v := m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
	if math.IsNaN(v) {
		return 0
	}
	return v
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
