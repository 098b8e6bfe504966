package llmsummaryexporter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/exporter/llmsummaryexporter/internal/metadata"
	"github.com/braidotel/braid/internal/figures"
	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/narrator/anthropic"
	"github.com/braidotel/braid/internal/narrator/openai"
	"github.com/braidotel/braid/internal/pager"
	"github.com/braidotel/braid/internal/pii"
	"github.com/braidotel/braid/internal/prompt"
	"github.com/braidotel/braid/prompts"
)

const (
	workers = 2
	// remembered is how many events are known to have been told, at some 200 bytes.
	remembered = 10_000
)

// summarizer tells events. Templates are stored before push returns; models phrase them better in the background.
type summarizer struct {
	cfg    *Config
	set    exporter.Settings
	tel    *metadata.TelemetryBuilder
	masker *pii.Masker
	teller *narrator.Teller
	calls  *callTelemetry
	out    *outputs
	health *health
	pager  *pager.Pager // nil where nobody is told
	// silences serves silences; nil where that is not configured.
	silences *silencesAPI
	jobs     chan job
	running  sync.WaitGroup
	stop     context.CancelFunc
	storage  storage.Client // nil without one
	// measured tells that a metrics pipeline names the exporter.
	measured bool

	tableMu sync.Mutex
	table   *figures.Table // nil where no report is configured
	dropped uint64         // of the table, as far as it was counted

	mu    sync.Mutex
	asked *simplelru.LRU[string, asked]
	// services are those that events were first told to be about.
	services *simplelru.LRU[string, string]
}

// asked is when a model was last asked about an event, and what was to be told then.
type asked struct {
	points string
	at     time.Time
}

// job is a summary that a model may phrase.
type job struct {
	id       string
	event    told
	evidence *narrator.Evidence
}

func newSummarizer(set exporter.Settings, cfg *Config) (*summarizer, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	key := []byte(cfg.PseudonymKey)
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key)
	}
	masker, err := pii.New(key, pii.Options{})
	if err != nil {
		return nil, fmt.Errorf("pseudonym_key: %w", err)
	}
	calls, err := newCallTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	lru, err := simplelru.NewLRU[string, asked](remembered, nil)
	if err != nil {
		return nil, fmt.Errorf("creating the table of events: %w", err)
	}
	services, err := simplelru.NewLRU[string, string](remembered, nil)
	if err != nil {
		return nil, fmt.Errorf("creating the table of services: %w", err)
	}
	table, err := newTable(cfg)
	if err != nil {
		return nil, err
	}
	return &summarizer{table: table, services: services, cfg: cfg, set: set, tel: tel, masker: masker, calls: calls, asked: lru, jobs: make(chan job, cfg.Calls.Waiting)}, nil
}

// Start opens what summaries go to and what they are told with. It is called once, whichever node starts first.
func (s *summarizer) Start(ctx context.Context, host component.Host) error {
	var err error
	if s.out, err = newOutputs(s.cfg, host); err != nil {
		return err
	}
	if s.storage, err = openStorage(ctx, s.cfg, s.set.ID, host); err != nil {
		return err
	}
	if s.teller, err = s.newTeller(); err != nil {
		return err
	}
	s.health = &health{report: func(e *componentstatus.Event) { componentstatus.ReportStatus(host, e) }, failing: map[string]string{}}
	if err := s.startPager(ctx, host); err != nil {
		return err
	}
	reports, err := s.newReporter(ctx, time.Now())
	if err != nil {
		return err
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if reports != nil {
		s.running.Go(func() { reports.run(ctx) })
	}
	if len(s.cfg.Models) > 0 {
		for range workers {
			s.running.Go(func() { s.run(ctx) })
		}
	}
	return nil
}

// newTeller makes the models and reads their prompts, so that a bad prompt fails the start.
func (s *summarizer) newTeller() (*narrator.Teller, error) {
	var models []narrator.Model
	for i := range s.cfg.Models {
		models = append(models, s.cfg.Models[i].model())
	}
	store := prompt.NewStore(prompts.Files, s.cfg.Prompts.Dir)
	var all []*prompt.Prompt
	if len(models) > 0 {
		names, err := store.Names()
		if err != nil {
			return nil, fmt.Errorf("prompts: %w", err)
		}
		for _, name := range names {
			p, err := store.Get(name, s.cfg.Prompts.Label)
			if err != nil {
				return nil, fmt.Errorf("prompts: %w", err)
			}
			all = append(all, p)
		}
	}
	c := &s.cfg.Calls
	return narrator.NewTeller(narrator.Settings{
		Models: models, Timeout: c.Timeout, Deadline: c.Deadline, Attempts: c.Attempts, Failures: c.Failures, Rest: c.Rest, Now: time.Now,
		Budget: &narrator.Budget{Calls: c.PerHour, Cost: c.CostPerHour},
		Prompt: func(task, language string) *prompt.Prompt {
			for _, p := range all {
				if p.Suits(task, language) {
					return p
				}
			}
			return nil
		},
		Called: func(ctx context.Context, call *narrator.Call) {
			s.calls.record(ctx, call)
			s.tel.ExporterLlmSummaryCost.Add(ctx, call.Cost)
		},
	}), nil
}

func (m *ModelConfig) model() narrator.Model {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // calls are rare
	client := &http.Client{
		Transport:     &narrator.Guard{Next: transport, Local: m.Local},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a key goes where it was meant to
	}
	out := narrator.Model{
		Name: m.Name, Provider: m.Provider, Local: m.Local, Tasks: m.Tasks, Languages: m.Languages, InputPrice: m.InputPrice, OutputPrice: m.OutputPrice,
	}
	if m.Provider == "anthropic" {
		out.Caller = anthropic.New(client, m.Endpoint, string(m.APIKey), m.Model)
	} else {
		out.Caller = openai.New(client, m.Endpoint, string(m.APIKey), m.Model)
	}
	return out
}

// Shutdown ends what Start began, as far as it came. It is called once, after the last node.
func (s *summarizer) Shutdown(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
	}
	s.running.Wait()
	errs := []error{s.stopPager(ctx)}
	s.tel.Shutdown()
	if s.out != nil {
		errs = append(errs, s.out.close())
	}
	if s.storage != nil {
		errs = append(errs, s.storage.Close(ctx))
	}
	return errors.Join(errs...)
}

