package chaos

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // looks into the history

	"github.com/braidotel/braid/internal/askclient"
	"github.com/braidotel/braid/internal/query"
)

// check says what is not yet as it should be after a fault, nil once all is.
type check func(context.Context, *rig) error

// checks are those of each component.
var checks = map[string]check{
	sessionCorrelation: everySpanHasItsSession,
	concurrency:        everySessionIsCounted,
	seasonality:        everyPointIsLearnt,
	incidents:          everyAlertIsInAnIncident,
	historySQLite:      sqliteHasEverySession,
	historyPostgres:    postgresHasEverySession,
	summaries:          everyIncidentIsTold,
	assistant:          questionsAreAnswered,
	sessionStore:       storedSessionsAreCounted,
	redisStorage:       stateIsOnRedis,
	proposals:          everyProposalIsTold,
	nestingLimiter:     levelsAreRefused,
	grpcReconnect:      everythingHasArrived,
	kafkaLookback:      everyRecordHasArrived,
	deadLetters:        everyPoisonIsKept,
}

// everySpanHasItsSession wants each acknowledged span at the backend, with the session that only the browser knew, and
// one start of each session.
func everySpanHasItsSession(_ context.Context, r *rig) error {
	missing, unstamped := 0, 0
	for _, p := range r.phases {
		for visit := range visitsPerPhase {
			for page := range pagesPerVisit {
				for tier := range 2 {
					switch session, arrived := r.backend.Span(p.spanID(visit, page, tier)); {
					case !arrived:
						missing++
					case session != p.visit(visit):
						unstamped++
					}
				}
			}
		}
	}
	starts := map[any]int{}
	for _, e := range r.backend.Events("session.start") {
		starts[e.Attributes["session.id"]]++
	}
	if want := len(r.phases) * visitsPerPhase; missing > 0 || unstamped > 0 || len(starts) != want {
		return fmt.Errorf("%d spans missing, %d without their session, %d of %d sessions began", missing, unstamped, len(starts), want)
	}
	return nil
}

// everySessionIsCounted wants the visitors of the last five minutes in the gauge. Those whose senders' clocks are wrong may
// count at another time.
func everySessionIsCounted(ctx context.Context, r *rig) error {
	least, most := 0, 0
	for _, p := range r.phases {
		most += visitsPerPhase
		if p.skew == 0 {
			least += visitsPerPhase
		}
	}
	got, err := r.metric(ctx, r.at.MetricsURL(), `braid_concurrent_users{braid_identity="session",braid_window="5m"}`)
	if err == nil && (int(got) < least || int(got) > most) {
		err = fmt.Errorf("%v sessions counted, %d to %d were there", got, least, most)
	}
	return err
}

// everyPointIsLearnt wants seasonality to have taken every point since the collector was started last, and the points to
// have reached the backend.
func everyPointIsLearnt(ctx context.Context, r *rig) error {
	got, err := r.metric(ctx, "http://"+r.at.Telemetry+"/metrics", "otelcol_processor_seasonality_points")
	if want := pagesPerVisit; err == nil && int(got) < want {
		err = fmt.Errorf("%v points learnt of at least %d", got, want)
	}
	if want := pagesPerVisit * len(r.phases); err == nil && r.backend.Points() < want {
		err = fmt.Errorf("%d points arrived of at least %d", r.backend.Points(), want)
	}
	return err
}

// everythingHasArrived wants what was sent after the fault at the backend too: the exporter is connected again.
func everythingHasArrived(ctx context.Context, r *rig) error {
	if want := pagesPerVisit * len(r.phases); r.backend.Points() < want {
		return fmt.Errorf("%d points arrived of at least %d", r.backend.Points(), want)
	}
	return everySpanHasItsSession(ctx, r)
}

func everyAlertIsInAnIncident(_ context.Context, r *rig) error {
	told := fmt.Sprint(r.backend.Events("braid.incident"))
	for _, p := range r.phases {
		if !strings.Contains(told, p.alert()) {
			return fmt.Errorf("%s is in no incident", p.alert())
		}
	}
	return nil
}

func sqliteHasEverySession(ctx context.Context, r *rig) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.disk, "history", "records.db")+"?mode=ro&_pragma=busy_timeout(1000)")
	if err != nil {
		return err
	}
	defer db.Close()
	n := 0
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE id LIKE 'visit-%'").Scan(&n)
	return errors.Join(err, r.hasAll(n))
}

func postgresHasEverySession(ctx context.Context, r *rig) error {
	n, err := r.servers.postgres.Count(ctx, "SELECT count(*) FROM sessions WHERE id LIKE 'visit-%'")
	return errors.Join(err, r.hasAll(n))
}

func (r *rig) hasAll(n int) error {
	if want := len(r.phases) * visitsPerPhase; n != want {
		return fmt.Errorf("%d of %d sessions are in the history", n, want)
	}
	return nil
}

// everyIncidentIsTold wants a summary of each incident, and a model that is called again.
func everyIncidentIsTold(ctx context.Context, r *rig) error {
	if err := everyAlertIsInAnIncident(ctx, r); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.disk, "history", "records.db")+"?mode=ro&_pragma=busy_timeout(1000)")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, incident := range r.backend.Events("braid.incident") {
		id, n := incident.Attributes["braid.incident.id"], 0
		row := db.QueryRowContext(ctx, "SELECT count(*) FROM events WHERE kind = 'braid.summary' AND instr(attributes, ?) > 0", id)
		if err := row.Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("incident %v has no summary", id)
		}
	}
	if r.model.Calls() <= r.callsBefore {
		return errors.New("the model has not been called since")
	}
	return nil
}

func questionsAreAnswered(ctx context.Context, r *rig) error {
	_, err := r.ask(ctx)
	return err
}

// ask asks how many are there; answered says that the assistant had something to say, be it that it cannot tell.
func (r *rig) ask(ctx context.Context) (answered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	client := askclient.Client{URL: "http://" + r.at.Assistant}
	_, err = client.Ask(ctx, query.Question{Text: "who has been connected for long?"})
	_, problem := errors.AsType[*askclient.Problem](err)
	return err == nil || problem, err
}

func storedSessionsAreCounted(ctx context.Context, r *rig) error {
	got, err := r.metric(ctx, r.at.MetricsURL(), "braid_session_store_active{")
	if want := storedSessions * len(r.phases); err == nil && int(got) != want {
		err = fmt.Errorf("%v stored sessions counted of %d", got, want)
	}
	return err
}

// stateIsOnRedis wants the lease held and the components' state beside it.
func stateIsOnRedis(ctx context.Context, r *rig) error {
	keys, err := r.servers.redis.Client.Keys(ctx, "{braid/chaos}:*").Result() // the test's own server
	if err == nil && len(keys) < 3 {
		err = fmt.Errorf("only %d keys of the shard", len(keys))
	}
	if err != nil {
		return err
	}
	held, err := r.metric(ctx, "http://"+r.at.Telemetry+"/metrics", "otelcol_extension_redis_storage_lease_held")
	if err == nil && held != 1 {
		err = errors.New("the lease is not held")
	}
	return err
}

// client keeps no connections: none outlives a scenario.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}

// metric adds up the samples whose line begins so.
func (r *rig) metric(ctx context.Context, url, prefix string) (sum float64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	found, lines := false, bufio.NewScanner(response.Body)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, prefix) {
			value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				return 0, err
			}
			sum, found = sum+value, true
		}
	}
	if !found {
		return 0, fmt.Errorf("no metric %s", prefix)
	}
	return sum, lines.Err()
}
