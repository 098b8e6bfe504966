package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/extension/assistantextension/internal/fixture"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query"
)

// What the API says, whole: testdata/api/<route>.json. -update writes them.
func TestAPI_Golden(t *testing.T) {
	b := newBench(t, everything, nil)
	for _, r := range routes {
		if r.stream || r.name == "openapi" || r.name == "me" {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			response := b.call(r.method, prefix+examples[r.name].path, examples[r.name].body)
			require.Equal(t, http.StatusOK, response.StatusCode)
			got, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			file := filepath.Join("testdata", "api", r.name+".json")
			if r.media == "" {
				var value any
				require.NoError(t, json.Unmarshal(got, &value))
				got = marshal(t, value)
			} else {
				file = strings.TrimSuffix(file, "json") + r.media[strings.IndexByte(r.media, '/')+1:]
			}
			if *update {
				require.NoError(t, os.WriteFile(file, got, 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
		})
	}
}

func TestMe_SaysWhoAsksAndWhatThePageNeeds(t *testing.T) {
	b := newBench(t, query.Caller{Name: "lee", Tenant: "shop", Roles: query.Roles{View: true}}, nil)
	var me Me
	require.NoError(t, json.NewDecoder(b.call(http.MethodGet, prefix+"/me", "").Body).Decode(&me))
	assert.NotEmpty(t, me.Token)
	me.Token = ""
	assert.Equal(t, Me{Name: "lee", Tenant: "shop", View: true, TimeZone: "Asia/Seoul", OTLPEndpoint: "http://127.0.0.1:4318", Version: "test"}, me)
}

func TestRequests_Mistakes_NameTheFieldAndTheFix(t *testing.T) {
	b := newBench(t, everything, nil)
	long := strings.Repeat("x", 600)
	for _, c := range []struct {
		method, path, body string
		status             int
		field, detail      string
	}{
		{"POST", "/ask", ``, 400, "body", "is empty"},
		{"POST", "/ask", `{`, 400, "body", "is not valid JSON"},
		{"POST", "/ask", `{"question":"왜"} {}`, 400, "body", "more than one"},
		{"POST", "/ask", `{"question":" "}`, 400, "question", "is empty"},
		{"POST", "/ask", `{"question":7}`, 400, "question", "must be string, is a JSON number"},
		{"POST", "/ask", `{"question":"` + long + `"}`, 400, "question", "more than 500"},
		{"POST", "/ask", `{"question":"왜","tenant":"bank"}`, 400, "tenant", "not known"},
		{"POST", "/ask", `{"question":"왜","language":"fr"}`, 400, "language", "ko or en"},
		{"POST", "/ask", `{"question":"왜","time_zone":"Mars/Base"}`, 400, "time_zone", "Asia/Seoul"},
		{"POST", "/ask", `{"question":"왜","corrections":{"":"x"}}`, 400, "corrections", "1 to 256 bytes"},
		{"POST", "/ask", `{"question":"` + strings.Repeat("x", 5000) + `"}`, 413, "", "4096 bytes"},
		{"POST", "/reports", `{"audience":"exec","language":"ko"}`, 400, "period", "this_week"},
		{"POST", "/reports", `{"period":"this_week","audience":"all","language":"ko"}`, 400, "audience", "exec or ops"},
		{"POST", "/reports", `{"period":"this_week","audience":"ops"}`, 400, "language", "ko or en"},
		{"POST", "/approvals/act-1/approve", `{"reason":" "}`, 400, "reason", "say why"},
		{"POST", "/approvals/act-1/approve", `{"reason":"` + long + `","digest":"x"}`, 400, "reason", "more than 250"},
		{"POST", "/approvals/act-1/approve", `{"reason":"x"}`, 400, "digest", "that was read"},
		{"POST", "/approvals/act-1/approve", `{"reason":"x","digest":"` + long + `"}`, 400, "digest", "longer than a hash"},
		{"POST", "/approvals/act-1/approve", `{"reason":"x","digest":"00"}`, 409, "", "look again"},
		{"POST", "/approvals/act-0/approve", `{"reason":"again","digest":"00"}`, 409, "", "is verified already"},
		{"POST", "/approvals/act-1/approve?lang=ko", `{"reason":"x","digest":"00"}`, 400, "lang", "there are language"},
		{"POST", "/approvals", `{"text":"` + long + `"}`, 400, "text", "more than 500"},
		{"POST", "/approvals", `{"text":"왜 이래?"}`, 400, "text", "orders no action"},
		{"POST", "/approvals", `{"action":"restart_workload","service":"a\u0000"}`, 400, "service", "no control characters"},
		{"POST", "/approvals", `{"action":"delete_everything"}`, 400, "action", "is missing"},
		{"POST", "/approvals", `{"text":"restart search","language":"fr"}`, 400, "language", "ko or en"},
		{"POST", "/approvals", `{"text":"restart search","approve":true}`, 400, "approve", "not known"},
		{"POST", "/approvals/act-1/execute", `{"reason":"x"}`, 404, "", "not part of the API"},
		{"GET", "/now?lang=ko", "", 400, "lang", "there are language"},
		{"GET", "/arrivals?x=1", "", 400, "x", "leave it out"},
		{"GET", "/examples?language=ko&language=en", "", 400, "language", "2 times"},
		{"GET", "/sessions?min_duration=long", "", 400, "min_duration", "30m"},
		{"GET", "/sessions?from=yesterday", "", 400, "from", "2026-11-18T14:30:00+09:00"},
		{"GET", "/sessions?from=2026-11-18T14:30:00Z&to=2026-11-18T14:00:00Z", "", 400, "from", "before to"},
		{"GET", "/sessions?limit=1001", "", 400, "limit", "1 to 1000"},
		{"GET", "/sessions?open=yes", "", 400, "open", "true, false"},
		{"GET", "/sessions?user=%ff", "", 400, "user", "UTF-8"},
		{"GET", "/sessions?after=x", "", 400, "after", "take it from next"},
		{"GET", "/sessions?a=%zz", "", 400, "query", "cannot be read"},
		{"GET", "/sessions/" + long, "", 400, "id", "1 to 256 bytes"},
		{"GET", "/sessions/a%00b", "", 400, "id", "control"},
		{"GET", "/sessions/none", "", 404, "", "no such thing"},
		{"GET", "/traces/none", "", 404, "", "no such thing"},
		{"GET", "/reports/r-2026-46-ops.pdf", "", 400, "file", ".html or .md"},
		{"GET", "/nothing", "", 404, "", "openapi.json"},
		{"GET", "/ask", "", 405, "", "Allow"},
		{"DELETE", "/reports", "", 405, "", "Allow"},
	} {
		response := b.call(c.method, prefix+c.path, c.body)
		assert.Equal(t, c.status, response.StatusCode, "%s %.80s %.80s", c.method, c.path, c.body)
		p := readProblem(t, response)
		assert.Equal(t, c.field, p.Field, "%.80s", p.Detail)
		assert.Contains(t, p.Detail, c.detail)
	}
	response := b.call(http.MethodPost, prefix+"/ask", `question=x`, "Content-Type", "application/x-www-form-urlencoded")
	assert.Equal(t, http.StatusUnsupportedMediaType, response.StatusCode)
}

// failing answers everything with one error.
type failing struct {
	query.Service
	err error
}

func (f failing) Arrivals(ctx context.Context, _ query.Caller) (query.Arrivals, error) {
	if errors.Is(f.err, context.DeadlineExceeded) {
		<-ctx.Done()
		return query.Arrivals{}, ctx.Err()
	}
	return query.Arrivals{}, f.err
}

func TestErrors_OfTheService_BecomeProblemsWithoutTheirInside(t *testing.T) {
	for _, c := range []struct {
		err     error
		status  int
		code    string
		outcome Outcome
	}{
		{fmt.Errorf("opening /secret/path: %w", query.ErrUnavailable), 503, "unavailable", OutcomeUnavailable},
		{fmt.Errorf("of another tenant: %w", query.ErrNotFound), 404, "not_found", OutcomeMissing},
		{fmt.Errorf("%w: needs the role operator", query.ErrForbidden), 403, "forbidden", OutcomeRefused},
		{fmt.Errorf("%w: period: must be a time", query.ErrInvalid), 400, "invalid", OutcomeInvalid},
		{context.DeadlineExceeded, 504, "timeout", OutcomeUnavailable},
		{errors.New("pq: password of user braid at /secret/path"), 500, "failed", OutcomeFailed},
	} {
		b := newBench(t, everything, func(o *Options) {
			o.Service = failing{err: c.err}
			o.RequestTimeout = 50 * time.Millisecond
		})
		response := b.call(http.MethodGet, prefix+"/arrivals", "")
		assert.Equal(t, c.status, response.StatusCode)
		p := readProblem(t, response)
		assert.Equal(t, c.code, p.Code)
		assert.NotContains(t, p.Detail, "secret")
		assert.NotContains(t, p.Detail, "tenant")
		assert.Equal(t, 1, b.tally.requests["arrivals "+string(c.outcome)], c.outcome)
	}
}

// absent finds nothing, as a store without data may.
type absent struct{ query.Service }

func (absent) Sessions(context.Context, query.Caller, query.SessionFilter) (query.SessionPage, error) {
	return query.SessionPage{}, nil
}
func (absent) Now(context.Context, query.Caller, string) ([]*answer.Answer, error) { return nil, nil }
func (absent) Incidents(context.Context, query.Caller, string, int) ([]query.Incident, error) {
	return nil, nil
}
func (absent) Reports(context.Context, query.Caller, int) ([]query.Report, error) { return nil, nil }
func (absent) Approvals(context.Context, query.Caller, query.ApprovalFilter) ([]query.Approval, error) {
	return nil, nil
}
func (absent) Examples(context.Context, query.Caller, string) ([]string, error) { return nil, nil }
func (absent) Ask(context.Context, query.Caller, query.Question) (*answer.Answer, error) {
	return &answer.Answer{}, nil
}

func TestLists_WithoutEntries_AreEmptyNotNull(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Service = absent{} })
	for path, want := range map[string]string{
		"/sessions": `{"sessions":[]}`, "/now": `[]`, "/incidents": `[]`, "/reports": `[]`, "/approvals": `[]`, "/examples": `[]`,
	} {
		text, err := io.ReadAll(b.call(http.MethodGet, prefix+path, "").Body)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(text), path)
	}
	text, err := io.ReadAll(b.call(http.MethodPost, prefix+"/ask", `{"question":"x"}`).Body)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "null")
}

