package questions

import (
	"time"

	"github.com/braidotel/braid/internal/question"
)

// Now is the moment all questions are asked at: Wednesday 18 November 2026, 14:30 in Seoul, which keeps no summer time.
var Now = time.Date(2026, time.November, 18, 14, 30, 0, 0, time.FixedZone("Asia/Seoul", 9*60*60))

// Catalogue holds the names of the shop the questions are about.
var Catalogue = question.Catalogue{
	Services: []question.Name{
		{ID: "payment", Aliases: []string{"결제", "payments"}},
		{ID: "order", Aliases: []string{"주문", "orders"}},
		{ID: "auth", Aliases: []string{"인증", "로그인", "login", "authentication"}},
		{ID: "search", Aliases: []string{"검색"}},
		{ID: "checkout"},
		{ID: "product", Aliases: []string{"상품", "products"}},
	},
	Regions: []question.Name{
		{ID: "seoul", Aliases: []string{"서울"}}, {ID: "busan", Aliases: []string{"부산"}}, {ID: "daegu", Aliases: []string{"대구"}},
		{ID: "incheon", Aliases: []string{"인천"}}, {ID: "gwangju", Aliases: []string{"광주"}}, {ID: "daejeon", Aliases: []string{"대전"}},
		{ID: "ulsan", Aliases: []string{"울산"}}, {ID: "sejong", Aliases: []string{"세종"}}, {ID: "jeju", Aliases: []string{"제주"}},
	},
	Hosts:    []question.Name{{ID: "web-01"}, {ID: "web-02"}, {ID: "web-03"}, {ID: "db-01"}},
	Channels: []question.Name{{ID: "web", Aliases: []string{"웹"}}, {ID: "mobile", Aliases: []string{"모바일"}}},
	Pages: []question.Name{
		{ID: "/", Aliases: []string{"메인", "메인 페이지", "첫 화면", "main page", "home page", "landing page"}},
		{ID: "/product", Aliases: []string{"상품 페이지", "상품 화면", "product page"}},
	},
}
