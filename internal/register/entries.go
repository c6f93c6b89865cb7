package register

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// remedy is how long there is to remedy what a broken promise has shown.
const remedy = 14 // days

// ownerUnknown answers for promises whose policy names nobody.
const ownerUnknown = "owner not named"

// Of what was found at once, as when a record is imported or a promise is new,
// and of what is long past, one message tells.
const (
	mostAtOnce = 5
	news       = 7 * 24 * time.Hour
)

// opened is an entry and what it is about.
type opened struct {
	entry    uptime.NonCompliance
	standing uptime.Standing
	at       time.Time
}

// open writes an entry for each case of a firm promise that has none. One that
// was closed stays closed.
func (d *decision) open(standings []uptime.Standing, entries []uptime.NonCompliance) {
	known := make(map[string]bool, len(entries))
	for _, e := range entries {
		known[e.ID] = true
	}
	var fresh []opened
	for _, s := range standings {
		if s.Commitment.Strength != uptime.Firm {
			continue
		}
		for _, c := range s.Cases {
			id := entryID(s.Commitment.ID, c.Key)
			if known[id] {
				continue
			}
			known[id] = true
			entry := uptime.NonCompliance{
				ID: id, Commitment: s.Commitment.ID, Case: c.Key, Summary: c.Summary, Owner: s.Commitment.Owner,
				OpenedAt: d.now, DueAt: d.now.AddDate(0, 0, remedy), Version: 1,
			}
			if entry.Owner == "" {
				entry.Owner = ownerUnknown
			}
			fresh = append(fresh, opened{entry, s, c.At})
			d.changes.NonCompliances = append(d.changes.NonCompliances, uptime.NonComplianceChange{Entry: entry})
		}
	}
	d.tellOpened(fresh)
}

// tellOpened tells of entries: of missed copies once a day and set, of the
// others one by one, or, where they are many or old, all at once.
func (d *decision) tellOpened(fresh []opened) {
	var single, together []opened
	copies := map[string][]opened{}
	for _, o := range fresh {
		day, _, dated := strings.Cut(o.entry.Case, "/")
		switch t := o.standing.Commitment.Heartbeat; {
		case d.now.Sub(o.at) > news:
			together = append(together, o)
		case t != nil && t.Ask == uptime.Daily && dated:
			key := fmt.Sprintf("backup-%s-%s", slug(t.Set), day)
			copies[key] = append(copies[key], o)
		default:
			single = append(single, o)
		}
	}
	if len(single) > mostAtOnce {
		together, single = append(together, single...), nil
	}
	for _, o := range single {
		d.tell(notice.Event{
			ID: "broken-" + o.entry.ID, Reason: uptime.PromiseBroken,
			Summary: fmt.Sprintf("The promise %s was broken: %s", o.entry.Commitment, o.entry.Summary),
			Facts:   factsOf(o),
		})
	}
	for _, id := range sorted(copies) {
		d.tellCopies(id, copies[id])
	}
	d.tellTogether(together)
}

// tellCopies tells of the sites without a copy on one day.
func (d *decision) tellCopies(id string, missed []opened) {
	day, _, _ := strings.Cut(missed[0].entry.Case, "/")
	var sites []string
	for _, o := range missed {
		if _, site, _ := strings.Cut(o.entry.Case, "/"); !slices.Contains(sites, site) {
			sites = append(sites, site)
		}
	}
	facts := factsOf(missed[0])
	facts[FactSet], facts[FactCase], facts[FactDue] = missed[0].standing.Commitment.Heartbeat.Set, day, day
	d.tell(notice.Event{
		ID: id, Reason: uptime.BackupMissed, Facts: facts,
		Summary: fmt.Sprintf("No copy of %s was made on %s at %s", facts[FactSet], day, strings.Join(sites, ", ")),
	})
}

// tellTogether tells of many entries in one message. Its id follows from them.
func (d *decision) tellTogether(many []opened) {
	if len(many) == 0 {
		return
	}
	var ids, promises []string
	for _, o := range many {
		ids = append(ids, o.entry.ID)
		if id := string(o.entry.Commitment); !slices.Contains(promises, id) {
			promises = append(promises, id)
		}
	}
	text := fmt.Sprintf("The record shows %d cases in which promises were broken: %s", len(many), strings.Join(promises, ", "))
	if len(many) == 1 {
		text = fmt.Sprintf("The record shows that the promise %s was broken: %s", promises[0], many[0].entry.Summary)
	}
	d.tell(notice.Event{
		ID: "broken-" + digest(ids...), Reason: uptime.PromiseBroken, Summary: text,
		Facts: map[string]string{FactPromise: strings.Join(promises, ", ")},
	})
}

func factsOf(o opened) map[string]string {
	return map[string]string{
		FactPromise: string(o.entry.Commitment), FactSays: o.standing.Commitment.Says, FactCase: o.entry.Case,
		FactEntry: o.entry.ID, FactOwner: o.entry.Owner, FactDue: o.entry.DueAt.Format(time.DateOnly),
	}
}

// entryID is the id of the entry of a case: the promise, and the case in letters
// that an address can have; with a digest where that has changed it.
func entryID(c uptime.CommitmentID, key string) string {
	id := string(c) + "." + slug(key)
	if slug(key) != key {
		id += "." + digest(string(c), key)
	}
	return id
}

// slug is a text in letters, digits and hyphens.
func slug(text string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, text)
}

// digest is a short name for texts: 48 bits, in hex.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:6])
}
