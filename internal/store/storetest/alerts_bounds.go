package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// No more than 10,000 alerts fire, and of those that are over the newest 10,000
// are kept. What fires already is told of as before.
func testAlertBounds(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	const most, message = 10_000, 1000
	tell := func(from, count int, a uptime.ReceivedAlert) error {
		t.Helper()
		told := make([]uptime.ReceivedAlert, count)
		for n := range told {
			told[n] = a
			told[n].Fingerprint = fmt.Sprint("f", from+n)
		}
		return db.SaveAlerts(t.Context(), told)
	}
	for n := 0; n < most; n += message {
		must(t, tell(n, message, fires(0, 1)))
	}
	if err := tell(most, 1, fires(0, 2)); !errors.Is(err, uptime.ErrTooManyAlerts) {
		t.Errorf("one more: %v", err)
	}
	if n := len(received(t, db, time.Time{})); n != most {
		t.Errorf("%d alerts are kept, want %d", n, most)
	}
	must(t, tell(0, message, fires(0, 3)))
	for n := 0; n < most; n += message {
		must(t, tell(n, message, over(0, 5+n/message, 6+n/message)))
	}
	must(t, tell(most, message, over(0, 90, 100)))
	all := received(t, db, time.Time{})
	oldest := all[0].ReceivedAt
	for _, a := range all {
		if a.ReceivedAt.Before(oldest) {
			oldest = a.ReceivedAt
		}
	}
	if len(all) != most || !oldest.Equal(over(0, 6, 7).ReceivedAt) {
		t.Errorf("%d that are over are kept, the oldest told of %v", len(all), oldest)
	}
	must(t, tell(2*most, message, fires(101, 102)))
}
