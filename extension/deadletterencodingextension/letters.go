package deadletterencodingextension

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Why a letter is not written.
var (
	errFull  = errors.New("max_bytes is reached: take files out of the directory")
	errThere = errors.New("the same bytes are there")
)

// letters are a directory of files named by what they hold, so that a record that is delivered again is there once. People take
// files out while it is in use; only what is written here makes it grow.
type letters struct {
	directory string
	most      int64

	mu    sync.Mutex
	taken int64
}

const (
	block   = 4 << 10 // what a file takes at least
	partial = ".partial"
)

// open makes the directory, removes what a crash left half written, and adds up the rest.
func open(directory string, most int64) (*letters, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, err
	}
	l := &letters{directory: directory, most: most}
	halves, err := filepath.Glob(filepath.Join(directory, "*"+partial))
	if err != nil {
		return nil, err
	}
	for _, half := range halves {
		if err := os.Remove(half); err != nil {
			return nil, err
		}
	}
	l.taken, err = l.count()
	return l, err
}

// size is what the files take.
func (l *letters) size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

// keep writes a value into a file and returns its name once it is on disk. errThere says that it was there before.
func (l *letters) keep(signal string, value []byte) (path string, err error) {
	sum := sha256.Sum256(value)
	path = filepath.Join(l.directory, signal+"-"+hex.EncodeToString(sum[:16]))
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := os.Lstat(path); err == nil {
		return path, errThere
	}
	if l.taken+rounded(len(value)) > l.most {
		// Somebody may have taken files out.
		if l.taken, err = l.count(); err != nil {
			return "", err
		}
	}
	if l.taken+rounded(len(value)) > l.most {
		return "", errFull
	}
	if err := write(path, value); err != nil {
		return "", err
	}
	l.taken += rounded(len(value))
	return path, nil
}

// count adds up the files.
func (l *letters) count() (taken int64, err error) {
	entries, err := os.ReadDir(l.directory)
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // taken out just now
		}
		if err != nil {
			return 0, err
		}
		if !strings.HasSuffix(entry.Name(), partial) {
			taken += rounded(int(info.Size()))
		}
	}
	return taken, nil
}

func rounded(bytes int) int64 { return max(1, (int64(bytes)+block-1)/block) * block }

// write returns when the file is whole and on disk, under its name.
func write(path string, value []byte) error {
	half := path + partial
	if err := fill(half, value); err != nil {
		_ = os.Remove(half) // else the next start does
		return err
	}
	if err := os.Rename(half, path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

func fill(path string, value []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // in the directory of the configuration
	if err != nil {
		return err
	}
	_, err = file.Write(value)
	return errors.Join(err, file.Sync(), file.Close())
}

func syncDirectory(name string) error {
	directory, err := os.Open(name) //nolint:gosec // that of the configuration
	if err != nil {
		return fmt.Errorf("making the name durable: %w", err)
	}
	return errors.Join(directory.Sync(), directory.Close())
}
