package app

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/statuspage"
)

// pageAt answers with the pages of the three documents as they are at the clock.
func pageAt(t *testing.T, clock func() time.Time) (body func(path string) string) {
	t.Helper()
	page := statuspage.NewPublisher(planOf(t, promisesFile).Catalogue, statuspage.Options{
		Live: blank{}, Source: blank{}, Log: slog.New(slog.DiscardHandler), Now: clock,
	})
	return func(path string) string {
		t.Helper()
		doc, err := page.Document(t.Context(), path)
		if err != nil || doc.Status != 200 {
			t.Fatalf("%s: %v", path, err)
		}
		return string(doc.Body)
	}
}

// The page turns at five o'clock AEST, says when somebody is there next, and stays
// closed on public holidays of New South Wales, those that were added by decree
// among them.
func TestE12ThePageTurnsAtFiveAESTAndStaysClosedOnHolidays(t *testing.T) {
	var now time.Time
	body := pageAt(t, func() time.Time { return now })
	for _, c := range []struct{ at, says string }{
		{"2026-04-24T16:59:59+10:00", "open now · closes 17:00 AEST"},
		{"2026-04-24T17:00:00+10:00", "closed now · opens Tue 28 Apr, 09:00 AEST"},
		{"2026-04-27T11:00:00+10:00", "closed now · Anzac Day additional"},
		{"2026-04-28T09:00:00+10:00", "open now · closes 17:00 AEST"},
		{"2026-11-24T08:59:59+10:00", "closed now · opens 09:00 AEST (10:00 AEDT in Sydney"}, // UTC+10 in summer too
		{"2026-11-24T16:30:00+10:00", "open now · closes 17:00 AEST (18:00 AEDT in Sydney"},
	} {
		var err error
		if now, err = time.Parse(time.RFC3339, c.at); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/commitments", "/commitments/E12"} {
			if !strings.Contains(words(t, body(path)), c.says) {
				t.Errorf("%s at %s does not say %q", path, c.at, c.says)
			}
		}
	}
}

// A help desk that is there at every hour is open at any instant: at night, on
// Sundays, at Christmas.
func TestP16TheHelpDeskIsOpenAtEveryInstant(t *testing.T) {
	var now time.Time
	body := pageAt(t, func() time.Time { return now })
	for _, at := range []string{"2026-12-25T03:00:00+11:00", "2026-11-22T23:59:59Z", "2027-01-01T00:00:00+13:00"} {
		var err error
		if now, err = time.Parse(time.RFC3339, at); err != nil {
			t.Fatal(err)
		}
		if page := words(t, body("/commitments/P16")); !strings.Contains(page, "open now, as at every hour") || !strings.Contains(page, "Help desk") {
			t.Errorf("at %s: %s", at, page)
		}
		var read struct {
			Commitment struct {
				Hours struct {
					Open   bool
					Closes string `json:"closes_at"`
				}
			}
		}
		if err := json.Unmarshal([]byte(body("/commitments/P16.json")), &read); err != nil || !read.Commitment.Hours.Open || read.Commitment.Hours.Closes != "" {
			t.Errorf("at %s: %+v, %v", at, read, err)
		}
	}
}