// What would turn the direction of writing, or hide, is shown as missing.
func TestTexts_InvisibleAndTurning_AreMarked(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Service = fixture.New(fixture.Options{Hostile: true}) })
	for _, path := range []string{"/sessions", "/sessions/s-0001", "/incidents", "/approvals"} {
		text, err := io.ReadAll(b.call(http.MethodGet, prefix+path, "").Body)
		require.NoError(t, err)
		assert.True(t, json.Valid(text), path)
		assert.NotRegexp(t, `[\x{200b}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{e0000}-\x{e007f}]`, string(text), path)
	}
	text, err := encode("한국어 👨‍👩‍👧 a\u202eb")
	require.NoError(t, err)
	assert.Equal(t, `"한국어 👨‍👩‍👧 a`+"\ufffd"+`b"`, string(text))
}

func TestReport_Document_RunsNothing(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Service = fixture.New(fixture.Options{Hostile: true}) })
	response := b.call(http.MethodGet, prefix+"/reports/r-2026-46-ops.html", "")
	policy := response.Header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "sandbox")
	assert.NotContains(t, policy, "allow-scripts")
	response = b.call(http.MethodGet, prefix+"/reports/r-2026-46-ops.md", "")
	assert.Contains(t, response.Header.Get("Content-Disposition"), "attachment")
}

