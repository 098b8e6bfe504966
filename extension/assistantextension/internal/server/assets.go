package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/braidotel/braid/extension/assistantextension/web"
)

// asset is one file of the built page, ready to be sent.
type asset struct {
	media  string
	plain  []byte
	packed []byte // gzip; nil where it would not be smaller
	etag   string
}

// loadAssets reads what is embedded and packs it once.
func loadAssets() (map[string]asset, error) {
	assets := map[string]asset{}
	err := fs.WalkDir(web.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(web.Files(), name)
		if err != nil {
			return err
		}
		packed, err := pack(text)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		assets["/"+name] = asset{media: mediaType(name), plain: text, packed: packed, etag: hex.EncodeToString(sum[:12])}
		return nil
	})
	assets["/"] = assets["/index.html"]
	return assets, err
}

// mediaType does not ask the machine, which may know nothing or other things.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(path.Ext(name))
	}
}

func pack(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if packed.Len() >= len(text) {
		return nil, nil
	}
	return packed.Bytes(), nil
}

// page serves the files of the page; a browser asks whether its copy is still good and is told so by a few bytes.
func (s *Server) page(assets map[string]asset) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		file, ok := assets[r.URL.Path]
		switch {
		case !ok:
			s.Recorder.Request(r.Context(), routeUnknown, s.fail(w, r, routeUnknown, errNotFound), time.Since(began))
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			s.Recorder.Request(r.Context(), routeUnknown, s.fail(w, r, routeUnknown, errMethod), time.Since(began))
			return
		}
		h := w.Header()
		h.Set("Content-Type", file.media)
		h.Set("Cache-Control", "no-cache")
		h.Set("Vary", "Accept-Encoding")
		body, etag := file.plain, file.etag
		if file.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body, etag = file.packed, etag+"-gzip"
		}
		h.Set("ETag", `"`+etag+`"`)
		// Knows If-None-Match, HEAD and ranges.
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		s.Recorder.Request(r.Context(), routePage, OutcomeOK, time.Since(began))
	}
}
