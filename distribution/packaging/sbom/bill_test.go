package main

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written is the bill of this test's own binary, as a reader gets it.
func written(t *testing.T) (cdx.BOM, []byte) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "bill.json")
	require.NoError(t, run("1.2.3", out, "1795332830", []string{self}))
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	f, err := os.Open(out)
	require.NoError(t, err)
	defer f.Close()
	var b cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&b))
	return b, data
}

func TestBill_Binary_ListsEveryModuleWithItsHash(t *testing.T) {
	b, _ := written(t)
	self, err := os.Executable()
	require.NoError(t, err)
	info, err := buildinfo.ReadFile(self)
	require.NoError(t, err)
	require.NotEmpty(t, info.Deps)

	listed := map[string]cdx.Component{}
	for _, c := range *b.Components {
		listed[c.PackageURL] = c
	}
	for _, m := range info.Deps {
		c := listed[packageURL(m.Path, m.Version)]
		assert.Equal(t, m.Path, c.Name)
		assert.NotNil(t, c.Hashes, m.Path)
	}
	assert.Contains(t, listed, packageURL("stdlib", info.GoVersion[len("go"):]))
	assert.Equal(t, "2026-11-22T07:33:50Z", b.Metadata.Timestamp)
	assert.Equal(t, "1.2.3", b.Metadata.Component.Version)
	assert.Len(t, *(*b.Dependencies)[0].Dependencies, len(info.Deps)+1)
}

func TestBill_SameBinary_SameBytes(t *testing.T) {
	_, first := written(t)
	_, second := written(t)
	assert.Equal(t, first, second)
}

func TestRun_MissingOrWrongInput_SaysWhich(t *testing.T) {
	notGo := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(notGo, []byte("#!/bin/sh\n"), 0o600))
	out := filepath.Join(t.TempDir(), "bill.json")
	for name, tc := range map[string]struct {
		version, epoch string
		binaries       []string
		want           string
	}{
		"err_no_version": {"", "1", []string{notGo}, "-version"},
		"err_no_binary":  {"1", "1", nil, "at least one binary"},
		"err_epoch":      {"1", "today", []string{notGo}, "SOURCE_DATE_EPOCH"},
		"err_not_go":     {"1", "1", []string{notGo}, notGo},
		"err_not_a_file": {"1", "1", []string{notGo + "x"}, notGo + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, run(tc.version, out, tc.epoch, tc.binaries), tc.want)
		})
	}
}
