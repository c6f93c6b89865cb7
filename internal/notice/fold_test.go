package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// owe makes deliveries from words such as "a:went_down", in the order in which
// they are owed. A word after a further colon is the minute of a lost lease.
func owe(words ...string) []uptime.Delivery {
	var out []uptime.Delivery
	for n, word := range words {
		parts := strings.Split(word, ":")
		d := uptime.Delivery{
			ID: fmt.Sprintf("d%d", n+1), Seq: int64(n + 1),
			Recipient: uptime.Recipient{Kind: uptime.ToMail, ID: "s1", Address: "reader@example.org"},
			Notice:    uptime.Notice{ID: fmt.Sprintf("n%d", n+1), Incident: uptime.IncidentID(parts[0]), Reason: uptime.NoticeReason(parts[1])},
		}
		if len(parts) > 2 {
			minutes, err := time.ParseDuration(parts[2] + "m")
			if err != nil {
				panic(err)
			}
			d.Unsure = noon.Add(minutes)
		}
		out = append(out, d)
	}
	return out
}

// written is "d3=was_down[d1 d2 d3]".
func written(messages []Message) []string {
	var out []string
	for _, m := range messages {
		var of []string
		for _, d := range m.Deliveries {
			of = append(of, d.ID)
		}
		out = append(out, fmt.Sprintf("%s=%s%v", m.ID, m.Reason, of))
	}
	return out
}

func TestFold(t *testing.T) {
	for name, test := range map[string]struct {
		owed, want []string
		gathered   []string // nil: as folded
	}{
		"nothing":                 {nil, nil, nil},
		"one":                     {[]string{"a:went_down"}, []string{"d1=went_down[d1]"}, nil},
		"over before it was told": {[]string{"a:went_down", "a:update", "a:recovered"}, []string{"d3=was_down[d1 d2 d3]"}, nil},
		"told before":             {[]string{"a:update", "a:recovered"}, []string{"d1=update[d1]", "d2=recovered[d2]"}, nil},
		"down again meanwhile":    {[]string{"a:went_down", "a:went_down", "a:recovered"}, []string{"d3=was_down[d1 d2 d3]"}, nil},
		"twice": {
			[]string{"a:went_down", "a:recovered", "a:went_down", "a:reminder", "a:recovered", "a:postmortem"},
			[]string{"d2=was_down[d1 d2]", "d5=was_down[d3 d4 d5]", "d6=postmortem[d6]"}, nil,
		},
		"and again, still down": {
			[]string{"a:recovered", "a:went_down", "a:update"}, []string{"d1=recovered[d1]", "d2=went_down[d2]", "d3=update[d3]"}, nil,
		},
		"three incidents": {
			[]string{"a:went_down", "b:went_down", "a:recovered", "c:update"},
			[]string{"d3=was_down[d1 d3]", "d2=went_down[d2]", "d4=update[d4]"},
			[]string{"d4=digest[d1 d2 d3 d4]"},
		},
		"four incidents": {
			[]string{"a:went_down", ":went_blind", "b:went_down", "a:recovered", "c:update", "d:update"},
			[]string{"d6=digest[d1 d3 d4 d5 d6]", "d2=went_blind[d2]"}, nil,
		},
		"about none, however many": {
			[]string{":test", ":test", ":channel_dead", ":went_blind", ":sees_again"},
			[]string{"d1=test[d1]", "d2=test[d2]", "d3=channel_dead[d3]", "d4=went_blind[d4]", "d5=sees_again[d5]"}, nil,
		},
		"the outage may have been told": {
			[]string{"a:went_down:1", "a:recovered"}, []string{"d1=went_down[d1]", "d2=recovered[d2]"}, nil,
		},
		"both may have been told in one": {
			[]string{"a:went_down:1", "a:recovered:1", "a:went_down"}, []string{"d2=was_down[d1 d2]", "d3=went_down[d3]"}, nil,
		},
		"both may have been told, one after the other": {
			[]string{"a:went_down:1", "a:recovered:2"}, []string{"d1=went_down[d1]", "d2=recovered[d2]"}, nil,
		},
		"a digest that may have been told, and a fifth": {
			[]string{"a:went_down:1", "b:went_down:1", "c:went_down:1", "d:went_down:1", "e:went_down"},
			[]string{"d4=digest[d1 d2 d3 d4]", "d5=went_down[d5]"}, nil,
		},
		"three that may have been told, and a fourth": {
			[]string{"a:went_down:1", "b:went_down:1", "c:went_down:1", "d:went_down"},
			[]string{"d1=went_down[d1]", "d2=went_down[d2]", "d3=went_down[d3]", "d4=went_down[d4]"},
			[]string{"d3=digest[d1 d2 d3]", "d4=went_down[d4]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			owed := owe(test.owed...)
			if diff := gocmp.Diff(test.want, written(Fold(owed))); diff != "" {
				t.Errorf("folded (-want +got):\n%s", diff)
			}
			slices.Reverse(owed)
			if diff := gocmp.Diff(test.want, written(Fold(owed))); diff != "" {
				t.Errorf("folded backwards (-want +got):\n%s", diff)
			}
			if test.gathered == nil {
				test.gathered = test.want
			}
			if diff := gocmp.Diff(test.gathered, written(Gather(owed))); diff != "" {
				t.Errorf("gathered (-want +got):\n%s", diff)
			}
		})
	}
}

