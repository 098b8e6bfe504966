package redisread

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/layout"
)

func TestChannelsFor_Settings(t *testing.T) {
	for flags, want := range map[string]struct {
		by   channels
		sent bool
	}{
		"": {byKey, false}, "AK": {byKey, true}, "AKE": {byKey, true}, "AE": {byEvent, true}, "Kgxh": {byKey, true},
		"Kg$x": {byKey, true}, "Kgx": {byKey, false}, "Kh": {byKey, false}, "A": {byKey, false}, "Ex": {byEvent, false},
	} {
		by, sent := channelsFor(flags)
		assert.Equal(t, want.sent, sent, flags)
		if sent {
			assert.Equal(t, want.by, by, flags)
		}
	}
}

func TestListener_Notifications_AreGatheredAndBounded(t *testing.T) {
	how, err := layout.New("connect_redis", "", layout.Fields{})
	require.NoError(t, err)
	l := newListener(Options{Layout: how, MaxPending: 2})
	l.note(byKey, "__keyspace@0__:sess:a", "set")
	l.note(byKey, "__keyspace@0__:sess:a", "del")
	l.note(byEvent, "__keyevent@0__:expired", "sess:b:c")
	l.note(byKey, "__keyspace@0__:cart:1", "set")
	assert.False(t, l.missedAny())
	l.note(byKey, "__keyspace@0__:sess:d", "set")
	assert.True(t, l.missedAny(), "a full view is due")
	assert.Equal(t, map[string]string{"sess:a": "del", "sess:b:c": "expired"}, l.take())
	assert.Nil(t, l.take())
	l.forgive()
	assert.False(t, l.missedAny())
	assert.Equal(t, `__keyspace@0__:sess:*`, l.pattern(byKey))
	assert.Equal(t, `__keyevent@0__:*`, l.pattern(byEvent))
}

func TestGlob_SpecialCharacters_StandForThemselves(t *testing.T) {
	assert.Equal(t, `\[b\]\?\\`, glob(`[b]?\`))
	assert.Equal(t, `a\*b\^c`, glob(`a*b^c`))
}
