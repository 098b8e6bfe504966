package identity

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// item is what a caller would hand over: attributes by key, a list where it is a []string.
type item map[string]any

const (
	bodyKey     = "(body)"
	metadataKey = "(metadata) "
)

// allPresets are the rules of every preset in their default order, behind some rules of one's own.
func allPresets(own Rules) Rules {
	for _, name := range PresetNames() {
		preset, _ := Presets(name)
		own.Session = append(own.Session, preset.Session...)
		own.User = append(own.User, preset.User...)
		own.Client = append(own.Client, preset.Client...)
	}
	own.MaxCookieBytes, own.MaxValueBytes = 8192, 256
	return own
}

func newExtractor(tb testing.TB, rules Rules) *Extractor {
	tb.Helper()
	x, err := NewExtractor(rules)
	require.NoError(tb, err)
	x.Seal()
	return x
}

func (it item) fields(x *Extractor) *Fields {
	f := x.NewFields()
	for key, value := range it {
		if key == bodyKey {
			f.Body = value.(string)
			continue
		}
		slot, ok := x.Lookup(key)
		if !ok {
			continue
		}
		switch value := value.(type) {
		case string:
			f.Set(slot, Value{One: value})
		case []string:
			f.Set(slot, Value{Many: value})
		}
	}
	f.Metadata = func(key string) string {
		value, _ := it[metadataKey+key].(string)
		return value
	}
	return f
}

func extract(x *Extractor, f *Fields, server bool) Evidence {
	var e Evidence
	x.Extract(f, server, &e)
	return e
}

func jsession(value string) Token { return Token{Name: "JSESSIONID", Value: value} }

