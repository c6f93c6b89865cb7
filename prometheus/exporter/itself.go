package exporter

import (
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// lanes are those of the outbox.
var lanes = [...]uptime.Lane{uptime.LaneOperators, uptime.LaneSubscribers, uptime.LaneBulk}

// writeItself writes how Upheld itself is doing.
func writeItself(t *text, s Sources, now time.Time) {
	if s.Recorder != nil {
		writeRecorder(t, s.Recorder())
	}
	if s.Outbox != nil {
		if box, known := s.Outbox(); known {
			writeOutbox(t, box, now)
		}
	}
	if s.Notices != nil {
		if n, known := s.Notices(); known {
			writeNotices(t, n)
		}
	}
	if s.Page != nil {
		if page, made := s.Page(); made {
			writePage(t, page, now)
		}
	}
	if s.Loops != nil {
		writeLoops(t, s.Loops())
	}
	if s.Config != nil {
		c := s.Config()
		t.gauge("upheld_config_last_reload_successful", "Whether the newest configuration was taken (1) or refused (0).", yes(c.OK))
		t.gauge("upheld_config_last_reload_success_timestamp_seconds", "When the configuration in force was read, in seconds since 1970.", unix(c.Loaded))
	}
	if s.Storage != nil {
		writeStorage(t, s.Storage())
	}
}

func writeRecorder(t *text, r Recorder) {
	t.gauge("upheld_samples_queued", "Samples that wait to be written, a number.", float64(r.Queued))
	t.count("upheld_samples_dropped_total", "Samples let go since the start because too many waited to be written.", r.Dropped)
	t.count("upheld_samples_written_total", "Samples written since the start.", r.Written)
	t.begin(family{name: "upheld_batch_writes_total", help: "Transactions of samples since the start, by how they ended.", kind: counter})
	t.sample(float64(r.Batches), `result="committed"`)
	t.sample(float64(r.Failed), `result="failed"`)
}

func writeOutbox(t *text, box map[uptime.Lane]Lane, now time.Time) {
	t.begin(family{name: "upheld_outbox_pending", help: "Notices that are owed and not yet sent, a number, by lane."})
	for _, lane := range lanes {
		t.sample(float64(box[lane].Pending), label("lane", string(lane)))
	}
	t.begin(family{name: "upheld_outbox_dead", help: "Notices that were given up after every attempt failed, a number, by lane; until a person sends them again or they are past their retention."})
	for _, lane := range lanes {
		t.sample(float64(box[lane].Dead), label("lane", string(lane)))
	}
	t.begin(family{name: "upheld_outbox_oldest_age_seconds", help: "For how long the oldest notice that is pending could have gone, in seconds, by lane; 0 while none is."})
	for _, lane := range lanes {
		age := time.Duration(0)
		if oldest := box[lane].Oldest; !oldest.IsZero() {
			age = max(0, now.Sub(oldest))
		}
		t.sample(age.Seconds(), label("lane", string(lane)))
	}
}

func writeNotices(t *text, n Notices) {
	t.begin(family{name: "upheld_notices_total", kind: counter, help: "Notices to single recipients since the start, by what became of them; queued are those that came to be owed."})
	t.sample(float64(n.Queued), `result="queued"`)
	t.sample(float64(n.Sent), `result="sent"`)
	t.sample(float64(n.Bounced), `result="bounced"`)
	t.sample(float64(n.Dead), `result="dead"`)
	t.sample(float64(n.Held), `result="held"`)
}

func writePage(t *text, p Page, now time.Time) {
	t.gauge("upheld_page_render_duration_seconds", "How long it took to make the page's documents last, in seconds.", p.Took.Seconds())
	t.gauge("upheld_page_age_seconds", "Time since the page's documents were last made, in seconds.", max(0, now.Sub(p.Rendered)).Seconds())
	t.gauge("upheld_page_stale_seconds", "Age from which on the page's documents are too old, in seconds.", p.Stale.Seconds())
}

func writeLoops(t *text, loops []Loop) {
	// In order: scrapes that differ in it compress and compare badly.
	loops = slices.SortedFunc(slices.Values(loops), func(a, b Loop) int { return strings.Compare(a.Name, b.Name) })
	t.begin(family{name: "upheld_loop_age_seconds", help: "Time since a supervised loop last gave a sign of life, in seconds."})
	for _, loop := range loops {
		t.sample(seconds(loop.Age), label("loop", loop.Name))
	}
	t.begin(family{name: "upheld_loop_limit_seconds", help: "Age of its last sign of life from which on a loop counts as stalled, in seconds."})
	for _, loop := range loops {
		t.sample(loop.Limit.Seconds(), label("loop", loop.Name))
	}
}

func writeStorage(t *text, s Storage) {
	if s.Size > 0 {
		t.gauge("upheld_database_size_bytes", "What the database takes on its disk, in bytes.", float64(s.Size))
	}
	if s.Free > 0 {
		t.gauge("upheld_disk_free_bytes", "What is free on the disk of the database, in bytes; absent where that is another machine's.", float64(s.Free))
	}
}
