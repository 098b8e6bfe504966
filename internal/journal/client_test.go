package journal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/journal/journaltest"
)

func TestOpenClient_MissingOrOther_SaysWhatToAdd(t *testing.T) {
	t.Parallel()
	self := component.MustNewID("self")
	_, err := journal.OpenClient(t.Context(), componenttest.NewNopHost(), journaltest.DiskID, self, 1)
	require.ErrorContains(t, err, "service::extensions")
	_, err = journal.OpenClient(t.Context(), journaltest.Host{}, journaltest.DiskID, self, 1)
	require.ErrorContains(t, err, "no storage")

	d := journaltest.NewDisk()
	client, err := journal.OpenClient(t.Context(), journaltest.Host{Extension: d}, journaltest.DiskID, self, 1)
	require.NoError(t, err)
	require.NoError(t, client.Set(t.Context(), "a", []byte("b")))
	left := d.After()
	d.SetFull(true)
	require.ErrorIs(t, client.Delete(t.Context(), "a"), journaltest.ErrFull)
	assert.Equal(t, []string{"a"}, left.Keys())
	assert.Equal(t, 1, d.Open())
	require.NoError(t, client.Close(t.Context()))
	assert.Zero(t, d.Open())
}

func TestOpenClient_LaterFormat_IsRefusedAndKept(t *testing.T) {
	t.Parallel()
	self, d := component.MustNewID("self"), journaltest.NewDisk()
	open := func(format byte) error {
		client, err := journal.OpenClient(t.Context(), journaltest.Host{Extension: d}, journaltest.DiskID, self, format)
		if err == nil {
			require.NoError(t, client.Close(t.Context()))
		}
		assert.Zero(t, d.Open())
		return err
	}
	require.NoError(t, open(1))
	assert.Empty(t, d.Keys(), "the first format is not written down")
	require.NoError(t, open(2))
	require.NoError(t, open(2))
	err := open(1)
	for _, part := range []string{"self", "disk", "format 2", "up to 1"} {
		require.ErrorContains(t, err, part)
	}
	assert.Equal(t, []string{"format"}, d.Keys())
	d.Change("format", func(b []byte) []byte { return append([]byte{b[0] ^ 8}, b[1:]...) })
	require.NoError(t, open(1), "a flipped bit makes no later format")
	d.SetFull(true)
	require.ErrorIs(t, open(1), journaltest.ErrFull)
}
