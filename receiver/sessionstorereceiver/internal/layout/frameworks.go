package layout

import (
	"cmp"
	"strings"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/jsonfields"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/phpsession"
)

// layouts are the frameworks by name.
var layouts = map[string]func(prefix string, fields Fields) *Layout{
	"spring":        spring,
	"redisson":      redisson,
	"connect_redis": connectRedis,
	"php":           php,
	"hash":          hash,
	"json":          json,
}

// principal is how Spring Session calls who is logged in.
const principal = "org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME"

// spring is Spring Session, with or without its index. With it, a user's sessions are listed under the user's key, and a
// key of its own lives exactly as long as the session, whose hash stays five minutes longer.
func spring(prefix string, own Fields) *Layout {
	prefix = withColon(cmp.Or(prefix, "spring:session:"))
	return &Layout{
		prefix: prefix, sessions: prefix + "sessions:", users: prefix + "index:" + principal + ":",
		endings: prefix + "sessions:expires:", shape: Hash,
		fields: own.or(Fields{
			User: "sessionAttr:" + principal, Created: "creationTime", Accessed: "lastAccessedTime", Interval: "maxInactiveInterval",
		}),
	}
}

// redisson is Redisson's session manager for Tomcat. Its principal is a serialized object and is not read; an application
// that keeps the user's name in an attribute has it in a field of that name.
func redisson(prefix string, own Fields) *Layout {
	return &Layout{
		prefix: cmp.Or(prefix, "redisson:tomcat_session:"), shape: Hash,
		fields: own.or(Fields{
			Created: "session:creationTime", Accessed: "session:thisAccessedTime", Interval: "session:maxInactiveInterval",
			Valid: "session:isValid",
		}),
	}
}

// connectRedis is connect-redis under express-session: JSON, with the cookie's end where it has one. A field is only asked
// for where the user is, so that contents stay where they are: the key lives as long as the session.
func connectRedis(prefix string, own Fields) *Layout {
	return &Layout{prefix: cmp.Or(prefix, "sess:"), shape: Text, fields: own, parse: jsonfields.Find}
}

// php is phpredis as PHP's session handler.
func php(prefix string, own Fields) *Layout {
	return &Layout{prefix: cmp.Or(prefix, "PHPREDIS_SESSION:"), shape: Text, fields: own, parse: phpsession.Find}
}

// hash is any hash with scalar fields.
func hash(prefix string, own Fields) *Layout {
	return &Layout{prefix: prefix, shape: Hash, fields: own}
}

// json is any JSON.
func json(prefix string, own Fields) *Layout {
	return &Layout{prefix: prefix, shape: Text, fields: own, parse: jsonfields.Find}
}

// or fills in what is not set.
func (f Fields) or(own Fields) Fields {
	return Fields{
		User: cmp.Or(f.User, own.User), Created: cmp.Or(f.Created, own.Created), Accessed: cmp.Or(f.Accessed, own.Accessed),
		Expires: cmp.Or(f.Expires, own.Expires), Interval: cmp.Or(f.Interval, own.Interval), Valid: cmp.Or(f.Valid, own.Valid),
	}
}

func withColon(prefix string) string {
	if strings.HasSuffix(prefix, ":") {
		return prefix
	}
	return prefix + ":"
}