// push tells every event of a batch by templates and stores that. Then it leaves to models what they may phrase.
func (s *summarizer) push(ctx context.Context, ld plog.Logs) error {
	var ready []*told
	var jobs []job
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				e, ok := read(rl.Resource().Attributes(), r)
				if !ok {
					continue
				}
				s.occurred(e)
				for _, language := range s.cfg.Languages {
					t, evidence := s.template(ctx, e, language)
					if t == nil {
						continue
					}
					ready = append(ready, t)
					if len(s.cfg.Models) > 0 && s.worth(t, evidence) {
						jobs = append(jobs, job{t.id(), *t, evidence})
					}
				}
			}
		}
	}
	if len(ready) == 0 {
		return nil
	}
	if err := s.out.write(ctx, ready); err != nil {
		return err
	}
	s.notify(ctx, ready)
	for _, j := range jobs {
		select {
		case s.jobs <- j:
		default:
			s.tel.ExporterLlmSummaryJobsDropped.Add(ctx, 1)
		}
	}
	return nil
}

// template tells one event by templates; nil where there is nothing to say.
func (s *summarizer) template(ctx context.Context, e *event, language string) (*told, *narrator.Evidence) {
	evidence := newBrief(e, language, s.masker)
	if evidence == nil {
		return nil, nil
	}
	sentences, err := narrator.Template(evidence)
	if err != nil {
		s.set.Logger.Error("An event could not be told", zap.String("kind", e.name), zap.Error(err))
		return nil, nil
	}
	summary := &narrator.Summary{Sentences: sentences, Narrator: narrator.Deterministic, Verdict: narrator.VerdictNone}
	s.count(ctx, e.name, summary.Verdict)
	return newTold(e, evidence, summary), evidence
}

// worth tells whether a model is asked: when there is something new to tell than figures, or after a while.
func (s *summarizer) worth(t *told, e *narrator.Evidence) bool {
	var points strings.Builder
	for _, p := range e.Points {
		points.WriteString(p.Kind + "\x00")
	}
	for _, n := range e.Names {
		points.WriteString(n.Text + "\x00")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if last, ok := s.asked.Get(t.id()); ok && last.points == points.String() && now.Sub(last.at) < s.cfg.Calls.Refresh {
		return false
	}
	s.asked.Add(t.id(), asked{points.String(), now})
	return true
}

func (s *summarizer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.jobs:
			s.phrase(ctx, &j)
		}
	}
}

// phrase lets models phrase a summary and stores what comes of it.
func (s *summarizer) phrase(ctx context.Context, j *job) {
	summary, err := s.teller.Tell(ctx, j.evidence)
	if err == nil && ctx.Err() == nil {
		s.health.note(summary.Calls)
	}
	if err != nil || len(summary.Calls) == 0 && summary.Verdict == narrator.VerdictNone {
		return // the template is stored
	}
	s.count(ctx, j.event.kind, summary.Verdict)
	better := j.event.with(summary)
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Timeout.Timeout)
	defer cancel()
	if err := s.out.write(store, []*told{better}); err != nil {
		s.set.Logger.Warn("A model's summary could not be stored; its template is", zap.Error(err))
	}
	if summary.Verdict == narrator.VerdictAccepted {
		s.notify(store, []*told{better})
	}
}

// noteDropped counts figures that there was no room for.
func (s *summarizer) noteDropped(ctx context.Context, total uint64) {
	s.tel.ExporterLlmSummaryFiguresDropped.Add(ctx, int64(total-s.dropped))
	s.dropped = total
}

func (s *summarizer) count(ctx context.Context, kind string, verdict narrator.Verdict) {
	s.tel.ExporterLlmSummarySummaries.Add(ctx, 1,
		metric.WithAttributes(attribute.String("kind", kind), attribute.String("verdict", string(verdict))))
}
