package monitoring

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
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

// archive holds what jobs have said, and counts what is read of it.
type archive struct {
	*store.DB
	said []uptime.Signal // oldest first
	read int
}

func (a *archive) Signals(_ context.Context, _ uptime.MonitorID, since time.Time) (found []uptime.Signal, err error) {
	for _, s := range a.said {
		if !s.At.Before(since) {
			found = append(found, s)
		}
	}
	a.read += len(found)
	return found, nil
}

// A restart reads of what a job said no more than what decides: a job that
// reports every minute leaves half a million signals a year.
func TestARestartReadsWhatDecidesAlone(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	signal := func(kind uptime.SignalKind, ago time.Duration) uptime.Signal {
		return uptime.Signal{At: now.Add(-ago), Kind: kind}
	}
	var minutely []uptime.Signal
	for ago := 10 * 24 * time.Hour; ago > 0; ago -= time.Minute {
		minutely = append(minutely, signal(uptime.Succeeded, ago))
	}
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		said []uptime.Signal
		want probes.Heard
		most int
	}{
		"every minute": {minutely, probes.Heard{Succeeded: now.Add(-time.Minute)}, 24 * 60},
		"every month, failed since": {
			[]uptime.Signal{signal(uptime.Succeeded, 60*day), signal(uptime.Succeeded, 30*day), signal(uptime.Failed, time.Hour)},
			probes.Heard{Succeeded: now.Add(-30 * day), Failed: now.Add(-time.Hour)}, 3,
		},
		"once, a year ago": {[]uptime.Signal{signal(uptime.Succeeded, 365*day)}, probes.Heard{Succeeded: now.Add(-365 * day)}, 1},
		"too long ago":     {[]uptime.Signal{signal(uptime.Succeeded, 401*day)}, probes.Heard{}, 0},
		"started, no more": {[]uptime.Signal{signal(uptime.Started, day/2)}, probes.Heard{Started: now.Add(-day / 2)}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			kept := &archive{said: test.said}
			test.want.Listening = now
			got, err := newSignals(kept).recall(t.Context(), "job", now)
			if err != nil || got != test.want {
				t.Errorf("heard %+v, error %v; want %+v", got, err, test.want)
			}
			if kept.read > test.most {
				t.Errorf("%d signals were read, want at most %d", kept.read, test.most)
			}
		})
	}
}
