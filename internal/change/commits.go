package change

import (
	"encoding/json"
	"fmt"
	"time"
)

// DecodeCommits reads a JSON array of commits, as version control webhooks and exports give them: sha, author, timestamp
// (RFC 3339), message, files_changed and diff. Only sha is required; at most [DefaultMaxChanges] are read.
func DecodeCommits(data []byte) ([]Commit, error) {
	var listed []struct {
		SHA       string    `json:"sha"`
		Author    string    `json:"author"`
		Timestamp time.Time `json:"timestamp"`
		Message   string    `json:"message"`
		Files     []string  `json:"files_changed"`
		Diff      string    `json:"diff"`
	}
	if err := json.Unmarshal(data, &listed); err != nil {
		return nil, fmt.Errorf("reading commits: %w", err)
	}
	listed = listed[:min(len(listed), DefaultMaxChanges)]
	out := make([]Commit, 0, len(listed))
	for i, c := range listed {
		if c.SHA == "" {
			return nil, fmt.Errorf("reading commits: commit %d has no sha: name its revision", i+1)
		}
		out = append(out, Commit{Revision: c.SHA, Author: c.Author, Time: c.Timestamp, Message: c.Message, Files: c.Files, Patch: c.Diff})
	}
	return out, nil
}
