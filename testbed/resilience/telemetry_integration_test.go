//go:build integration

package resilience

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
)

// queued is how much waits in the exporters' queues, -1 while the collector does not say.
func (b *braid) queued() float64 {
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, "http://"+b.at.Telemetry+"/metrics", http.NoBody)
	if err != nil {
		return -1
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return -1
	}
	defer response.Body.Close()
	total, lines := 0.0, bufio.NewScanner(response.Body)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "otelcol_exporter_queue_size{") {
			n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				return -1
			}
			total += n
		}
	}
	return total
}
