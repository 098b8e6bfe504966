package periodical

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/braidotel/braid/internal/pager"
	"github.com/braidotel/braid/internal/query/document"
)

// lapse is after how long a message of a report is taken for over; there is nothing to resolve.
const lapse = 24 * time.Hour

// annotations are what the templates of receivers call each format.
var annotations = map[string]string{document.Markdown: "markdown", document.HTML: "html"}

// Notice is a report as a message to receivers: its pages by format are annotations of it. The id tells it from every other
// report.
func (c *Config) Notice(id, tenant, title, summary string, pages map[string][]byte) *pager.Notice {
	n := &pager.Notice{
		Labels:      map[string]string{"alertname": "BraidReport", "report": c.Name, "braid_id": id, "tenant": tenant, "audience": c.Audience, "language": c.Language},
		Annotations: map[string]string{"title": title, "summary": summary},
		Lapse:       lapse,
	}
	for format, page := range pages {
		n.Annotations[annotations[format]] = string(page)
	}
	return n
}

// Place puts a file of each format into the directory, if there is one, each whole or not at all. A file that is there already
// is left as it is.
func (t *To) Place(name string, pages map[string][]byte) error {
	if t.Directory == "" {
		return nil
	}
	for format, page := range pages {
		if err := place(t.Directory, name+"."+format, page); err != nil {
			return fmt.Errorf("to::directory: %w", err)
		}
	}
	return nil
}

func place(directory, name string, page []byte) error {
	path := filepath.Join(directory, name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	draft, err := os.CreateTemp(directory, ".report-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(page)
	if err = errors.Join(err, draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