func anyOwed(t *rapid.T) []uptime.Delivery {
	word := rapid.Custom(func(t *rapid.T) string {
		incident := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", ""}).Draw(t, "incident")
		reason := rapid.SampledFrom([]string{"went_down", "recovered", "update", "reminder", "postmortem"}).Draw(t, "reason")
		return incident + ":" + reason + rapid.SampledFrom([]string{"", "", ":1", ":2"}).Draw(t, "lease")
	})
	return owe(rapid.SliceOfN(word, 0, 25).Draw(t, "owed")...)
}

func TestFoldingLosesNothingAndKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owed := anyOwed(t)
		for name, folding := range map[string]func([]uptime.Delivery) []Message{"fold": Fold, "gather": Gather} {
			messages := folding(owed)
			var flat []uptime.Delivery
			for _, m := range messages {
				flat = append(flat, m.Deliveries...)
				if len(m.Notices) != len(m.Deliveries) || m.ID != m.Deliveries[len(m.Deliveries)-1].ID || m.To.ID != "s1" {
					t.Fatalf("%s: %+v", name, m)
				}
				if !slices.IsSortedFunc(m.Deliveries, func(a, b uptime.Delivery) int { return cmp.Compare(a.Seq, b.Seq) }) {
					t.Fatalf("%s: not the oldest first: %v", name, written(messages))
				}
				if one := len(m.Deliveries) == 1; one && m.Reason != m.Notices[0].Reason && m.Reason != uptime.Digest || !one && m.Reason != uptime.WasDown && m.Reason != uptime.Digest {
					t.Fatalf("%s: %v", name, written(messages))
				}
			}
			last, counted := map[uptime.IncidentID]int64{}, map[string]bool{}
			for _, d := range flat {
				if incident := d.Notice.Incident; incident != "" {
					if d.Seq < last[incident] {
						t.Fatalf("%s: incident %s out of order: %v", name, incident, written(messages))
					}
					last[incident] = d.Seq
				}
				counted[d.ID] = true
			}
			if len(flat) != len(owed) || len(counted) != len(owed) {
				t.Fatalf("%s: %d owed, %d told: %v", name, len(owed), len(flat), written(messages))
			}
			if diff := gocmp.Diff(written(messages), written(folding(flat))); diff != "" {
				t.Fatalf("%s: folded again:\n%s", name, diff)
			}
		}
	})
}

// A recipient's life: notices become due, are claimed, folded and sent; some
// attempts fail, and some end without a word after the message was sent. What
// the other side gets under one id is always the same.
func TestOneIDIsOneMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		folding := rapid.SampledFrom([]func([]uptime.Delivery) []Message{Fold, Gather}).Draw(t, "folding")
		var waiting []uptime.Delivery
		got, told := map[string]string{}, map[string]string{}
		seq, now := 0, noon
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			now = now.Add(time.Minute)
			for range rapid.IntRange(0, 6).Draw(t, "new") {
				seq++
				d := owe(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "incident") + ":" +
					rapid.SampledFrom([]string{"went_down", "update", "recovered"}).Draw(t, "reason"))[0]
				d.ID, d.Notice.ID, d.Seq = fmt.Sprintf("d%d", seq), fmt.Sprintf("n%d", seq), int64(seq)
				waiting = append(waiting, d)
			}
			stuck := map[uptime.IncidentID]bool{}
			crashed := false
			var left []uptime.Delivery
			for _, m := range folding(waiting) {
				outcome := rapid.SampledFrom([]string{"settled", "settled", "failed", "lost"}).Draw(t, "outcome")
				blocked := slices.ContainsFunc(m.Notices, func(n uptime.Notice) bool { return stuck[n.Incident] })
				switch {
				case crashed: // claimed, and never begun
					left = append(left, lose(m.Deliveries, now)...)
					continue
				case blocked || outcome == "failed":
					for _, n := range m.Notices {
						stuck[n.Incident] = true
					}
					left = append(left, m.Deliveries...)
					continue
				case outcome == "lost":
					crashed = true
					left = append(left, lose(m.Deliveries, now)...)
				}
				content := strings.Join(written([]Message{m}), "")
				if before, known := got[m.ID]; known && before != content {
					t.Fatalf("%s was %s, now it is %s", m.ID, before, content)
				}
				got[m.ID] = content
				for _, d := range m.Deliveries {
					if before, known := told[d.ID]; known && before != m.ID {
						t.Fatalf("%s was told in %s, and again in %s", d.ID, before, m.ID)
					}
					told[d.ID] = m.ID
				}
			}
			waiting = left
		}
	})
}

// lose is what the outbox does to deliveries whose lease ran out at now.
func lose(deliveries []uptime.Delivery, now time.Time) []uptime.Delivery {
	out := slices.Clone(deliveries)
	for i := range out {
		if out[i].Lost++; out[i].Unsure.IsZero() {
			out[i].Unsure = now
		}
	}
	return out
}
