package deadletterencodingextension

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/configtest"
)

func TestConfig_Examples_AreValid(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
	cfg := configtest.Load[*Config](t, createDefaultConfig(), "dead_letter_encoding")
	require.NoError(t, cfg.Validate())
	rows := configtest.Defaults(t)
	assert.Equal(t, rows["encoding"], cfg.Encoding)
	assert.Equal(t, rows["max_bytes"], strconv.FormatInt(cfg.MaxBytes, 10))

	cfg = configtest.Load[*Config](t, createDefaultConfig(), "dead_letter_encoding/json")
	require.NoError(t, cfg.Validate())
	assert.Equal(t, &Config{Encoding: encodingJSON, Directory: "/var/lib/braid/dead-letters", MaxBytes: 1 << 30}, cfg)
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	err := (&Config{Encoding: "raw", MaxBytes: 1}).Validate()
	for _, field := range []string{"encoding", "directory", "max_bytes"} {
		require.ErrorContains(t, err, field)
	}
}
