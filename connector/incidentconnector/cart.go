package incidentconnector

import "go.opentelemetry.io/collector/pdata/pcommon"

// carried takes in what attributes say of the cart of a session or user.
func (b *batch) carried(t *tenant, attrs pcommon.Map, session, user string) {
	value, said := 0.0, false
	if name := b.core.cfg.CartValue; name != "" {
		if v, ok := attrs.Get(name); ok {
			value, said = number(v), true
		}
	}
	cart := b.core.cfg.cart(attrs)
	switch {
	case value > 0 || !said && cart != "":
		t.tracker.Carry(session, user, value, cart)
	case said:
		t.tracker.Emptied(session, user)
	}
}

// carriedRecord takes in what a log record says of the cart of its session or user.
func (b *batch) carriedRecord(t *tenant, attrs pcommon.Map) {
	if b.core.cfg.CartValue == "" && len(b.core.cfg.Cart) == 0 {
		return
	}
	session, user := "", ""
	if v, ok := attrs.Get("session.id"); ok {
		session = text(v)
	}
	if v, ok := attrs.Get("user.id"); ok {
		user = text(v)
	}
	if session != "" || user != "" {
		b.carried(t, attrs, session, user)
	}
}

// cart joins what the cart's attributes say.
func (c *Config) cart(attrs pcommon.Map) string {
	out := ""
	for _, name := range c.Cart {
		if v, ok := attrs.Get(name); ok {
			if out != "" {
				out += ", "
			}
			out += text(v)
		}
	}
	return cut(out)
}
