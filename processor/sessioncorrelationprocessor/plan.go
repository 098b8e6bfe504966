package sessioncorrelationprocessor

import (
	"slices"

	"github.com/braidotel/braid/internal/identity"
)

// plan is what every reader of a core reads by.
type plan struct {
	extractor                                 *identity.Extractor
	attempts, refused, logouts, pages, access matchers
	names                                     []int // slots of a page's name
	status                                    int   // slot
	business                                  []businessRule
	tenant                                    string
	valueBytes                                int
	traits                                    []trait  // by slot: what an item has that fills it
	renamed                                   []string // by slot that has an older name: the one of today
	bare                                      bool     // even an item without attributes may say something: by name, by request
}

type businessRule struct {
	name            string
	match           matchers
	value, currency int // slots; -1: none
}

func newPlan(cfg *Config, rules identity.Rules) (*plan, error) {
	x, err := identity.NewExtractor(rules)
	if err != nil {
		return nil, err
	}
	p := &plan{
		extractor: x, tenant: cfg.Tenant, valueBytes: cfg.Limits.ValueBytes,
		attempts: compileMatchers(cfg.Login.Attempts, x), refused: compileMatchers(cfg.Login.Refused, x),
		logouts: compileMatchers(cfg.Login.Logouts, x), pages: compileMatchers(cfg.Page.Match, x),
		access: compileMatchers(accessLogs, x), status: x.Slot("http.response.status_code"),
	}
	for _, key := range cfg.Page.Names {
		p.names = append(p.names, x.Slot(key))
	}
	for _, b := range cfg.Business {
		rule := businessRule{name: b.Name, match: compileMatchers(b.Match, x), value: -1, currency: -1}
		if b.Value != "" {
			rule.value = x.Slot(b.Value)
		}
		if b.Currency != "" {
			rule.currency = x.Slot(b.Currency)
		}
		p.business = append(p.business, rule)
	}
	p.bare = matchesNames(cfg) || readsMetadata(rules)
	p.mark(dropped(cfg, rules))
	return p, nil
}

// dropped are the attributes that are read and go no further: credentials, and headers with what is pseudonymized.
func dropped(cfg *Config, rules identity.Rules) (keys []string) {
	if !cfg.Identity.KeepSecrets {
		keys = append(keys, secrets...)
	}
	headers := func(rules []identity.Rule) {
		for _, rule := range rules {
			if rule.Header != "" {
				keys = append(keys, rule.HeaderAttribute())
			}
		}
	}
	if slices.Contains(cfg.Pseudonymize, attrClient) {
		keys = append(keys, addresses...)
		headers(rules.Client)
	}
	if slices.Contains(cfg.Pseudonymize, attrUser) {
		headers(rules.User)
	}
	return keys
}

// mark notes what reading each slot entails, and closes the extractor.
func (p *plan) mark(dropped []string) {
	x := p.extractor
	has := make(map[int]trait)
	for _, key := range dropped {
		has[x.Slot(key)] |= isSecret
	}
	for key, own := range ownTraits {
		has[x.Slot(key)] |= own
	}
	for older, key := range olderNames {
		has[x.Slot(key)] |= hasRenamed
		x.Alias(older, key)
	}
	x.Seal()
	p.traits, p.renamed = make([]trait, x.Slots()), make([]string, x.Slots())
	for _, key := range olderNames {
		p.renamed[x.Slot(key)] = key
	}
	for slot, traits := range has {
		p.traits[slot] = traits
	}
}

// readsMetadata reports whether some rule reads what came with the request.
func readsMetadata(rules identity.Rules) bool {
	return slices.ContainsFunc(slices.Concat(rules.Session, rules.User, rules.Client),
		func(r identity.Rule) bool { return r.Metadata != "" })
}

// matchesNames reports whether an item may match by its name alone, without any attribute or text.
func matchesNames(cfg *Config) bool {
	lists := [][]Matcher{cfg.Login.Attempts, cfg.Login.Logouts, cfg.Page.Match}
	for _, b := range cfg.Business {
		lists = append(lists, b.Match)
	}
	for _, list := range lists {
		for _, m := range list {
			if m.Name != "" {
				return true
			}
		}
	}
	return false
}

// accessLogs match the lines of a web server's access log, which stand for requests.
var accessLogs = []Matcher{{Kind: "log", Body: `"[A-Z]+ \S+ HTTP/[0-9.]+"`}}