func TestExtractSession_Presets(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{}))
	for name, tc := range map[string]struct {
		item              item
		session           string
		presented, issued Token
		source            Source
	}{
		"attribute":                {item: item{"session.id": "s1"}, session: "s1", source: SourceAttribute},
		"attribute_of_older_sdks":  {item: item{"rum.sessionId": "s1"}, session: "s1", source: SourceAttribute},
		"stable_name_first":        {item: item{"rum.sessionId": "old", "session.id": "new"}, session: "new", source: SourceAttribute},
		"list_attribute":           {item: item{"session.id": []string{"s1", "s2"}}, session: "s1", source: SourceAttribute},
		"nothing":                  {item: item{"url.path": "/"}},
		"empty_attribute":          {item: item{"session.id": ""}},
		"cookie_in_a_string":       {item: item{keyCookie: "a=1; JSESSIONID=J1; b=2"}, presented: jsession("J1"), source: SourceCookie},
		"cookie_in_a_list":         {item: item{keyCookie: []string{"a=1; JSESSIONID=J1"}}, presented: jsession("J1"), source: SourceCookie},
		"cookie_in_the_second":     {item: item{keyCookie: []string{"a=1", "JSESSIONID=J1"}}, presented: jsession("J1"), source: SourceCookie},
		"cookie_without_spaces":    {item: item{keyCookie: "a=1;JSESSIONID=J1;b"}, presented: jsession("J1"), source: SourceCookie},
		"cookie_quoted":            {item: item{keyCookie: `JSESSIONID="J1"`}, presented: jsession("J1"), source: SourceCookie},
		"cookie_encoded":           {item: item{keyCookie: "JSESSIONID=J%2B1%20x"}, presented: jsession("J+1 x"), source: SourceCookie},
		"cookie_badly_encoded":     {item: item{keyCookie: "JSESSIONID=J%zz"}, presented: jsession("J%zz"), source: SourceCookie},
		"cookie_plus_is_no_space":  {item: item{keyCookie: "JSESSIONID=J+1"}, presented: jsession("J+1"), source: SourceCookie},
		"cookie_value_with_equals": {item: item{keyCookie: "JSESSIONID=J=="}, presented: jsession("J=="), source: SourceCookie},
		"cookie_first_of_two":      {item: item{keyCookie: "JSESSIONID=J1; JSESSIONID=J2"}, presented: jsession("J1"), source: SourceCookie},
		"cookie_of_another_name":   {item: item{keyCookie: "XJSESSIONID=J1; jsessionid=J2; JSESSIONID2=J3"}},
		"cookie_empty":             {item: item{keyCookie: "JSESSIONID="}},
		"cookie_issued":            {item: item{keySetCookie: []string{"JSESSIONID=J1; Path=/; HttpOnly"}}, issued: jsession("J1"), source: SourceCookie},
		"cookie_issued_string":     {item: item{keySetCookie: "JSESSIONID=J1"}, issued: jsession("J1"), source: SourceCookie},
		"cookie_issued_older_spelling": {
			item:   item{"http.response.header.set_cookie": []string{"JSESSIONID=J1; Path=/"}},
			issued: jsession("J1"), source: SourceCookie,
		},
		"cookie_rotated": {
			item:      item{keyCookie: "JSESSIONID=J1", keySetCookie: []string{"lang=ko", "JSESSIONID=J2; Path=/"}},
			presented: jsession("J1"), issued: jsession("J2"), source: SourceCookie,
		},
		"cookie_deleted_empty":     {item: item{keySetCookie: "JSESSIONID=; Max-Age=0"}},
		"cookie_deleted_max_age":   {item: item{keySetCookie: "JSESSIONID=J1; max-age=0; Path=/"}},
		"cookie_deleted_negative":  {item: item{keySetCookie: "JSESSIONID=J1; Max-Age=-1"}},
		"cookie_deleted_by_php":    {item: item{keySetCookie: "PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0"}},
		"cookie_deleted_expires":   {item: item{keySetCookie: "connect.sid=s%3Ax.y; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}},
		"cookie_kept_by_max_age":   {item: item{keySetCookie: "JSESSIONID=J1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60"}, issued: jsession("J1"), source: SourceCookie},
		"cookie_deleted_then_set":  {item: item{keySetCookie: []string{"JSESSIONID=; Max-Age=0", "JSESSIONID=J2"}}, issued: jsession("J2"), source: SourceCookie},
		"attribute_beside_cookie":  {item: item{"session.id": "s1", keyCookie: "JSESSIONID=J1"}, session: "s1", presented: jsession("J1"), source: SourceAttribute},
		"php":                      {item: item{keyCookie: "PHPSESSID=abc,1-2"}, presented: Token{"PHPSESSID", "abc,1-2"}, source: SourceCookie},
		"php_body":                 {item: item{bodyKey: "GET / PHPSESSID=abc; 200"}, presented: Token{"PHPSESSID", "abc"}, source: SourceBody},
		"express_signed":           {item: item{keyCookie: "connect.sid=s%3AhFd.9%2Bx.sig%2Fnature"}, presented: Token{"connect.sid", "hFd.9+x"}, source: SourceCookie},
		"express_unsigned":         {item: item{keyCookie: "connect.sid=hFd9"}, presented: Token{"connect.sid", "hFd9"}, source: SourceCookie},
		"express_no_id":            {item: item{keyCookie: "connect.sid=s%3A.sig"}, presented: Token{"connect.sid", "s:.sig"}, source: SourceCookie},
		"jsessionid_in_a_body":     {item: item{bodyKey: `10.0.0.1 "GET / HTTP/1.1" 200 JSESSIONID=J1.was2; x`}, presented: jsession("J1.was2"), source: SourceBody},
		"jsessionid_in_a_word":     {item: item{bodyKey: "XJSESSIONID=J1"}},
		"faro_logfmt":              {item: item{bodyKey: `kind=event session_id=abc123 user_id=u`}, session: "abc123", source: SourceBody},
		"faro_logfmt_at_the_start": {item: item{bodyKey: `session_id=abc123`}, session: "abc123", source: SourceBody},
		"faro_logfmt_quoted":       {item: item{bodyKey: `x=1 session_id="a b=c" y=2`}, session: "a b=c", source: SourceBody},
		"faro_logfmt_empty":        {item: item{bodyKey: `session_id= user_id=u`}},
		"faro_other_key":           {item: item{bodyKey: `parent_session_id=abc`}},
		"faro_attribute":           {item: item{"session_id": "abc"}, session: "abc", source: SourceAttribute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := extract(x, tc.item.fields(x), false)
			assert.Equal(t, tc.session, e.Session)
			assert.Equal(t, tc.presented, e.Presented)
			assert.Equal(t, tc.issued, e.Issued)
			assert.Equal(t, tc.source, e.SessionSource)
		})
	}
}

