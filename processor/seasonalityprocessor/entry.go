package seasonalityprocessor

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/eventtime"
)

// entryVersion is the first byte of a stored group; a checksum of what is between ends it.
const entryVersion = 1

var (
	errEntry   = errors.New("damaged")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// appendEntry encodes a group: whose it is, under which rule and of which metric, then its series.
func appendEntry(b []byte, g *group) ([]byte, error) {
	identity, err := marshalOrigin(g.origin)
	if err != nil {
		return nil, err
	}
	begin := len(b)
	b = append(b, entryVersion, byte(g.origin.typ))
	for _, part := range []string{g.tenant.name, g.rule.learning, string(identity)} {
		b = appendPart(b, part)
	}
	for i := range g.series {
		s := &g.series[i]
		if s.model == nil {
			continue
		}
		learnt, err := s.model.AppendBinary(nil)
		if err != nil {
			return nil, err
		}
		b = appendPart(b, g.plans[i].name)
		b = binary.AppendVarint(b, int64(s.valued))
		active := byte(0)
		if s.active {
			active = 1
		}
		b = append(b, active)
		b = appendPart(b, string(learnt))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[begin:], castagnoli)), nil
}

func appendPart(b []byte, part string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}

// entry is a stored group, decoded but for the models.
type entry struct {
	tenant, learning string
	origin           *origin
	series           []storedSeries
}

type storedSeries struct {
	measure string
	valued  eventtime.Instant
	active  bool
	model   []byte
}

// decodeEntry reads what appendEntry wrote.
func decodeEntry(b []byte) (*entry, error) {
	if len(b) < 6 || b[0] != entryVersion || metricType(b[1]) >= allTypes {
		return nil, errEntry
	}
	body := b[:len(b)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[len(body):]) {
		return nil, errEntry
	}
	r := reader{rest: body[2:]}
	e := &entry{tenant: string(r.part()), learning: string(r.part())}
	identity := r.part()
	for !r.failed && len(r.rest) > 0 {
		e.series = append(e.series, storedSeries{
			measure: string(r.part()), valued: eventtime.Instant(r.varint()), active: r.byte() == 1, model: r.part(),
		})
	}
	if r.failed {
		return nil, errEntry
	}
	var err error
	e.origin, err = unmarshalOrigin(identity, metricType(b[1]))
	return e, err
}

// reader takes parts off the front.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) part() []byte {
	n, used := binary.Uvarint(r.rest)
	if r.failed || used <= 0 || n > uint64(len(r.rest)-used) {
		r.failed = true
		return nil
	}
	part := r.rest[used : used+int(n)]
	r.rest = r.rest[used+int(n):]
	return part
}

func (r *reader) varint() int64 {
	v, used := binary.Varint(r.rest)
	if r.failed || used <= 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[used:]
	return v
}

func (r *reader) byte() byte {
	if r.failed || len(r.rest) == 0 {
		r.failed = true
		return 0
	}
	v := r.rest[0]
	r.rest = r.rest[1:]
	return v
}

// marshalOrigin writes an origin as the OTLP of one point.
func marshalOrigin(o *origin) ([]byte, error) {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	o.resource.attrs.CopyTo(rm.Resource().Attributes())
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(o.metric)
	m.SetUnit(o.unit)
	o.attrs.CopyTo(m.SetEmptyGauge().DataPoints().AppendEmpty().Attributes())
	var marshaler pmetric.ProtoMarshaler
	return marshaler.MarshalMetrics(md)
}

func unmarshalOrigin(b []byte, typ metricType) (*origin, error) {
	var unmarshaler pmetric.ProtoUnmarshaler
	md, err := unmarshaler.UnmarshalMetrics(b)
	if err != nil {
		return nil, err
	}
	if md.DataPointCount() != 1 || md.ResourceMetrics().Len() != 1 || md.MetricCount() != 1 {
		return nil, errEntry
	}
	rm := md.ResourceMetrics().At(0)
	m := rm.ScopeMetrics().At(0).Metrics().At(0)
	if m.Type() != pmetric.MetricTypeGauge {
		return nil, errEntry
	}
	attrs := rm.Resource().Attributes()
	keep := func(string) bool { return true }
	return &origin{
		resource: &resource{hash: hashAttributes(attrs, keep), attrs: attrs},
		metric:   m.Name(), unit: m.Unit(), typ: typ, attrs: m.Gauge().DataPoints().At(0).Attributes(),
	}, nil
}
