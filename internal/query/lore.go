package query

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// lore is what is known of one tenant: its names, by which questions are read, and which series it has.
type lore struct {
	mu      sync.Mutex // held while learning
	at      time.Time
	key     string // of the catalogue the parser was built from
	parser  *question.Parser
	names   question.Catalogue
	series  map[string]bool
	metrics map[string]bool
	begun   time.Time // since when there are metrics, to the minute; zero where nothing says so
}

// Bounds of what is learnt: names beyond them are found in answers but cannot be asked for by name.
const (
	maxNames = 2000
	// learnFrom is how far back names are looked for.
	learnFrom = 14 * 24 * time.Hour
)

// lore returns what is known of a tenant, learning it anew where it is old.
func (e *Engine) lore(ctx context.Context, tenant string) (*lore, error) {
	e.mu.Lock()
	l := e.lores[tenant]
	if l == nil {
		if len(e.lores) >= e.options.Tenants {
			e.forget()
		}
		l = &lore{}
		e.lores[tenant] = l
	}
	e.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := e.options.Clock()
	if l.parser != nil && now.Sub(l.at) < e.options.Refresh && !now.Before(l.at) {
		return l.copy(), nil
	}
	if err := e.learn(ctx, l, tenant, now); err != nil {
		if l.parser == nil {
			return nil, fail(err)
		}
		return l.copy(), nil // yesterday's names are better than none
	}
	return l.copy(), nil
}

// copy is what an inquiry reads while the tenant may be learnt anew. Maps and parser are replaced, never changed.
func (l *lore) copy() *lore {
	return &lore{at: l.at, parser: l.parser, names: l.names, series: l.series, metrics: l.metrics, begun: l.begun}
}

// forget gives up the tenant learnt longest ago. The caller holds the lock.
func (e *Engine) forget() {
	oldest, at := "", time.Time{}
	for tenant, l := range e.lores {
		if !l.mu.TryLock() {
			continue
		}
		if oldest == "" || l.at.Before(at) {
			oldest, at = tenant, l.at
		}
		l.mu.Unlock()
	}
	delete(e.lores, oldest)
}

// learn lists names and series and builds a parser where the names have changed.
func (e *Engine) learn(ctx context.Context, l *lore, tenant string, now time.Time) error {
	metrics := e.options.Provider.Metrics(history.Tenant(tenant))
	w := history.Window{From: now.Add(-learnFrom), To: now.Add(time.Hour)}
	var names [3][]string
	var begun time.Time
	series := map[string]bool{}
	present := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	for i, label := range []string{"service_name", "host_name", "braid_region"} {
		group.Go(func() (err error) {
			names[i], err = metrics.LabelValues(ctx, label, nil, w)
			return err
		})
	}
	group.Go(func() error {
		found, err := metrics.LabelValues(ctx, "__name__", nil, history.Window{})
		for _, name := range found {
			present[name] = true
		}
		if err != nil {
			return err
		}
		begun = beginning(ctx, metrics, pulse(present), now)
		return haves(ctx, metrics, present, series)
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("learning the names: %w", err)
	}
	for i := range names {
		names[i] = slices.DeleteFunc(names[i], func(name string) bool { return !askable(name) })
		names[i] = names[i][:min(len(names[i]), maxNames)]
	}
	key := fmt.Sprint(names)
	if l.parser == nil || key != l.key {
		catalogue := e.catalogue(names[0], names[1], names[2])
		parser, err := question.NewParser(catalogue)
		if err != nil {
			return fmt.Errorf("reading the names: %w", err)
		}
		l.parser, l.names, l.key = parser, catalogue, key
	}
	l.series, l.metrics, l.begun, l.at = series, present, begun, now
	return nil
}

// maxWords is how many words a name has that anybody would ask for by.
const maxWords = 3

// askable tells a name from a sentence. Names come from telemetry: one that is a sentence would take the words in it from the
// services that people mean by them.
func askable(name string) bool {
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./:@ ", r)
	}
	return utf8.RuneCountInString(name) <= wording.MaxName && len(strings.Fields(name)) <= maxWords && !strings.ContainsFunc(name, odd)
}

