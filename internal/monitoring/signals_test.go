package monitoring

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// What a job said while its monitor was not configured was answered with 404,
// so nothing that was due until it is configured again may be missed.
func TestAMonitorThatComesBackListensAnew(t *testing.T) {
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "upheld.db"), quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := newSignals(db)
	job := []Watch{{Monitor: monitorOf("job", time.Minute, 10*time.Second), Token: "a-token-of-its-own"}}
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	if err := s.configure(t.Context(), job, at(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.take(t.Context(), job[0].Token, uptime.Signal{At: at(1), Kind: uptime.Succeeded}); err != nil {
		t.Fatal(err)
	}
	for i, watches := range [][]Watch{job, nil, job} {
		if err := s.configure(t.Context(), watches, at(2+i)); err != nil {
			t.Fatal(err)
		}
		if listening := s.Heard("job").Listening; i == 0 && !listening.Equal(at(0)) {
			t.Errorf("a reload that changes nothing made it listen since %v", listening)
		}
	}
	heard := s.Heard("job")
	if !heard.Listening.Equal(at(4)) || !heard.Succeeded.Equal(at(1)) {
		t.Errorf("heard %+v, want a success at %v, and listening since %v", heard, at(1), at(4))
	}
}
