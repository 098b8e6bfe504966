package assistantextension

import (
	"os"
	"strings"
	"time"
)

// machineZone is the IANA name of the machine's time zone, which readers are shown; UTC where the machine does not say.
// Go knows the zone only as "Local".
func machineZone() string {
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		if target, err := os.Readlink("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(target, "zoneinfo/")
		}
	}
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "UTC"
	}
	return name
}
