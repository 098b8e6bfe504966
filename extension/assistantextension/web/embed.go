// Package web holds the built page. Its sources are in src; `npm ci && npm run build` makes dist, which is committed so
// that the collector builds without Node.js.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Files are those of the built page, index.html at their root.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}
