package statuspage

import (
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

// Who found an incident is said as it is: our own checks, our alerts, or people.
func TestWhoFoundAnIncidentIsSaid(t *testing.T) {
	for want, inc := range map[string]uptime.Incident{
		"found by our checks":   {ID: "20261121-040000-search", Automatic: true},
		"found by our alerting": {ID: "alerts-search-0123456789-20261121-040000000", Automatic: true},
		"told by our team":      {ID: "alerts-by-hand"},
	} {
		if got := tags(inc); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, want %q", inc.ID, got, want)
		}
	}
}
