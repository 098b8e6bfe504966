package simulate

import "time"

// query is one statement a page sends to a database.
type query struct {
	operation  string
	collection string
	text       string
	median     time.Duration
}

// page is one kind of request the shop answers.
type page struct {
	method     string
	route      string // http.route
	controller string // class and method that handle it
	status     int    // when all goes well
	work       time.Duration
	queries    []query
}

func (p *page) name() string { return p.method + " " + p.route }

var (
	selectMember  = query{"SELECT", "member", "SELECT id, name, grade FROM member WHERE id = ?", 2 * time.Millisecond}
	selectProduct = query{"SELECT", "product", "SELECT id, name, price, stock FROM product WHERE id = ?", 3 * time.Millisecond}
	selectReviews = query{"SELECT", "review", "SELECT rating, body FROM review WHERE product_id = ? ORDER BY created_at DESC LIMIT 10", 6 * time.Millisecond}
	selectList    = query{"SELECT", "product", "SELECT id, name, price FROM product WHERE category_id = ? ORDER BY rank LIMIT 40", 9 * time.Millisecond}
	selectCart    = query{"SELECT", "cart_item", "SELECT product_id, qty FROM cart_item WHERE cart_id = ?", 3 * time.Millisecond}
	insertItem    = query{"INSERT", "cart_item", "INSERT INTO cart_item (cart_id, product_id, qty) VALUES (?, ?, 1)", 4 * time.Millisecond}
	insertOrder   = query{"INSERT", "orders", "INSERT INTO orders (member_id, amount, state) VALUES (?, ?, ?)", 5 * time.Millisecond}
	touchMember   = query{"UPDATE", "member", "UPDATE member SET last_login_at = now() WHERE id = ?", 4 * time.Millisecond}
	findPassword  = query{"SELECT", "member", "SELECT id, password_hash FROM member WHERE login_name = ?", 3 * time.Millisecond}
	insertPayment = query{"INSERT", "payment", "INSERT INTO payment (order_id, amount, method) VALUES (?, ?, ?)", 6 * time.Millisecond}
)

var (
	homePage     = &page{"GET", "/", "HomeController.index", 200, 6 * time.Millisecond, []query{selectList}}
	listPage     = &page{"GET", "/products", "ProductController.list", 200, 8 * time.Millisecond, []query{selectList}}
	productPage  = &page{"GET", "/product/{id}", "ProductController.view", 200, 7 * time.Millisecond, []query{selectProduct, selectReviews}}
	loginPage    = &page{"POST", "/login", "LoginController.login", 302, 25 * time.Millisecond, []query{findPassword, touchMember}}
	refusedLogin = &page{"POST", "/login", "LoginController.login", 401, 25 * time.Millisecond, []query{findPassword}}
	logoutPage   = &page{"POST", "/logout", "LoginController.logout", 302, 3 * time.Millisecond, nil}
	addItemPage  = &page{"POST", "/cart/items", "CartController.add", 201, 6 * time.Millisecond, []query{insertItem}}
	cartPage     = &page{"GET", "/cart", "CartController.view", 200, 6 * time.Millisecond, []query{selectCart, selectProduct}}
	checkoutPage = &page{"POST", "/checkout", "OrderController.checkout", 201, 12 * time.Millisecond, []query{selectCart, insertOrder}}
	memberPage   = &page{"GET", "/me", "MemberController.me", 200, 5 * time.Millisecond, []query{selectMember}}
	paymentPage  = &page{"POST", "/payments", "PaymentController.pay", 201, 9 * time.Millisecond, []query{insertPayment}}
)

// price of a product, KRW. It never changes, so an order that is tried again costs the same.
func price(product int) float64 { return float64(4_900 + 100*(product*997%1_200)) }

// userAgents of the visitors; the second half are phones.
var userAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
	"Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1",
}