// haves finds which of the series that figures come from there are.
func haves(ctx context.Context, metrics history.Metrics, present, series map[string]bool) error {
	for _, need := range measure.Needs() {
		name, matcher, narrowed := strings.Cut(need, "{")
		if !narrowed || !present[name] {
			series[need] = present[name]
			continue
		}
		page, err := metrics.Series(ctx, []string{name + "{" + matcher}, history.Window{}, 1)
		if err != nil {
			return err
		}
		series[need] = len(page.Items) > 0
	}
	return nil
}

func (l *lore) has(need string) bool { return l.series[need] }

// catalogue joins the configured names with those learnt.
func (e *Engine) catalogue(services, hosts, regions []string) question.Catalogue {
	c := e.options.Catalogue
	c.Services = join(c.Services, services, serviceAliases)
	c.Hosts = join(c.Hosts, hosts, func([]string) map[string][]string { return nil })
	c.Regions = join(c.Regions, regions, regionAliases)
	return c
}

// join adds learnt names to configured ones, with what people call them.
func join(configured []question.Name, learnt []string, aliases func([]string) map[string][]string) []question.Name {
	out := slices.Clone(configured)
	called := aliases(learnt)
	for _, id := range learnt {
		if id == "" || slices.ContainsFunc(out, func(n question.Name) bool { return n.ID == id }) {
			continue
		}
		out = append(out, question.Name{ID: id, Aliases: called[id]})
	}
	return out
}

// services are the words that people use for what services are commonly named after.
var services = map[string][]string{
	"payment": {"결제", "payments"}, "pay": {"결제"}, "order": {"주문", "orders"}, "auth": {"인증", "로그인", "login", "authentication"},
	"search": {"검색"}, "checkout": {"체크아웃"}, "product": {"상품", "products"}, "cart": {"장바구니"}, "user": {"회원"}, "member": {"회원"},
	"catalog": {"상품 목록"}, "shipping": {"배송"}, "delivery": {"배송"}, "inventory": {"재고"}, "gateway": {"게이트웨이"}, "recommendation": {"추천"},
	"notification": {"알림 서비스"}, "frontend": {"프론트엔드", "프런트엔드"}, "web": {}, "was": {"와스", "was 서버", "was server", "was servers"}, "nginx": {"엔진엑스"},
}

// verb is a part of identifiers (a web application server) that is a word of every other English question.
const verb = "was"

// serviceAliases give a service the name of a part of its identifier, where only one service has that part.
func serviceAliases(ids []string) map[string][]string {
	owner := map[string]string{}
	for _, id := range ids {
		for _, part := range parts(id) {
			if other, taken := owner[part]; taken && other != id {
				owner[part] = ""
			} else if !taken {
				owner[part] = id
			}
		}
	}
	out := map[string][]string{}
	for _, part := range slices.Sorted(maps.Keys(owner)) {
		if id := owner[part]; id != "" {
			if words, known := services[part]; known {
				if part != verb {
					out[id] = append(out[id], part)
				}
				out[id] = append(out[id], words...)
			}
		}
	}
	return out
}

func parts(id string) []string {
	return strings.FieldsFunc(strings.ToLower(id), func(r rune) bool { return strings.ContainsRune("-_./ ", r) })
}

// provinces are the first-level regions of Korea by the codes that braid.region takes, in both languages.
var provinces = map[string][2]string{
	"seoul": {"서울", "Seoul"}, "busan": {"부산", "Busan"}, "daegu": {"대구", "Daegu"}, "incheon": {"인천", "Incheon"}, "gwangju": {"광주", "Gwangju"},
	"daejeon": {"대전", "Daejeon"}, "ulsan": {"울산", "Ulsan"}, "sejong": {"세종", "Sejong"}, "gyeonggi": {"경기", "Gyeonggi"},
	"gangwon": {"강원", "Gangwon"}, "chungbuk": {"충북", "Chungbuk"}, "chungnam": {"충남", "Chungnam"}, "jeonbuk": {"전북", "Jeonbuk"},
	"jeonnam": {"전남", "Jeonnam"}, "gyeongbuk": {"경북", "Gyeongbuk"}, "gyeongnam": {"경남", "Gyeongnam"}, "jeju": {"제주", "Jeju"},
}

func regionAliases(ids []string) map[string][]string {
	out := map[string][]string{}
	for _, id := range ids {
		if p, ok := provinces[strings.ToLower(id)]; ok {
			out[id] = []string{p[0], p[1]}
		}
	}
	return out
}
