package nestinglimiterextension

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/metadata"
	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/metadatatest"
)

func newTest(t *testing.T) (*limiter, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.WithoutCancel(t.Context()))) })
	set := extensiontest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	ext, err := NewFactory().Create(t.Context(), extension.Settings{ID: set.ID, TelemetrySettings: set.TelemetrySettings}, createDefaultConfig())
	require.NoError(t, err)
	return ext.(*limiter), tel
}

// logs is a request with one record whose body has so many maps within each other.
func logs(depth int) plogotlp.ExportRequest {
	ld := plog.NewLogs()
	body := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body()
	for range depth {
		body = body.SetEmptyMap().PutEmpty("inner")
	}
	body.SetStr("innermost")
	return plogotlp.NewExportRequestFromLogs(ld)
}

const (
	ordinary = 28
	tooDeep  = 200
)

// backend counts the requests that it gets.
type backend struct {
	plogotlp.UnimplementedGRPCServer

	records int
}

func (b *backend) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	b.records += r.Logs().LogRecordCount()
	return plogotlp.NewExportResponse(), nil
}

func TestGRPC_TooDeep_IsRefusedBeforeItIsDecoded(t *testing.T) {
	l, tel := newTest(t)
	options, err := l.GetGRPCServerOptions(t.Context())
	require.NoError(t, err)
	server, to := grpc.NewServer(options...), &backend{}
	plogotlp.RegisterGRPCServer(server, to)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	client := plogotlp.NewGRPCClient(conn)

	_, err = client.Export(t.Context(), logs(ordinary))
	require.NoError(t, err)
	_, err = client.Export(t.Context(), logs(tooDeep))
	assert.Equal(t, codes.Internal, status.Code(err), "the codec's errors are gRPC's own; senders do not repeat them")
	require.ErrorContains(t, err, "max_depth")
	assert.Equal(t, 1, to.records)
	assertRefused(t, tel, "grpc", 1)
}

func assertRefused(t *testing.T, tel *componenttest.Telemetry, transport string, n int64) {
	t.Helper()
	metadatatest.AssertEqualExtensionNestingLimiterRefused(t, tel, []metricdata.DataPoint[int64]{
		{Value: n, Attributes: attribute.NewSet(attribute.String("transport", transport))},
	}, metricdatatest.IgnoreTimestamp())
}

var errCut = errors.New("the body ended early")

func TestHTTP_TooDeep_IsAnswered(t *testing.T) {
	l, tel := newTest(t)
	wrap, err := l.GetHTTPHandler(t.Context())
	require.NoError(t, err)
	var got []byte
	var readErr error
	handler, err := wrap(t.Context(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, readErr = io.ReadAll(r.Body) }))
	require.NoError(t, err)
	post := func(contentType string, body io.Reader) *httptest.ResponseRecorder {
		got, readErr = nil, nil
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/logs", body)
		request.Header.Set("Content-Type", contentType)
		handler.ServeHTTP(recorder, request)
		return recorder
	}
	encode := map[string]func(plogotlp.ExportRequest) ([]byte, error){
		typeProtobuf: plogotlp.ExportRequest.MarshalProto, typeJSON: plogotlp.ExportRequest.MarshalJSON,
	}
	for contentType, marshal := range encode {
		body, err := marshal(logs(ordinary))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, post(contentType+"; charset=utf-8", bytes.NewReader(body)).Code)
		assert.Equal(t, body, got)

		body, err = marshal(logs(tooDeep))
		require.NoError(t, err)
		answer := post(contentType, bytes.NewReader(body))
		assert.Equal(t, http.StatusBadRequest, answer.Code, contentType)
		assert.Equal(t, contentType, answer.Header().Get("Content-Type"))
		assert.Contains(t, answer.Body.String(), "max_depth")
		assert.Nil(t, got, "not passed on")

		// The receiver is the one to tell of a body that cannot be read.
		assert.Equal(t, http.StatusOK, post(contentType, io.MultiReader(strings.NewReader("{"), &failed{errCut})).Code)
		require.ErrorIs(t, readErr, errCut)
	}
	assert.Equal(t, http.StatusOK, post("text/plain", strings.NewReader(strings.Repeat("[", 1000))).Code, "no receiver decodes it")
	assertRefused(t, tel, "http", 2)
}
