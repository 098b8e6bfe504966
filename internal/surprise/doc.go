// Package surprise says how rare a point is in the past of its own series.
package surprise
