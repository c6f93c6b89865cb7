package subscribers

import (
	"strings"
	"time"
)

// zoneLongest is longer than any name of a zone.
const zoneLongest = 64

// wrongZone is what is wrong with a zone that is none. It does not quote it:
// where somebody lives stands in no log.
const wrongZone = "this is no time zone; write its name like Australia/Brisbane, or leave it out"

// readZone is the name of a zone as it is kept; empty where none is said.
func readZone(name string) (zone, wrong string) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", ""
	}
	if len(name) > zoneLongest || name == "Local" || strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/_+-", c))
	}) {
		return "", wrongZone
	}
	if _, err := time.LoadLocation(name); err != nil {
		return "", wrongZone
	}
	return name, ""
}
