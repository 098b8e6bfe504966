package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.uber.org/zap"

	sample "github.com/braidotel/braid/distribution/knowledge"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/knowledge/embedding"
)

// KnowledgeConfig says what the organisation has written: runbooks, objectives, manuals, reports of past incidents.
type KnowledgeConfig struct {
	// Dirs are folders of Markdown (.md), text (.txt) and OpenSLO objectives (.yaml); what links out of them is refused. All
	// tenants may read them. Default none.
	Dirs []string `mapstructure:"dirs"`
	// Sample adds the documents of the demo's shop. Default false.
	Sample bool `mapstructure:"sample"`
	// RefreshInterval is how often the folders are looked at for changes. Default 10s.
	RefreshInterval time.Duration `mapstructure:"refresh_interval"`
	// MaxFiles and MaxFileBytes bound what is read. Defaults 2000 and 524288.
	MaxFiles     int   `mapstructure:"max_files"`
	MaxFileBytes int64 `mapstructure:"max_file_bytes"`
	// Embeddings adds a search by meaning to that by words. Default off.
	Embeddings EmbeddingsConfig `mapstructure:"embeddings"`
}

// EmbeddingsConfig names an endpoint that speaks OpenAI's embeddings API. Passages and questions are sent to it.
type EmbeddingsConfig struct {
	// Endpoint is the base of the API, such as http://127.0.0.1:11434/v1. Default none: nothing is sent anywhere.
	Endpoint string `mapstructure:"endpoint"`
	// Model names the model. Default none.
	Model string `mapstructure:"model"`
	// APIKey is sent as a bearer token. Default none.
	APIKey configopaque.String `mapstructure:"api_key"`
	// Timeout ends one request. Default 2s.
	Timeout time.Duration `mapstructure:"timeout"`
}

const minRefresh = time.Second

func (k *KnowledgeConfig) validate() error {
	var errs []error
	for i, dir := range k.Dirs {
		if dir == "" {
			errs = append(errs, fmt.Errorf("knowledge::dirs::%d: is empty", i))
		}
	}
	if k.RefreshInterval < minRefresh {
		errs = append(errs, fmt.Errorf("knowledge::refresh_interval: must be at least %s, is %s", minRefresh, k.RefreshInterval))
	}
	if k.MaxFiles < 1 {
		errs = append(errs, fmt.Errorf("knowledge::max_files: must be at least 1, is %d", k.MaxFiles))
	}
	if k.MaxFileBytes < 1 {
		errs = append(errs, fmt.Errorf("knowledge::max_file_bytes: must be at least 1, is %d", k.MaxFileBytes))
	}
	if k.Embeddings.Endpoint != "" {
		if _, err := k.Embeddings.client(); err != nil {
			errs = append(errs, fmt.Errorf("knowledge::embeddings::%w", err))
		}
	}
	return errors.Join(errs...)
}

func (e *EmbeddingsConfig) client() (*embedding.Client, error) {
	return embedding.New(embedding.Options{Endpoint: e.Endpoint, Model: e.Model, Key: string(e.APIKey), Timeout: e.Timeout})
}

// open reads the documents; nil where none are configured. A folder that is missing is a problem, not an error: it may come.
func (k *KnowledgeConfig) open(ctx context.Context) (*knowledge.Library, error) {
	o := knowledge.Options{Limits: knowledge.Limits{Files: k.MaxFiles, FileBytes: k.MaxFileBytes}}
	for _, dir := range k.Dirs {
		o.Folders = append(o.Folders, knowledge.Folder{Name: filepath.Base(filepath.Clean(dir)), Path: dir})
	}
	if k.Sample {
		o.Folders = append(o.Folders, knowledge.Folder{Name: "sample", FS: sample.Sample})
	}
	if len(o.Folders) == 0 {
		return nil, nil
	}
	if k.Embeddings.Endpoint != "" {
		client, err := k.Embeddings.client()
		if err != nil {
			return nil, fmt.Errorf("knowledge::embeddings::%w", err)
		}
		o.Embedder = client
	}
	library, err := knowledge.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	return library, nil
}

// keepReading takes up changes until the context ends.
func (a *assistant) keepReading(ctx context.Context, library *knowledge.Library) {
	a.tellProblems(library)
	ticker := time.NewTicker(a.cfg.Knowledge.RefreshInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		switch changed, err := library.Refresh(ctx); {
		case err != nil && ctx.Err() == nil:
			a.set.Logger.Warn("The documents were not read anew", zap.Error(err))
		case changed:
			a.tellProblems(library)
		}
	}
}

// tellProblems logs, once for each state of the documents, what was left out.
func (a *assistant) tellProblems(library *knowledge.Library) {
	files, passages := library.Size()
	a.set.Logger.Info("Documents were read", zap.Int("files", files), zap.Int("passages", passages))
	for _, p := range library.Problems() {
		a.set.Logger.Warn("A document was left out", zap.Error(p))
	}
	if judge, ok := a.service.(interface{ ObjectiveErrors() []error }); ok {
		for _, err := range judge.ObjectiveErrors() {
			a.set.Logger.Warn("An objective was left out", zap.Error(err))
		}
	}
}
