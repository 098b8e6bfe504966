// Package promhttp serves history.Metrics as the part of Prometheus' HTTP API that dashboards read. Prometheus' own
// handler would bring scraping, rules, alerting and an OpenAPI library along.
package promhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"github.com/braidotel/braid/internal/history"
)

// maxForm bounds the parameters of a request, in bytes.
const maxForm = 64 << 10

// New returns a handler of /api/v1/… . It only ever reads.
func New(m history.Metrics) http.Handler {
	a := &api{m}
	mux := http.NewServeMux()
	for path, f := range map[string]func(*http.Request) (any, error){
		"/api/v1/query":       a.query,
		"/api/v1/query_range": a.queryRange,
		"/api/v1/labels":      a.labels,
		"/api/v1/series":      a.series,
	} {
		mux.Handle("GET "+path, answering(f))
		mux.Handle("POST "+path, answering(f))
	}
	mux.Handle("GET /api/v1/label/{name}/values", answering(a.values))
	// Grafana asks which Prometheus this is, and what is known of metrics.
	mux.Handle("GET /api/v1/status/buildinfo", answering(func(*http.Request) (any, error) {
		return map[string]string{"version": "3.0.0", "application": "braid"}, nil
	}))
	mux.Handle("GET /api/v1/metadata", answering(func(*http.Request) (any, error) { return struct{}{}, nil }))
	return mux
}

type api struct{ metrics history.Metrics }

// listed is data of which there may be more, which is a warning to Prometheus' clients.
type listed struct {
	data     any
	warnings []string
}

func answering(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		var data any
		err := r.ParseForm()
		if err == nil {
			data, err = f(r)
		} else {
			err = fmt.Errorf("%w: %w", history.ErrQuery, err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		body := map[string]any{"status": "success", "data": data}
		if l, ok := data.(listed); ok {
			body["data"] = l.data
			if len(l.warnings) > 0 {
				body["warnings"] = l.warnings
			}
		}
		if err != nil {
			kind, status := "unavailable", http.StatusServiceUnavailable
			if errors.Is(err, history.ErrQuery) {
				kind, status = "bad_data", http.StatusBadRequest
			}
			w.WriteHeader(status)
			body = map[string]any{"status": "error", "errorType": kind, "error": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
	})
}

func (a *api) query(r *http.Request) (any, error) {
	at, err := instant(r, "time", time.Now())
	if err != nil {
		return nil, err
	}
	result, err := a.metrics.Query(r.Context(), r.Form.Get("query"), at)
	if err != nil {
		return nil, err
	}
	vector := make([]any, len(result.Series))
	for i, s := range result.Series {
		if len(s.Points) > 1 { // a range selector
			return listed{matrix(result), result.Warnings}, nil
		}
		vector[i] = map[string]any{"metric": s.Labels, "value": sample(s.Points[0])}
	}
	return listed{map[string]any{"resultType": "vector", "result": vector}, result.Warnings}, nil
}

func (a *api) queryRange(r *http.Request) (any, error) {
	start, err := instant(r, "start", time.Time{})
	if err != nil {
		return nil, err
	}
	end, err := instant(r, "end", time.Time{})
	if err != nil {
		return nil, err
	}
	step, err := duration(r.Form.Get("step"))
	if err != nil {
		return nil, err
	}
	result, err := a.metrics.QueryRange(r.Context(), r.Form.Get("query"), start, end, step)
	if err != nil {
		return nil, err
	}
	return listed{matrix(result), result.Warnings}, nil
}

func (a *api) labels(r *http.Request) (any, error) {
	w, err := window(r)
	if err != nil {
		return nil, err
	}
	names, err := a.metrics.LabelNames(r.Context(), r.Form["match[]"], w)
	return orEmpty(names), err
}

func (a *api) values(r *http.Request) (any, error) {
	w, err := window(r)
	if err != nil {
		return nil, err
	}
	values, err := a.metrics.LabelValues(r.Context(), r.PathValue("name"), r.Form["match[]"], w)
	return orEmpty(values), err
}

func (a *api) series(r *http.Request) (any, error) {
	w, err := window(r)
	if err != nil {
		return nil, err
	}
	if len(r.Form["match[]"]) == 0 {
		return nil, fmt.Errorf("%w: match[] is missing", history.ErrQuery)
	}
	limit, _ := strconv.Atoi(r.Form.Get("limit")) // absent or wrong: the greatest
	page, err := a.metrics.Series(r.Context(), r.Form["match[]"], w, limit)
	if err != nil {
		return nil, err
	}
	var warnings []string
	if page.Truncated {
		warnings = []string{"results truncated due to limit"}
	}
	if page.Items == nil {
		page.Items = []map[string]string{}
	}
	return listed{page.Items, warnings}, nil
}

func matrix(result history.Result) any {
	series := make([]any, len(result.Series))
	for i, s := range result.Series {
		values := make([]any, len(s.Points))
		for j, p := range s.Points {
			values[j] = sample(p)
		}
		series[i] = map[string]any{"metric": s.Labels, "values": values}
	}
	return map[string]any{"resultType": "matrix", "result": series}
}

func sample(p history.Point) [2]any {
	return [2]any{json.Number(strconv.FormatFloat(float64(p.At.UnixMilli())/1000, 'f', 3, 64)), strconv.FormatFloat(p.Value, 'f', -1, 64)}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func window(r *http.Request) (w history.Window, err error) {
	if w.From, err = instant(r, "start", time.Time{}); err != nil {
		return w, err
	}
	w.To, err = instant(r, "end", time.Time{})
	return w, err
}

// instant reads a time: seconds since 1970, or RFC 3339.
func instant(r *http.Request, name string, absent time.Time) (time.Time, error) {
	s := r.Form.Get(name)
	if s == "" {
		return absent, nil
	}
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(seconds) < 1e11 {
		return time.UnixMilli(int64(math.Round(seconds * 1000))), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%w: %s %q is neither seconds since 1970 nor RFC 3339", history.ErrQuery, name, s)
}

// duration reads seconds, or a number with a unit as PromQL has it.
func duration(s string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds > 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second)), nil
	}
	if d, err := model.ParseDuration(s); err == nil {
		return time.Duration(d), nil
	}
	return 0, fmt.Errorf("%w: step %q is no duration", history.ErrQuery, s)
}