func TestStream_TellsAtOnceAndAgain_UntilTheServerStops(t *testing.T) {
	b := newBench(t, everything, nil)
	lines := b.listen(prefix + "/stream?language=ko")
	seen := map[string]int{}
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			seen[name]++
		}
		if seen["now"] == 3 {
			b.stop()
		}
	}
	assert.GreaterOrEqual(t, seen["now"], 3)
	assert.GreaterOrEqual(t, seen["arrivals"], 3)
	assert.Eventually(t, func() bool { return b.tally.openStreams() == 0 }, 5*time.Second, time.Millisecond)
}

func TestStream_StoreDown_TellsTheProblemAndGoesOn(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Service = fixture.New(fixture.Options{Unavailable: true}) })
	lines := b.listen(prefix + "/stream")
	problems := 0
	for problems < 3 && lines.Scan() {
		if lines.Text() == "event: problem" {
			problems++
		}
	}
	assert.Equal(t, 3, problems)
}

// counting tells how often it was asked for the present.
type counting struct {
	query.Service
	looks atomic.Int64
}

func (c *counting) Now(ctx context.Context, caller query.Caller, language string) ([]*answer.Answer, error) {
	c.looks.Add(1)
	return c.Service.Now(ctx, caller, language)
}

func TestStream_ManyReaders_CostOneLook(t *testing.T) {
	service := &counting{Service: fixture.New(fixture.Options{})}
	b := newBench(t, everything, func(o *Options) {
		o.Service, o.StreamInterval, o.Streams, o.StreamsPerClient = service, time.Hour, 20, 20
	})
	read := func(path string) {
		lines := b.listen(prefix + path)
		told := false
		for !told && lines.Scan() {
			told = lines.Text() == "event: now"
		}
		assert.True(t, told)
	}
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() { read("/stream?language=ko") })
	}
	readers.Wait()
	assert.Equal(t, int64(1), service.looks.Load())
	read("/stream?language=en")
	assert.Equal(t, int64(2), service.looks.Load(), "another language is another look")
}

