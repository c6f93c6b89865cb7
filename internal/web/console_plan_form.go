package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// wanted is what a form about planned work says.
type wanted struct {
	work   incidents.Work
	reason string
	zone   *time.Location
	notes  []string // what the reader should know of what was entered
}

func (w wanted) move() incidents.Move {
	m := incidents.Move{From: w.work.From, To: w.work.To, Reason: w.reason, Override: w.work.Override}
	if w.work.Kind != uptime.MaintenanceWork {
		m.To = time.Time{}
	}
	return m
}

// readPlan reads the form. What it cannot read is among the wrongs, field by
// field.
func (v visit) readPlan(sent url.Values) (wanted, wrongs) {
	wrong := wrongs{}
	w := wanted{reason: strings.TrimSpace(sent.Get("reason")), work: incidents.Work{
		Kind: uptime.PlanKind(sent.Get("kind")), Title: sent.Get("title"), Body: sent.Get("body"),
		Regions: named[uptime.RegionID](sent["region"]), Emergency: sent.Get("emergency") != "", Override: strings.TrimSpace(sent.Get("override")),
	}}
	if w.work.Kind == "" {
		w.work.Kind = uptime.MaintenanceWork
	}
	w.work.Components = typedParts(sent)
	var err error
	if w.zone, err = v.zoneNamed(sent.Get("zone")); err != nil {
		wrong.add("zone", err.Error())
	}
	var note string
	if w.work.From, note, err = localTime(sent.Get("from"), w.zone); err != nil {
		wrong.add("from", err.Error())
	} else if note != "" {
		w.notes = append(w.notes, note)
	}
	if w.work.Kind != uptime.MaintenanceWork {
		return w, wrong
	}
	length, err := typedLength(sent.Get("length"))
	if err != nil {
		wrong.add("length", err.Error())
	}
	w.work.To = w.work.From.Add(length)
	return w, wrong
}

// typedParts are the components of a form: those ticked and those typed.
func typedParts(sent url.Values) []uptime.ComponentID {
	out := []uptime.ComponentID{}
	typed := strings.FieldsFunc(sent.Get("ids"), func(r rune) bool { return r == ',' || r == ';' || r <= ' ' })
	for _, id := range append(slices.Clone(sent["part"]), typed...) {
		if id != "" && !slices.Contains(out, uptime.ComponentID(id)) {
			out = append(out, uptime.ComponentID(id))
		}
	}
	return out
}

// checkedField holds the digest of what was checked, so that nothing else is
// announced than what was looked at.
const checkedField = "checked"

// digestOf is what of a form decides what is announced.
func digestOf(sent url.Values) string {
	told := url.Values{}
	for _, name := range []string{"kind", "title", "body", "from", "length", "zone", "emergency", "override", "reason", "ids"} {
		if text := strings.TrimSpace(strings.ReplaceAll(sent.Get(name), "\r\n", "\n")); text != "" {
			told.Set(name, text)
		}
	}
	for _, name := range []string{"part", "region"} {
		told[name] = slices.Sorted(slices.Values(sent[name]))
	}
	sum := sha256.Sum256([]byte(told.Encode()))
	return hex.EncodeToString(sum[:12])
}

