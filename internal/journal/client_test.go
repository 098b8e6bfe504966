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
	_, err := journal.OpenClient(t.Context(), componenttest.NewNopHost(), journaltest.DiskID, self)
	require.ErrorContains(t, err, "service::extensions")
	_, err = journal.OpenClient(t.Context(), journaltest.Host{}, journaltest.DiskID, self)
	require.ErrorContains(t, err, "no storage")

	d := journaltest.NewDisk()
	client, err := journal.OpenClient(t.Context(), journaltest.Host{Extension: d}, journaltest.DiskID, self)
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
