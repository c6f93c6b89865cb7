//go:build slow

package rules

import (
	"testing"

	"github.com/upheld/upheld/internal/availability"
)

// TestDetectionAtTheIntervalsThatUsersHave is the proof of the detection times
// with the intervals of a real file: three days of minutes take a while.
func TestDetectionAtTheIntervalsThatUsersHave(t *testing.T) {
	t.Parallel()
	t.Run("page", func(t *testing.T) { detection(t, DefaultInterval, availability.Page, "99", "99.9", "99.95") })
	t.Run("ticket", func(t *testing.T) { detection(t, LongestInterval, availability.Ticket, "99", "99.9") })
}
