package planned

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// EarliestEffect is the first time at or after from, on a whole quarter of an
// hour, at which a change can take effect that was announced at announced, so
// that every notice is kept.
func EarliestEffect(rules []uptime.NoticeRule, from, announced time.Time) time.Time {
	return lawfulFrom(rules, from, announced)
}
