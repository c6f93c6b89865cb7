package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// What can be said of a component in a form, beside the names of states.
const (
	partAffected = "affected" // and it is as it is measured
	partWorks    = "works"    // said to work all the same
)

// fewParts is the number of components up to which all of them are seen at once.
const fewParts = 24

// typedTime reads a time of a form, in the page's zone unless it names its own.
func (v visit) typedTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, v.zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("the time %q is not written as 2026-03-07T14:05", text)
}

// written is what a form about an incident says.
type written struct {
	word    incidents.Word
	title   string
	tier    uptime.Tier
	publish bool
}

func (w written) opening() incidents.Opening {
	states := w.word.States
	return incidents.Opening{
		Title: w.title, Tier: w.tier, Impact: w.word.Impact, Phase: w.word.Phase, Body: w.word.Body,
		Components: w.word.Components, Unaffected: w.word.Unaffected, States: states,
		StartedAt: w.word.At, NextBy: w.word.NextBy, Publish: w.publish, Silent: w.word.Silent,
	}
}

// read reads the form. What it cannot read is among the wrongs, field by field.
func (v visit) read(sent url.Values) (written, wrongs) {
	wrong := wrongs{}
	tier, _ := strconv.ParseUint(sent.Get("tier"), 10, 8)
	w := written{
		title: sent.Get("title"), tier: uptime.Tier(tier),
		word: incidents.Word{
			Phase: uptime.IncidentPhase(sent.Get("phase")), Impact: uptime.Impact(sent.Get("impact")), Body: sent.Get("body"),
			Components: []uptime.ComponentID{}, Unaffected: []uptime.ComponentID{}, States: map[uptime.ComponentID]uptime.State{},
			Silent: sent.Get("silent") != "",
		},
	}
	var err error
	if w.word.At, err = v.typedTime(sent.Get("at")); err != nil {
		wrong.add("at", "is not a time: write it as 2026-03-07T14:05, in the zone "+v.zoneName())
	}
	if w.word.NextBy, err = v.promise(sent); err != nil {
		wrong.add("next_at", "is not a time: write it as 2026-03-07T14:05, in the zone "+v.zoneName())
	}
	for _, one := range sent["part"] {
		if err := w.says(one); err != nil {
			wrong.add("parts", err.Error())
		}
	}
	for _, one := range strings.FieldsFunc(sent.Get("ids"), func(r rune) bool { return r == ',' || r == ';' || r <= ' ' }) {
		if !strings.Contains(one, "=") {
			one += "=" + partAffected
		}
		if err := w.says(one); err != nil {
			wrong.add("ids", err.Error())
		}
	}
	if w.word.Phase.Ends() {
		w.word.States = nil // what is over is in no state
	}
	return w, wrong
}

// says notes what is said of one component, as id=state.
func (w *written) says(text string) error {
	if text == "" {
		return nil
	}
	id, what, _ := strings.Cut(text, "=")
	component := uptime.ComponentID(id)
	switch what {
	case partWorks:
		w.word.Unaffected = append(w.word.Unaffected, component)
		return nil
	case partAffected:
		w.word.Components = append(w.word.Components, component)
		return nil
	}
	state, err := uptime.ParseState(what)
	if err != nil || state != uptime.Down && state != uptime.Partial && state != uptime.Degraded {
		return fmt.Errorf("has %q, which says nothing: write down, partial, degraded, affected or works after the =", what)
	}
	w.word.Components = append(w.word.Components, component)
	w.word.States[component] = state
	return nil
}

// promise is when the next update is promised by: so long from now, or a time.
// A length is chosen already when the form comes, so it promises nothing of what is over.
func (v visit) promise(sent url.Values) (time.Time, error) {
	switch next := sent.Get("next"); next {
	case "15m", "30m", "1h", "2h":
		if uptime.IncidentPhase(sent.Get("phase")).Ends() {
			return time.Time{}, nil
		}
		in, err := time.ParseDuration(next)
		return v.now.Add(in), err
	case "none":
		return time.Time{}, nil
	}
	return v.typedTime(sent.Get("next_at"))
}

// settled is the form with its times as they were meant when it was previewed,
// so that what is sent promises what was shown.
func settled(sent url.Values, w written) url.Values {
	out := url.Values{}
	for name, values := range sent {
		switch name {
		case "do", "template":
		case "part":
			out[name] = slices.DeleteFunc(slices.Clone(values), func(one string) bool { return one == "" })
		default:
			out[name] = values
		}
	}
	out.Set("next", "none")
	if !w.word.NextBy.IsZero() {
		out.Set("next", "at")
		out.Set("next_at", w.word.NextBy.Format(time.RFC3339))
	}
	return out
}

// unseen are all fields of a form as they go from page to page unseen.
func unseen(sent url.Values) []console.Hidden {
	var out []console.Hidden
	for name, values := range sent {
		for _, value := range values {
			if name != "do" && value != "" {
				out = append(out, console.Hidden{Name: name, Value: value})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b console.Hidden) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// groups are the components of a form, with what was chosen for each.
func (v visit) groups(sent url.Values) []console.PartGroup {
	chosen := map[string]string{}
	for _, one := range sent["part"] {
		id, what, _ := strings.Cut(one, "=")
		chosen[id] = what
	}
	measured, all := v.Desk.States(), v.Desk.Catalogue().Components
	var out []console.PartGroup
	at := map[string]int{}
	for _, c := range all {
		n, known := at[c.Group]
		if !known {
			n = len(out)
			at[c.Group] = n
			name := c.Group
			if name == "" {
				name = "Standing alone"
			}
			out = append(out, console.PartGroup{Name: name, Open: len(all) <= fewParts})
		}
		id := string(c.ID)
		out[n].Parts = append(out[n].Parts, console.Part{
			ID: id, Name: c.Name, Measured: markOf(measured[c.ID]), Choices: partChoices(id, chosen[id]),
		})
		out[n].Open = out[n].Open || chosen[id] != ""
	}
	for i, g := range out {
		out[i].Name = fmt.Sprintf("%s (%d)", g.Name, len(g.Parts))
	}
	return out
}

func partChoices(id, chosen string) []console.Choice {
	out := []console.Choice{{Text: "not named"}}
	for _, one := range [][2]string{
		{"down", "down"}, {"partial", "partly down"}, {"degraded", "degraded"},
		{partAffected, "affected, as measured"}, {partWorks, "works all the same"},
	} {
		out = append(out, console.Choice{Value: id + "=" + one[0], Text: one[1], Chosen: one[0] == chosen})
	}
	return out
}
