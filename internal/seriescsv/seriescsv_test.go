package seriescsv

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
)

func seoul(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	return zone
}

func TestRead_Layouts(t *testing.T) {
	noon := eventtime.Of(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	for name, tc := range map[string]struct {
		text    string
		options Options
		want    []Point
	}{
		"empty":               {},
		"header":              {text: "timestamp,value\n2026-03-02 12:00:00,1.5\n", want: []Point{{noon, 1.5, 2}}},
		"no header":           {text: "2026-03-02 12:00:00,1.5\n", want: []Point{{noon, 1.5, 1}}},
		"RFC 3339":            {text: "t,v\n2026-03-02T21:00:00+09:00,2\n", want: []Point{{noon, 2, 2}}},
		"seconds":             {text: "t,v\n1772452800,2\n", want: []Point{{noon, 2, 2}}},
		"zone":                {text: "t,v\n2026-03-02 21:00:00,2\n", options: Options{Location: seoul(t)}, want: []Point{{noon, 2, 2}}},
		"columns":             {text: "cpu,id,When\n3,x,2026-03-02 12:00\n", options: Options{TimeColumn: "when", ValueColumn: "cpu"}, want: []Point{{noon, 3, 2}}},
		"more columns, space": {text: "t, v, w\n2026-03-02 12:00:00, 4 ,x\n", want: []Point{{noon, 4, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Point
			for p, err := range Read(strings.NewReader(tc.text), tc.options) {
				require.NoError(t, err)
				got = append(got, p)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestRead_Gzip_IsUnpacked(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte("t,v\n60,1\n120,2\n"))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	var sum float64
	for p, err := range Read(&packed, Options{}) {
		require.NoError(t, err)
		sum += p.Value
	}
	assert.InDelta(t, 3, sum, 0)
}

func TestRead_BadRows_AreToldAndPassedOver(t *testing.T) {
	text := "t,v\n60,1\nyesterday,2\n180,much\n240\n\"300,5\n"
	var lines []int
	var good int
	for _, err := range Read(strings.NewReader(text), Options{}) {
		var row *RowError
		switch {
		case err == nil:
			good++
		case errors.As(err, &row):
			lines = append(lines, row.Line)
		default:
			require.NoError(t, err)
		}
	}
	assert.Equal(t, 1, good)
	assert.Equal(t, []int{3, 4, 5, 6}, lines)
}

func TestRead_UnknownColumn_NamesTheHeader(t *testing.T) {
	for _, err := range Read(strings.NewReader("t,v\n60,1\n"), Options{ValueColumn: "cpu"}) {
		assert.ErrorContains(t, err, `column "cpu": no such column in the header ["t" "v"]`)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "t,v\n60,1\n", "60,1\n60", "\"", "t,v\n9223372036854775807,1", "\x1f\x8b\x08", "t,v\n60,NaN\n60,1e999"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows := 0
		for _, err := range Read(bytes.NewReader(data), Options{}) {
			_ = err
			rows++
		}
		if rows > len(data)+1 && !bytes.HasPrefix(data, []byte(gzipMagic)) {
			t.Fatalf("%d rows of %d bytes", rows, len(data))
		}
	})
}
