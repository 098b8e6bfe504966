package edges

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/netns"
)

// member is one collector of the deployment, on a host of its own.
type member struct {
	host      *netns.Host
	endpoints collector.Endpoints
	config    collector.Config
	process   *collector.Process
}

func (m *member) start(ctx context.Context) (err error) {
	m.process, err = collector.Start(ctx, m.config)
	return err
}

// crash kills the process and starts it again, after what happens meanwhile.
func (m *member) crash(ctx context.Context, meanwhile func(context.Context) error) error {
	if err := m.process.Kill(); err != nil {
		return err
	}
	if err := meanwhile(ctx); err != nil {
		return err
	}
	return m.start(ctx)
}

func (m *member) stop(ctx context.Context) error {
	if m.process == nil {
		return nil
	}
	err := m.process.Stop(ctx)
	if name := os.Getenv("BRAID_EDGES_LOGS"); name != "" {
		file := filepath.Join(name, filepath.Base(m.config.Env["BRAID_DATA_DIR"])+".log")
		err = errors.Join(err, os.WriteFile(file, []byte(m.process.Logs()), 0o600))
	}
	return err
}

// client asks the member as somebody on its host does.
func (m *member) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: m.host.DialContext}}
}

// visitor returns a client for what visits the member: on its host.
func (m *member) visitor() (*otlpsend.Client, error) {
	return otlpsend.Dial(m.endpoints.OTLPGRPC, otlpsend.Options{Dial: func(ctx context.Context, address string) (net.Conn, error) {
		return m.host.DialContext(ctx, "tcp", address)
	}})
}

// reach makes the member listen for OTLP on its host's address, where others reach it.
func (m *member) reach() error {
	_, port, err := net.SplitHostPort(m.endpoints.OTLPGRPC)
	if err != nil {
		return err
	}
	m.endpoints.OTLPGRPC = net.JoinHostPort(m.host.Address, port)
	maps.Copy(m.config.Env, m.endpoints.Env())
	return nil
}

func (d *deployment) member(name string, files []string, env ...map[string]string) (*member, error) {
	host, err := d.o.LAN.Join()
	if err != nil {
		return nil, err
	}
	endpoints, err := collector.FreeEndpoints()
	if err != nil {
		return nil, err
	}
	all := endpoints.Env()
	for _, e := range env {
		maps.Copy(all, e)
	}
	all["BRAID_SECRET"], all["BRAID_CLOCK"], all["BRAID_DATA_DIR"] = secret, "replay", filepath.Join(d.o.Dir, name)
	if d.o.RetryInterval > 0 {
		all["BRAID_RETRY_INTERVAL"] = d.o.RetryInterval.String()
	}
	configs := make([]string, len(files))
	for i, file := range files {
		configs[i] = filepath.Join(d.o.Configs, file)
	}
	return &member{host: host, endpoints: endpoints, config: collector.Config{
		Binary: d.o.Binary, Configs: configs, Env: all, HealthURL: endpoints.HealthURL(), ReadyWithin: time.Minute, Network: host.Namespace,
	}}, nil
}

func (d *deployment) open(ctx context.Context) (err error) {
	if d.truth, err = newTruth(); err != nil {
		return err
	}
	if d.o.Kafka {
		way, err := newOverKafka(ctx, d.o.LAN, d.o.Seed)
		if err != nil {
			return err
		}
		d.way = way
	}
	if err := d.openCenter(ctx); err != nil {
		return err
	}
	for i := range edgeCount {
		if err := d.openEdge(ctx, edgeName(i)); err != nil {
			return err
		}
	}
	return nil
}

func edgeName(i int) string { return fmt.Sprint("edge", i) }

func (d *deployment) openCenter(ctx context.Context) (err error) {
	files, env := []string{"center.yaml"}, map[string]string{}
	if d.way != nil {
		overlays, more := d.way.center()
		files = append(files, overlays...)
		maps.Copy(env, more)
	}
	if d.center, err = d.member("center", files, env); err != nil {
		return err
	}
	if err := d.center.reach(); err != nil {
		return err
	}
	if err := d.center.start(ctx); err != nil || d.way != nil {
		return err
	}
	way, err := newOverOTLP(ctx, d.o.LAN, d.center.endpoints.OTLPGRPC, d.o.Seed)
	if err != nil {
		return err
	}
	d.way = way
	return nil
}

func (d *deployment) openEdge(ctx context.Context, name string) error {
	overlays, env, err := d.way.edge(ctx, name)
	if err != nil {
		return err
	}
	m, err := d.member(name, append([]string{"edge.yaml"}, overlays...), env, map[string]string{"BRAID_EDGE": name, "BRAID_REGION": simulate.Regions()[len(d.edges)]})
	if err != nil {
		return err
	}
	d.edges = append(d.edges, m)
	client, err := m.visitor()
	if err != nil {
		return err
	}
	d.sends = append(d.sends, client)
	return m.start(ctx)
}
