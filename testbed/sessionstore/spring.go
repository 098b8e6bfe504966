package sessionstore

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/braidotel/braid/internal/session"
)

// What a JDK (17) writes of a Long and an Integer before the number.
var (
	javaLong    = mustHex("aced00057372000e6a6176612e6c616e672e4c6f6e673b8be490cc8f23df0200014a000576616c7565787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b0200007870")
	javaInteger = mustHex("aced0005737200116a6176612e6c616e672e496e746567657212e2a0a4f781873802000149000576616c7565787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b0200007870")
)

func mustHex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

func long(n int64) []byte {
	return binary.BigEndian.AppendUint64(slices.Clip(javaLong), uint64(n))
}

func integer(n int32) []byte {
	return binary.BigEndian.AppendUint32(slices.Clip(javaInteger), uint32(n))
}

func text(s string) []byte {
	b := append(mustHex("aced000574"), byte(len(s)>>8), byte(len(s)))
	return append(b, s...)
}

const (
	springPrefix    = "spring:session:sessions:"
	springPrincipal = "sessionAttr:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME"
	interval        = 1800 // seconds
)

// springID is the id of the n-th session, of the length of Spring's.
func springID(n int) string { return fmt.Sprintf("%08x-7d1b-4a4e-9a3c-%012x", n, n) }

// SpringToken is the session.id under which the receiver tells of a session.
func SpringToken(secret, id string) string {
	cookie := base64.StdEncoding.EncodeToString([]byte(id))
	return fmt.Sprintf("%016x", session.TokenHash(session.DeriveKey(secret), "SESSION", cookie))
}

// putSpring writes a session as Spring Session does with JDK serialization; seven in ten are logged in.
func putSpring(ctx context.Context, pipe redis.Pipeliner, n int, now time.Time) {
	key := springPrefix + springID(n)
	values := []any{
		"creationTime", long(now.Add(-time.Minute).UnixMilli()), "lastAccessedTime", long(now.UnixMilli()),
		"maxInactiveInterval", integer(interval),
		// What nobody but the application may see; it has to stay where it is.
		"sessionAttr:cart", []byte("\xac\xed\x00\x05sr\x00\x08shop.CartSECRET-CANARY"),
	}
	if n%10 < 7 {
		values = append(values, springPrincipal, text("user"+strconv.Itoa(n)))
	}
	pipe.HSet(ctx, key, values...)
	pipe.Expire(ctx, key, (interval+300)*time.Second)
}

// touchSpring notes that a session has been used.
func touchSpring(ctx context.Context, pipe redis.Pipeliner, n int, now time.Time) {
	key := springPrefix + springID(n)
	pipe.HSet(ctx, key, "lastAccessedTime", long(now.UnixMilli()))
	pipe.Expire(ctx, key, (interval+300)*time.Second)
}
