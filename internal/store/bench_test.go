package store_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store/storetest"
	"github.com/upheld/upheld/internal/uptime"
)

// BenchmarkRecord tells what one sample costs in CPU, roll-ups and commit
// included, as µs/row; the wall time is mostly the disk's.
func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct {
		name    string
		address func(testing.TB) string
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}} {
		for _, monitors := range []int{1000, 10_000} {
			for _, batch := range []int{100, 1000} {
				b.Run(fmt.Sprintf("%s/monitors=%d/batch=%d", c.name, monitors, batch), func(b *testing.B) {
					benchmarkRecord(b, c.address(b), monitors, batch)
				})
			}
		}
	}
}

func benchmarkRecord(b *testing.B, address string, monitors, batch int) {
	db := storetest.Open(b, address)
	first := time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC)
	looks := make([]uptime.Observation, batch)
	n := 0
	next := func() {
		for i := range looks {
			slot := first.Add(time.Duration(n/monitors)*10*time.Second + time.Duration(n%monitors)*10*time.Second/time.Duration(monitors))
			looks[i] = uptime.Observation{
				Monitor: uptime.MonitorID(fmt.Sprintf("monitor-%d", n%monitors)), Vantage: uptime.Local, Slot: slot,
				At: slot.Add(2 * time.Millisecond), Took: time.Duration(20+n%60) * 1001 * time.Microsecond,
				Outcome: uptime.Pass, Code: uptime.OK,
			}
			n++
		}
	}
	for n < 2*monitors { // every series and page is there
		next()
		if err := db.Record(b.Context(), looks); err != nil {
			b.Fatal(err)
		}
	}
	var used time.Duration
	b.ResetTimer()
	for b.Loop() {
		next()
		before := cpu(b)
		if err := db.Record(b.Context(), looks); err != nil {
			b.Fatal(err)
		}
		used += cpu(b) - before
	}
	b.ReportMetric(float64(used.Nanoseconds())/1e3/float64(b.N*batch), "cpu-µs/row")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N*batch), "wall-µs/row")
}

// BenchmarkTails tells how long a start waits for what 10,000 monitors saw.
func BenchmarkTails(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	for i := range 30 {
		looks := make([]uptime.Observation, 10_000)
		for m := range looks {
			looks[m] = uptime.Observation{
				Monitor: uptime.MonitorID(fmt.Sprintf("monitor-%d", m)), Vantage: uptime.Local,
				Slot: time.UnixMilli(1_800_000_000_000 + int64(i)*10_000), Outcome: uptime.Pass, Code: uptime.OK,
			}
		}
		if err := db.Record(b.Context(), looks); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if tails, err := db.Tails(b.Context(), 6); err != nil || len(tails) != 10_000 {
			b.Fatal(len(tails), err)
		}
	}
}

// cpu is the processor time of this process so far.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
