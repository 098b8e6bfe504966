package simulate

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"time"
)

// How visitors behave.
const (
	thinkMean         = 25 * time.Second // between two requests
	pagesMean         = 9                // requests in a visit, before the log-out
	visitMean         = pagesMean * thinkMean
	maxPages          = 80
	usersPerVisitor   = 60 // registered users for each visitor of the busiest hour
	memberShare       = 0.6
	uninstrumented    = 0.03 // visitors whose browser sends no spans
	logoutShare       = 0.3
	freshJSESSIONID   = 0.3 // log-ins answered with a new JSESSIONID
	mistypedPassword  = 0.05
	trackingCookie    = 0.4
	idleTimeout       = 30 * time.Minute // after which the shop's sessions end
	betweenVisitsOfID = idleTimeout + 5*time.Minute
)

// visitor is one visit of one person, from the first page to the last.
type visitor struct {
	number  uint64
	rng     *rand.Rand
	region  *region
	app     *machine
	address string
	agent   string
	next    int64 // Unix nanoseconds of the next request
	left    int   // requests still to come

	session    string // of the browser's SDK; empty when it has none
	jsession   string // set by the first answer
	tracking   string
	user       int // registered user, -1 for guests
	loggedInAs string
	leavesBy   *page   // log-out page, or nil for visitors who just go
	keepsIn    bool    // part of a duplicate log-in: never logs out, and the user is not drawn again
	product    int     // last looked at
	cart       int     // things in it
	worth      float64 // of them, KRW
	visited    int
}

// login is what the user types: half of the shop's users have a number, half an e-mail address.
func login(user int) string {
	if user%2 == 0 {
		return fmt.Sprintf("u%05d", user)
	}
	return fmt.Sprintf("member%d@example.com", user)
}

// arrive makes a visitor of the region whose first request is at the given time. user is -1 for guests.
func (g *Generator) arrive(r *region, user int, at int64) *visitor {
	g.visitors++
	v := &visitor{number: g.visitors, rng: stream(g.cfg.Seed, g.visitors), region: r, user: user, next: at}
	v.app = r.apps[v.rng.IntN(len(r.apps))]
	v.left = min(maxPages, 1+int(v.rng.ExpFloat64()*(pagesMean-1)))
	agent := v.rng.IntN(len(userAgents))
	v.agent, v.address = userAgents[agent], address(v.rng, agent >= len(userAgents)/2)
	if v.rng.Float64() >= uninstrumented {
		v.session = uuid(v.rng)
	}
	if v.rng.Float64() < trackingCookie {
		v.tracking = fmt.Sprintf("_ga=GA1.2.%d.%d; lang=ko; ", v.rng.Int32N(1e9), at/int64(time.Second)-v.rng.Int64N(1e7))
	}
	if v.rng.Float64() < logoutShare {
		v.leavesBy = logoutPage
	}
	return v
}

// address draws from the documentation ranges: IPv4 for desks, so that many people share one, IPv6 for phones.
func address(r *rand.Rand, phone bool) string {
	if phone {
		return netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 5: byte(r.Uint32()), 6: byte(r.Uint32()), 7: byte(r.Uint32()), 15: 1}).String()
	}
	nets := [3][3]byte{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}
	n := nets[r.IntN(len(nets))]
	return netip.AddrFrom4([4]byte{n[0], n[1], n[2], byte(1 + r.IntN(180))}).String()
}

// choose picks the next page: the path through the shop depends on what the visitor has seen, carries and is.
func (v *visitor) choose() *page {
	if v.visited == 0 {
		return homePage
	}
	if v.left <= 1 && v.loggedInAs != "" && v.leavesBy != nil && !v.keepsIn {
		return v.leavesBy
	}
	x := v.rng.Float64()
	switch {
	case v.loggedInAs == "" && v.user >= 0 && (v.visited == 1 || x < 0.35):
		if v.rng.Float64() < mistypedPassword {
			return refusedLogin
		}
		return loginPage
	case v.cart > 0 && v.loggedInAs != "" && x < 0.06:
		return checkoutPage
	case v.cart > 0 && x < 0.14:
		return cartPage
	case v.product > 0 && x < 0.24:
		return addItemPage
	case v.loggedInAs != "" && x < 0.28:
		return memberPage
	case x < 0.58:
		return listPage
	default:
		return productPage
	}
}

// location returns the path and query of a page for this visitor; a product page fixes the product.
func (v *visitor) location(p *page) (path, rawQuery string) {
	switch p {
	case listPage:
		return p.route, fmt.Sprintf("c=%d", 1+v.rng.IntN(9))
	case productPage:
		v.product = 1 + v.rng.IntN(400)
		return fmt.Sprintf("/product/%d", v.product), ""
	default:
		return p.route, ""
	}
}

// cookie returns the request's Cookie header.
func (v *visitor) cookie() string {
	c := v.tracking
	if v.jsession != "" {
		c += "JSESSIONID=" + v.jsession + "; "
	}
	if v.loggedInAs != "" {
		c += "KHANUSER=" + url.QueryEscape(v.loggedInAs) + "; "
	}
	if c == "" {
		return ""
	}
	return c[:len(c)-len("; ")]
}

// setCookies returns the Set-Cookie headers of the answer to p and lets the visitor keep what they say.
func (v *visitor) setCookies(p *page, status int) []string {
	var set []string
	loggedIn := p == loginPage && status == loginPage.status
	if v.jsession == "" || loggedIn && v.rng.Float64() < freshJSESSIONID {
		v.jsession = jsessionID(v.rng) + "." + v.app.route
		set = append(set, "JSESSIONID="+v.jsession+"; Path=/; Secure; HttpOnly; SameSite=Lax")
	}
	switch {
	case loggedIn:
		v.loggedInAs = login(v.user)
		set = append(set, "KHANUSER="+url.QueryEscape(v.loggedInAs)+"; Path=/; Secure; Max-Age=2592000")
	case p == logoutPage:
		v.loggedInAs = ""
		set = append(set, "KHANUSER=; Path=/; Max-Age=0")
	}
	return set
}
