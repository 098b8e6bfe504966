package question

import "strings"

// direction tells callers from callees. In Korean the particle after the service decides (결제를 호출하는: its callers);
// in English the order of the words (what calls payment; what does payment call).
func (f *facts) direction() string {
	switch {
	case f.has("cue.upstream"):
		return f.turned("upstream")
	case f.has("cue.downstream"):
		return f.turned("downstream")
	}
	service, verb := f.find("service.*"), f.find("cue.calls", "cue.called", "cue.use")
	if service < 0 || verb < 0 {
		return "both"
	}
	if f.tokens[verb].korean && f.has("cue.who") { // 누가 써?
		return "upstream"
	}
	called := f.has("cue.called")
	for i := service + 1; i < min(service+3, len(f.tokens)); i++ {
		switch t := &f.tokens[i]; {
		case t.is("p.object"):
			return "upstream"
		case t.korean && t.is("p") && f.has("cue.depends"): // 주문에 의존하는
			return "upstream"
		case t.is("p.subject") || t.korean && t.is("p") && !called:
			return "downstream"
		}
	}
	if f.tokens[verb].korean {
		return "both"
	}
	if (service < verb) == called {
		return "upstream"
	}
	return "downstream"
}

// turned corrects a direction by the particle: 결제가 호출하는 서비스 are those downstream.
func (f *facts) turned(direction string) string {
	at := f.find("service.*")
	if at < 0 || !f.tokens[at].korean {
		return direction
	}
	for i := at + 1; i < min(at+3, len(f.tokens)); i++ {
		switch {
		case f.tokens[i].is("p.object"):
			return "upstream"
		case f.tokens[i].is("p.subject") && !strings.HasPrefix(direction, "up"):
			return "downstream"
		case f.tokens[i].is("p.subject"):
			return "downstream"
		}
	}
	return direction
}