func TestExtractUser_Presets(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{}))
	for name, tc := range map[string]struct {
		item        item
		user        string
		credentials bool
	}{
		"attribute":             {item: item{"user.id": "kim"}, user: "kim", credentials: true},
		"older_attribute":       {item: item{"enduser.id": "kim"}, user: "kim", credentials: true},
		"stable_name_first":     {item: item{"enduser.id": "old", "user.id": "new"}, user: "new", credentials: true},
		"attribute_over_cookie": {item: item{"user.id": "kim", keyCookie: "KHANUSER=lee"}, user: "kim", credentials: true},
		"cookie":                {item: item{keyCookie: []string{"a=1; KHANUSER=member207%40example.com"}}, user: "member207@example.com", credentials: true},
		"cookie_just_issued":    {item: item{keySetCookie: []string{"KHANUSER=kim; Path=/"}}, user: "kim", credentials: true},
		"issued_over_presented": {item: item{keyCookie: "KHANUSER=kim", keySetCookie: "KHANUSER=lee"}, user: "lee", credentials: true},
		"cookie_deleted":        {item: item{keySetCookie: "KHANUSER=; Max-Age=0"}, credentials: true},
		"anonymous_cookies":     {item: item{keyCookie: "a=1"}, credentials: true},
		"body":                  {item: item{bodyKey: `"GET /" KHANUSER=kim%40example.com; x`}, user: "kim@example.com", credentials: true},
		"faro_logfmt":           {item: item{bodyKey: `session_id=s user_id="Kim Lee"`}, user: "Kim Lee", credentials: true},
		"nothing":               {item: item{"url.path": "/"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := extract(x, tc.item.fields(x), false)
			assert.Equal(t, tc.user, e.User)
			assert.Equal(t, tc.credentials, e.Credentials)
		})
	}
}

func TestExtract_OwnRules(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rules Rules
		item  item
		want  Evidence
	}{
		"header": {
			rules: Rules{Session: []Rule{{Header: "X-Session-Id"}}},
			item:  item{"http.request.header.x-session-id": []string{"s1"}},
			want:  Evidence{Session: "s1", SessionSource: SourceHeader},
		},
		"header_older_spelling": {
			rules: Rules{Session: []Rule{{Header: "X-Session-Id"}}},
			item:  item{"http.request.header.x_session_id": []string{"s1"}},
			want:  Evidence{Session: "s1", SessionSource: SourceHeader},
		},
		"header_token": {
			rules: Rules{Session: []Rule{{Header: "X-Auth", Token: "auth"}}},
			item:  item{"http.request.header.x-auth": "t1"},
			want:  Evidence{Presented: Token{"auth", "t1"}, SessionSource: SourceHeader},
		},
		"metadata": {
			rules: Rules{Session: []Rule{{Metadata: "x-session"}}},
			item:  item{metadataKey + "x-session": "s1"},
			want:  Evidence{Session: "s1", SessionSource: SourceMetadata},
		},
		"cookie_that_is_the_id": {
			rules: Rules{Session: []Rule{{Cookie: "sid", ID: true}}},
			item:  item{keyCookie: "sid=s1"},
			want:  Evidence{Session: "s1", SessionSource: SourceCookie, Credentials: true},
		},
		"cookie_that_is_the_id_just_issued": {
			rules: Rules{Session: []Rule{{Cookie: "sid", ID: true}}},
			item:  item{keyCookie: "sid=s1", keySetCookie: "sid=s2"},
			want:  Evidence{Session: "s2", SessionSource: SourceCookie, Credentials: true},
		},
		"cookie_under_another_tokens_name": {
			rules: Rules{Session: []Rule{{Cookie: "LEGACYID", Token: "JSESSIONID"}}},
			item:  item{keyCookie: "LEGACYID=J1"},
			want:  Evidence{Presented: jsession("J1"), SessionSource: SourceCookie, Credentials: true},
		},
		"first_match_wins": {
			rules: Rules{Session: []Rule{{Attribute: "app.session"}, {Attribute: "session.id"}}},
			item:  item{"app.session": "mine", "session.id": "theirs"},
			want:  Evidence{Session: "mine", SessionSource: SourceAttribute},
		},
		"first_that_matches_wins": {
			rules: Rules{Session: []Rule{{Attribute: "app.session"}, {Body: `s=(\d+)`}, {Body: `t=(\d+)`}}},
			item:  item{"app.session": "", bodyKey: "t=2"},
			want:  Evidence{Session: "2", SessionSource: SourceBody},
		},
		"first_token_wins": {
			rules: Rules{Session: []Rule{{Cookie: "A"}, {Cookie: "B"}}},
			item:  item{keyCookie: "B=b; A=a"},
			want:  Evidence{Presented: Token{"A", "a"}, SessionSource: SourceCookie, Credentials: true},
		},
		"body_without_a_group": {
			rules: Rules{Session: []Rule{{Body: `[0-9a-f]{8}-[0-9a-f]{4}`}}},
			item:  item{bodyKey: "for 0123abcd-9876!"},
			want:  Evidence{Session: "0123abcd-9876", SessionSource: SourceBody},
		},
		"body_group_of_the_branch_taken": {
			rules: Rules{Session: []Rule{{Body: `sid=(\w+)|session:(\w+)`}}},
			item:  item{bodyKey: "sid=one"},
			want:  Evidence{Session: "one", SessionSource: SourceBody},
		},
		"body_with_groups_that_match_nothing": {
			rules: Rules{Session: []Rule{{Body: `sid=(\d*)`}}},
			item:  item{bodyKey: "sid=x"},
		},
		"body_expression_with_a_repeated_start": {
			rules: Rules{Session: []Rule{{Body: `(?:^|\s)?session=(\w+)`}}},
			item:  item{bodyKey: "xsession=s1"},
			want:  Evidence{Session: "s1", SessionSource: SourceBody},
		},
		"previous": {
			rules: Rules{Session: []Rule{{Attribute: "session.id"}}},
			item:  item{"session.id": "s2", keyPrevious: "s1"},
			want:  Evidence{Session: "s2", Previous: "s1", SessionSource: SourceAttribute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newExtractor(t, tc.rules)
			e := extract(x, tc.item.fields(x), true)
			assert.Equal(t, tc.want, e)
			assert.Equal(t, tc.want == Evidence{}, e.Empty())
		})
	}
}

