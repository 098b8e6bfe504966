// Command sbom writes the bill of materials of Go binaries as CycloneDX JSON, from the build information inside them.
//
//	sbom -version 0.1.0 -o braid.cdx.json build/otelcol-braid build/braidctl
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	version := flag.String("version", "", "version of the product")
	out := flag.String("o", "", "file to write")
	flag.Parse()
	if err := run(*version, *out, os.Getenv("SOURCE_DATE_EPOCH"), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// run writes the bill of the binaries to out. The epoch is the time it was made, in seconds since 1970.
func run(version, out, epoch string, binaries []string) error {
	if version == "" || out == "" || len(binaries) == 0 {
		return errors.New("want -version, -o and at least one binary")
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH has to be seconds since 1970: %w", err)
	}
	b, err := bill(version, time.Unix(seconds, 0), binaries)
	if err != nil {
		return err
	}
	f, err := os.Create(out) //nolint:gosec // it is where the caller wants it
	if err != nil {
		return fmt.Errorf("creating the bill: %w", err)
	}
	if err := cdx.NewBOMEncoder(f, cdx.BOMFileFormatJSON).SetPretty(true).Encode(b); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", out, err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", out, err)
	}
	return nil
}
