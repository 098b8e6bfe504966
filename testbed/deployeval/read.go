package deployeval

import (
	"fmt"
	"iter"
	"os"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/replay"
)

// commits are those of a case, in order of time.
type commits []change.Commit

// readCommits reads a file of commits; none if it does not exist.
func readCommits(path string) (commits, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := change.DecodeCommits(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	slices.SortStableFunc(list, func(a, b change.Commit) int { return a.Time.Compare(b.Time) })
	return list, nil
}

// among yields batches with each commit before what came later, as an event.
func (c commits) among(batches iter.Seq2[replay.Batch, error]) iter.Seq2[replay.Batch, error] {
	return func(yield func(replay.Batch, error) bool) {
		left := c
		for b, err := range batches {
			for len(left) > 0 && err == nil && !left[0].Time.After(b.Latest) {
				if !yield(told(&left[0]), nil) {
					return
				}
				left = left[1:]
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// told is a commit as the connector takes it.
func told(c *change.Commit) replay.Batch {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("vcs.commit")
	r.SetTimestamp(pcommon.NewTimestampFromTime(c.Time))
	r.Body().SetStr(c.Patch)
	r.Attributes().PutStr("vcs.ref.head.revision", c.Revision)
	r.Attributes().PutStr("vcs.commit.message", c.Message)
	r.Attributes().PutStr("vcs.commit.author", c.Author)
	files := r.Attributes().PutEmptySlice("vcs.commit.files")
	for _, f := range c.Files {
		files.AppendEmpty().SetStr(f)
	}
	return replay.Batch{Signal: otlpsend.Logs, Logs: ld, Items: 1, Latest: c.Time}
}