func TestNewExtractor_InvalidRule_IsAnError(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule Rule
		want string
	}{
		"err_no_place":     {Rule{Token: "JSESSIONID"}, "needs exactly one of attribute, cookie, header, body, metadata, has 0"},
		"err_two_places":   {Rule{Cookie: "a", Header: "b"}, "has 2"},
		"err_expression":   {Rule{Body: `(`}, "body: error parsing regexp"},
		"err_id_and_token": {Rule{Cookie: "a", Token: "b", ID: true}, "id and token exclude each other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, rules := range []Rules{{Session: []Rule{tc.rule}}, {User: []Rule{tc.rule}}, {Client: []Rule{tc.rule}}} {
				_, err := NewExtractor(rules)
				assert.ErrorContains(t, err, tc.want)
			}
		})
	}
}

func TestPresets_EveryName_Compiles(t *testing.T) {
	t.Parallel()
	for _, name := range PresetNames() {
		rules, ok := Presets(name)
		require.True(t, ok, name)
		_, err := NewExtractor(rules)
		require.NoError(t, err, name)
	}
	assert.Len(t, presets, len(PresetNames()))
	_, ok := Presets("nonesuch")
	assert.False(t, ok)
}

func TestFields_Reset_LeavesNothingOfTheItemBefore(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}))
	f := item{
		"session.id": "s1", keyCookie: "JSESSIONID=J1", "user.id": "kim", "client.address": "10.0.0.1",
		keyForwardedFor: "192.0.2.1", bodyKey: "session_id=s2",
	}.fields(x)
	assert.True(t, f.Filled())
	f.Reset()
	assert.False(t, f.Filled())
	assert.Equal(t, Evidence{}, extract(x, f, true))
}

func TestSource_String_IsTheAttributesValue(t *testing.T) {
	t.Parallel()
	for source, want := range map[Source]string{
		SourceNone: "", SourceAttribute: "attribute", SourceCookie: "cookie", SourceHeader: "header", SourceBody: "body",
		SourceMetadata: "metadata", SourceTrace: "trace", 99: "",
	} {
		assert.Equal(t, want, source.String())
	}
}

// Whoever drops what a slot holds drops it under both spellings.
func TestSlot_CapturedHeader_HasBothSpellings(t *testing.T) {
	t.Parallel()
	x, err := NewExtractor(allPresets(Rules{}))
	require.NoError(t, err)
	own := x.Slot("app.request-header")
	x.Seal()
	for key, older := range map[string]string{
		keySetCookie: "http.response.header.set_cookie", keyForwardedFor: "http.request.header.x_forwarded_for",
	} {
		slot, ok := x.Lookup(older)
		require.True(t, ok, older)
		assert.Equal(t, x.Slot(key), slot)
	}
	slot, ok := x.Lookup("app.request-header")
	assert.True(t, ok)
	assert.Equal(t, own, slot)
	_, ok = x.Lookup("app.request_header")
	assert.False(t, ok, "only headers were ever spelled so")
}
