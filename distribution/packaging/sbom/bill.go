package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

// license is that of Braid's own binaries. Build information says nothing of the licenses of what they are built from.
const license = "Apache-2.0"

// bill lists what the binaries consist of, as their build information has it: each binary with its SHA-256, each
// module once, the Go release. Equal binaries, version and time give an equal bill, its serial number included.
func bill(version string, made time.Time, binaries []string) (*cdx.BOM, error) {
	product := cdx.Component{
		BOMRef: "braid", Type: cdx.ComponentTypeApplication, Name: "braid", Version: version,
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: license}}},
	}
	b := &cdx.BOM{
		BOMFormat: cdx.BOMFormat, SpecVersion: cdx.SpecVersion1_6, JSONSchema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
		Version:  1,
		Metadata: &cdx.Metadata{Timestamp: made.UTC().Format(time.RFC3339), Component: &product},
	}
	libraries := map[string]cdx.Component{}
	var apps []cdx.Component
	var uses []cdx.Dependency
	identity := []string{version}
	for _, path := range binaries {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the build information of %s: %w", path, err)
		}
		app, err := application(path, version)
		if err != nil {
			return nil, err
		}
		apps = append(apps, app)
		identity = append(identity, (*app.Hashes)[0].Value)
		parts := []string{}
		for _, c := range append(modules(info.Deps), standardLibrary(info.GoVersion)) {
			libraries[c.BOMRef] = c
			parts = append(parts, c.BOMRef)
		}
		slices.Sort(parts)
		uses = append(uses, cdx.Dependency{Ref: app.BOMRef, Dependencies: &parts})
	}
	components := apps
	for _, ref := range sortedKeys(libraries) {
		components = append(components, libraries[ref])
	}
	b.Components, b.Dependencies = &components, &uses
	b.SerialNumber = "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.Join(identity, " "))).String()
	return b, nil
}

func application(path, version string) (cdx.Component, error) {
	f, err := os.Open(path) //nolint:gosec // it is what the caller wants listed
	if err != nil {
		return cdx.Component{}, fmt.Errorf("reading a binary: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return cdx.Component{}, fmt.Errorf("reading %s: %w", path, err)
	}
	name := filepath.Base(path)
	return cdx.Component{
		BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: version,
		Hashes:   &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum.Sum(nil))}},
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: license}}},
	}, nil
}

func modules(deps []*debug.Module) []cdx.Component {
	components := make([]cdx.Component, 0, len(deps)+1)
	for _, m := range deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := cdx.Component{
			BOMRef: packageURL(m.Path, m.Version), Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version,
			PackageURL: packageURL(m.Path, m.Version), Scope: cdx.ScopeRequired,
		}
		// go.sum's h1 is the SHA-256 of the module's list of files and their hashes.
		if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil && len(sum) == sha256.Size {
			c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
		}
		components = append(components, c)
	}
	return components
}

func standardLibrary(goVersion string) cdx.Component {
	version := strings.TrimPrefix(goVersion, "go")
	return cdx.Component{
		BOMRef: packageURL("stdlib", version), Type: cdx.ComponentTypeLibrary, Name: "stdlib", Version: version,
		PackageURL: packageURL("stdlib", version), Scope: cdx.ScopeRequired,
	}
}

// packageURL writes the module as a package URL of type golang. Of what module paths and versions may hold, only + has
// to be escaped.
func packageURL(path, version string) string {
	return "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
}

func sortedKeys(m map[string]cdx.Component) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