// sentOf is a plan as its form would have been filled in.
func (v visit) sentOf(p uptime.Plan) url.Values {
	last := p.Now()
	sent := url.Values{
		"kind": {string(p.Kind)}, "title": {p.Title}, "body": {p.Body}, "zone": {v.zone.String()},
		"from": {last.From.In(v.zone).Format("2006-01-02T15:04")}, "length": {formLength(last.To.Sub(last.From))},
		"region": words(p.Regions),
	}
	if p.Emergency {
		sent.Set("emergency", "yes")
	}
	known := map[string]bool{}
	for _, c := range v.Desk.Catalogue().Components {
		known[string(c.ID)] = true
	}
	var ids []string
	for _, id := range words(p.Components) {
		if known[id] {
			sent.Add("part", id)
		} else {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		sent.Set("ids", strings.Join(ids, ", "))
	}
	return sent
}

// formLength is a length as typedLength reads it.
func formLength(d time.Duration) string {
	minutes := int(d / time.Minute)
	switch {
	case minutes < 60 || minutes%60 != 0 && minutes < 120:
		return uptime.Count(minutes, "minute")
	case minutes%60 == 0:
		return uptime.Count(minutes/60, "hour")
	}
	return uptime.Count(minutes/60, "hour") + " " + uptime.Count(minutes%60, "minute")
}

// taken is the form with a start that was proposed, in the zone that it was
// filled in in.
func (v visit) taken(sent url.Values, start string) url.Values {
	at, err := time.Parse(time.RFC3339, start)
	zone, wrong := v.zoneNamed(sent.Get("zone"))
	if err != nil || wrong != nil {
		return sent
	}
	// Where the clocks read this twice and the second is meant, UTC says it.
	local := at.In(zone).Format("2006-01-02T15:04")
	if back, _, _ := localTime(local, zone); !back.Equal(at) {
		zone = time.UTC
		local = at.UTC().Format("2006-01-02T15:04")
	}
	sent.Set("zone", zone.String())
	sent.Set("from", local)
	sent.Del("override")
	return sent
}

// planFields fills the view's fields with what was typed. Of what is announced
// only the times can be altered.
func (v visit) planFields(view *console.PlanFormView, sent url.Values, wrong wrongs, announced bool) {
	change := sent.Get("kind") != "" && sent.Get("kind") != string(uptime.MaintenanceWork)
	view.Times = fill(v.timeFields(sent, change), sent, wrong)
	if announced {
		view.Rest = fill([]console.Field{
			{Name: "reason", Label: "Why it changes", Help: "One line; customers are told."},
		}, sent, wrong)
		return
	}
	view.Fields = fill([]console.Field{
		{Name: "title", Label: "What customers see, in one line", Needed: true},
		{Name: "body", Label: "What is done, what it means for customers, and what keeps working", Kind: console.Area, Needed: true,
			Help: "Markdown: **bold**, [text](https://…), - lists. No HTML, no images."},
	}, sent, wrong)
	view.Groups, view.Fault = v.ticks(sent["part"]), wrong["parts"]
	ids := fill([]console.Field{{Name: "ids", Label: "Components by their ids", Help: "With commas between them."}}, sent, wrong)[0]
	view.IDs = &ids
	view.Regions = v.regionField(sent["region"], wrong["regions"])
	if !change {
		view.Rest = fill([]console.Field{{Name: "emergency", Label: "It is an emergency", Kind: console.Tick, Value: "yes",
			Help: "A label for customers. It shortens no notice and excludes nothing from availability."}}, sent, wrong)
	}
}

func (v visit) timeFields(sent url.Values, change bool) []console.Field {
	from := console.Field{Name: "from", Label: "Begins at", Kind: console.When, Needed: true}
	if change {
		from.Label = "In effect from"
	}
	fields := []console.Field{from}
	if !change {
		fields = append(fields, console.Field{Name: "length", Label: "For", Needed: true, Help: "As 90 minutes, 2 h, 1 h 30 min."})
	}
	zone := console.Field{Name: "zone", Label: "By the clocks of", Kind: console.Select}
	chosen := sent.Get("zone")
	offered := false
	for _, z := range v.zones() {
		zone.Choices = append(zone.Choices, console.Choice{Value: z.String(), Text: z.String()})
		offered = offered || z.String() == chosen
	}
	if _, err := v.zoneNamed(chosen); chosen != "" && !offered && err == nil {
		zone.Choices = append(zone.Choices, console.Choice{Value: chosen, Text: chosen})
	}
	return append(fields, zone)
}

// ticks are the components of a form, to be ticked.
func (v visit) ticks(chosen []string) []console.PartGroup {
	groups := v.groups(url.Values{})
	for g := range groups {
		for n, p := range groups[g].Parts {
			groups[g].Parts[n].Choices = nil
			if slices.Contains(chosen, p.ID) {
				groups[g].Parts[n].On, groups[g].Open = true, true
			}
		}
	}
	return groups
}

func (v visit) regionField(chosen []string, fault string) *console.Field {
	f := console.Field{Name: "region", Label: "Regions whose customers it touches", Fault: fault,
		Help: "None: those that the components serve. The forbidden hours of each count."}
	for _, r := range v.Desk.Catalogue().Regions {
		f.Choices = append(f.Choices, console.Choice{Value: string(r.ID), Text: r.Name, Chosen: slices.Contains(chosen, string(r.ID))})
	}
	return &f
}

// planWrongs puts the planner's names of fields into the form's.
func planWrongs(wrong wrongs) wrongs {
	out := wrongs{}
	for name, text := range wrong {
		switch name {
		case "to":
			name = "length"
		case "components":
			name = "parts"
		}
		out[name] = strings.TrimSpace(out[name] + " " + text)
	}
	return out
}
