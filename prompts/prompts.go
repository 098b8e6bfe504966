// Package prompts holds the prompts that ship with Braid: of each a folder with its versions, its tests, and its labels. A
// version is never changed; a change is a new version.
package prompts

import "embed"

// Files are the folders.
//
//go:embed */*.md */*.yaml
var Files embed.FS