func TestStream_TooMany_AreRefused(t *testing.T) {
	b := newBench(t, everything, nil)
	for range 2 {
		b.listen(prefix + "/stream")
	}
	response := b.call(http.MethodGet, prefix+"/stream", "")
	assert.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	assert.Equal(t, "streams", readProblem(t, response).Code)
	assert.Equal(t, 1, b.tally.rejections(ReasonStreams))
}

func TestHeaders_EveryResponse_IsLockedDown(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Secure = true })
	for _, path := range []string{"/", "/assets/page.js", "/nothing", prefix + "/me", prefix + "/nothing"} {
		h := b.call(http.MethodGet, path, "").Header
		policy := h.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", path)
		assert.Contains(t, policy, "frame-ancestors 'none'", path)
		assert.NotContains(t, policy, "unsafe", path)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		assert.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"), path)
		assert.NotEmpty(t, h.Get("Strict-Transport-Security"), path)
		assert.Empty(t, h.Get("Access-Control-Allow-Origin"), path)
	}
}

func TestAssets_KnownCopy_IsNotSentAgain(t *testing.T) {
	b := newBench(t, everything, nil)
	for _, encoding := range []string{"identity", "gzip"} {
		first := b.call(http.MethodGet, "/assets/page.js", "", "Accept-Encoding", encoding)
		require.Equal(t, http.StatusOK, first.StatusCode)
		tag := first.Header.Get("ETag")
		require.NotEmpty(t, tag)
		assert.Equal(t, encoding == "gzip", first.Header.Get("Content-Encoding") == "gzip")
		again := b.call(http.MethodGet, "/assets/page.js", "", "Accept-Encoding", encoding, "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, again.StatusCode)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, b.call(http.MethodPost, "/", "").StatusCode)
}

func FuzzDecode(f *testing.F) {
	for _, e := range examples {
		f.Add(e.body, e.path)
	}
	f.Add(`{"question":"x","corrections":{"time":"today"},"time_zone":"UTC"}`, "/sessions?min_duration=1h&from=2026-01-01T00:00:00Z&limit=7&open=true")
	f.Fuzz(func(t *testing.T, body, path string) {
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		var question query.Question
		if decode(request, &question) == nil && checkQuestion(&question) == nil {
			assert.NotEmpty(t, strings.TrimSpace(question.Text))
			assert.LessOrEqual(t, len([]rune(question.Text)), maxQuestion)
		}
		request.URL.RawQuery = path
		filter, err := sessionPage(request)
		if err == nil {
			assert.GreaterOrEqual(t, filter.MinDuration, time.Duration(0))
			assert.LessOrEqual(t, filter.Limit, maxEntries)
		} else {
			var p *Problem
			require.ErrorAs(t, err, &p)
			assert.NotEmpty(t, p.Field)
		}
	})
}
