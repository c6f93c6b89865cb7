package config

import (
	_ "embed" // for the document to begin with
	"fmt"
	"strconv"
	"strings"
)

//go:embed policy_new.yaml
var policyToBegin string

// NewPolicy is a document of promises to begin with, one promise of each kind,
// with comments. It lacks who approved it, and so is refused until somebody did.
// Today is the day from which it would hold.
func NewPolicy(name string, today Date) ([]byte, error) {
	if !isID(name) {
		return nil, fmt.Errorf("%q cannot be the name of a document; use small letters, digits and hyphens, at most %d", name, maxID)
	}
	year, err := strconv.Atoi(strings.SplitN(string(today), "-", 2)[0])
	if err != nil {
		return nil, fmt.Errorf("%q is not a date", today)
	}
	return []byte(strings.NewReplacer("NAME", name, "TODAY", string(today), "NEXTYEAR", strconv.Itoa(year+1)).Replace(policyToBegin)), nil
}
