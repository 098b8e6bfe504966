package rca

import "time"

const (
	lookEvery    = 2  // steps between looks
	warmUp       = 12 // steps of data before the first look
	knownAfter   = 24 // steps of traces after which their normal is known
	afterRestart = 6  // steps until the first look after a restart
	confirm      = 2  // looks in a row that must agree to open a disturbance
	calmLooks    = 6  // looks in a row without evidence that close one
	longest      = 720 / 2
	judgedFor    = 12 // steps for which the normal of metrics is taken as known
	metricGuard  = 60 * time.Second
	furthest     = 36 // steps back that an onset is looked for
)

// backs are the lengths of the stretches that are looked at, in steps: short for what is plain, long for what is faint.
var backs = []int32{6, 12, 24}

// watch is the state of detection.
type watch struct {
	first int32 // step of the first data
	// firstTrace is the step of the first trace.
	firstTrace int32
	next       int32 // step of the next look
	resumed    bool  // after a restart: the traces cut by it are not looked at
	judge      *judge
	judged     int32
	last       uint64 // disturbance
	agree      int    // looks in a row above the threshold
	open       *disturbance
}

// disturbance is a stretch of time in which the system is not as usual.
type disturbance struct {
	id    uint64
	onset int32
	calm  int // looks in a row without evidence
}

// Advance moves event time on: nothing before the watermark is expected any more. It returns what began, went on and
// ended since the last call, in order of time.
func (e *Engine) Advance(watermark time.Time) []Detection {
	t := watermark.UnixNano()
	if t <= e.watermark {
		return nil
	}
	e.watermark = t
	e.assembler.advance(t)
	now := e.step(t - int64(e.options.Hold))
	w := &e.watch
	if w.first == 0 {
		if e.table.len()+e.points.len() > 0 {
			w.first = now
		}
		return nil
	}
	if w.resumed {
		w.resumed, w.next = false, now+afterRestart
	}
	if now < w.next || now < w.first+warmUp {
		return nil
	}
	w.next = now + lookEvery
	if w.judge == nil || now >= w.judged+judgedFor {
		w.judge, w.judged = e.judgement(e.timeOf(now-backs[len(backs)-1])-int64(metricGuard)), now
	}
	if w.open != nil {
		return e.follow(now)
	}
	return e.await(now)
}

// await looks for the begin of a disturbance.
func (e *Engine) await(now int32) []Detection {
	w := &e.watch
	top := 0.0
	for _, back := range backs {
		if list := e.ranked(now-back, now, w.judge); len(list) > 0 {
			top = max(top, list[0].score)
		}
	}
	if top < e.options.Threshold {
		w.agree = 0
		return nil
	}
	if w.agree++; w.agree < confirm {
		return nil
	}
	w.agree = 0
	w.last++
	s, list := e.best(now-furthest, now-1, now, w.judge)
	w.open = &disturbance{id: w.last, onset: s.from}
	e.quiet.disturb(s.from, now)
	return []Detection{e.detection(PhaseOpened, s, list, now)}
}

// follow goes along with a disturbance until it ends.
func (e *Engine) follow(now int32) []Detection {
	w, d := &e.watch, e.watch.open
	from := max(d.onset, now-backs[1])
	s := e.look(from, now, w.judge)
	list := s.explain(e.graph())
	if len(list) > 0 && list[0].score >= e.options.Threshold/2 {
		d.calm = 0
		e.quiet.disturb(d.onset, now)
	} else {
		d.calm++
	}
	switch {
	case d.calm >= calmLooks:
		w.open = nil
		return []Detection{e.detection(PhaseClosed, s, list, now, d)}
	case now-d.onset >= longest*lookEvery:
		// What lasts that long is the new normal: learn it.
		e.quiet.forget(d.onset)
		w.open = nil
		return []Detection{e.detection(PhaseClosed, s, list, now, d)}
	}
	return []Detection{e.detection(PhaseUpdated, s, list, now, d)}
}

// ranked is what a stretch looks like, most suspicious service first.
func (e *Engine) ranked(from, to int32, j *judge) []*suspect {
	return e.look(from, to, j).explain(e.graph())
}

// best finds the begin from which on a stretch up to end shows most: coarsely, then step by step.
func (e *Engine) best(earliest, latest, end int32, j *judge) (found *scene, list []*suspect) {
	const most = 18
	g := e.graph()
	try := func(from int32) {
		s := e.look(from, end, j)
		l := s.explain(g)
		if found == nil || len(l) > 0 && (len(list) == 0 || l[0].score > list[0].score) {
			found, list = s, l
		}
	}
	stride := max((latest-earliest+most-1)/most, lookEvery)
	for from := earliest; from <= latest; from += stride {
		try(from)
	}
	around := found.from
	for from := max(around-stride+1, earliest); from < min(around+stride, latest+1); from++ {
		if from != around {
			try(from)
		}
	}
	return found, list
}

// detection reports a disturbance; without one given it is the one that opens.
func (e *Engine) detection(phase Phase, s *scene, list []*suspect, now int32, of ...*disturbance) Detection {
	d := e.watch.open
	if len(of) > 0 {
		d = of[0]
	}
	out := Detection{
		ID: d.id, Phase: phase, Onset: time.Unix(0, e.timeOf(d.onset)).UTC(), At: time.Unix(0, e.timeOf(now)).UTC(),
		UserFacing: e.felt(s), Calm: d.calm > 0,
	}
	for i, x := range list {
		if x.own < e.options.Threshold/3 {
			continue
		}
		if out.Score == 0 {
			out.Score = x.score
		}
		out.Services = append(out.Services, x.service)
		for k := range min(len(x.leads), leadsTold) {
			out.Findings = append(out.Findings, e.finding(&x.leads[k], x, s))
		}
		if i >= suspectsTold {
			break
		}
	}
	return out
}

// felt says whether users feel it: operations asked for from outside fail or take longer.
func (e *Engine) felt(s *scene) bool {
	for _, x := range e.compared() {
		if x.key.signal != sigLatency && x.key.signal != sigErrors {
			continue
		}
		if _, ok := e.table.peek(key{signal: sigRate, service: x.key.service, operation: x.key.operation, item: fromOutside}); !ok {
			continue
		}
		if c, ok := x.contrasted(s.from, s.to, &e.quiet); ok && c.rises && c.factor > 3 {
			return true
		}
	}
	return false
}
