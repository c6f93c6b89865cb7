package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/markdown"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// planPage shows everything that is known of one plan.
func (s *site) planPage(c echo.Context) error {
	return s.visit(c).showPlanPage(http.StatusOK, uptime.PlanID(c.Param("id")), "", nil, nil)
}

// showPlanPage is the page, with what was typed into one of its forms and what
// is wrong with it.
func (v visit) showPlanPage(status int, id uptime.PlanID, formID string, typed url.Values, wrong wrongs) error {
	p, err := v.Plans.Plan(v.ctx(), id)
	if err != nil {
		return err
	}
	proofs, err := v.proofsOf(v.ctx(), p)
	if err != nil {
		return err
	}
	view := console.PlanView{
		Frame: v.frame(p.Title, plansPath), Line: v.planLine(p), Done: v.doneText(), Facts: v.planFacts(p), Body: markdown.HTML(p.Body),
		Parts: v.planParts(p), Revisions: v.revisionTable(p), Updates: v.planUpdates(p), Proofs: v.proofTable(p, proofs), Forms: v.planForms(p),
	}
	view.Links = append(view.Links, console.Link{Text: "Every recipient", Path: planAddress(id) + "/receipts"})
	if !p.Draft() {
		view.Links = append(view.Links,
			console.Link{Text: "The page that the public sees", Path: "/maintenance/" + string(id)},
			console.Link{Text: "Its entry for calendars", Path: calendarPath(id)})
	}
	for n, f := range view.Forms {
		if f.ID == formID {
			view.Forms[n].Fields, view.Forms[n].Folded = fill(f.Fields, typed, wrong), false
			view.Forms[n].Problem = wrong.rest(namesOf(f.Fields)...)
		}
	}
	if len(wrong) > 0 {
		view.Problem = "Nothing was changed: something has to be corrected first."
	}
	switch {
	case p.Draft() && p.Open() && v.may(uptime.Responder):
		view.Acts = []console.Link{{Text: "Check and announce", Path: planAddress(id) + "/revise"}}
	case p.Open() && !p.Draft() && v.may(uptime.Publisher):
		view.Acts = []console.Link{{Text: "Move or extend", Path: planAddress(id) + "/revise"}}
	}
	show(v.c, status, console.Plan(view))
	return nil
}

func (v visit) planFacts(p uptime.Plan) []console.Fact {
	last := p.Now()
	var out []console.Fact
	add := func(name string, cell console.Cell) { out = append(out, console.Fact{Name: name, Cell: cell}) }
	if p.Change() {
		add("In effect", console.Cell{Time: v.moment(last.From)})
	} else {
		add("Begins", console.Cell{Time: v.moment(last.From)})
		add("Ends", console.Cell{Time: v.moment(last.To), Note: "after " + planned.Length(last.To.Sub(last.From))})
	}
	if p.Draft() {
		add("Announced", console.Cell{Text: "no: the public does not see it"})
	} else {
		add("Announced", console.Cell{Time: v.moment(p.PublishedAt), Note: planned.Length(max(0, last.From.Sub(p.PublishedAt))) + " ahead"})
	}
	if !p.StartedAt.IsZero() {
		add("Began", console.Cell{Time: v.moment(p.StartedAt)})
	}
	if !p.FinishedAt.IsZero() {
		cell := console.Cell{Time: v.moment(p.FinishedAt)}
		if !p.StartedAt.IsZero() {
			cell.Note = fmt.Sprintf("used %s of %s announced", planned.Length(p.FinishedAt.Sub(p.StartedAt)), planned.Length(announcedLength(p)))
		}
		add("Over", cell)
	}
	if !p.Change() && !p.Draft() {
		cell := console.Cell{Text: "nothing: all of it counts against availability"}
		if spans := planned.Excluded(p); len(spans) > 0 {
			cell.Text = planned.Length(spans.Total())
			if whole := planWindow(p).Duration(); spans.Total() < whole {
				cell.Note = "of " + planned.Length(whole) + ": the rest was not announced in time, or lies in forbidden hours"
			}
		}
		add("Excluded", cell)
	}
	var held []string
	for _, n := range p.Rules.Notices {
		held = append(held, strings.TrimSpace(string(n.Commitment)+" "+planned.Promised(n)))
	}
	if len(held) > 0 {
		add("Notice promised", console.Cell{Text: strings.Join(held, ", ")})
	}
	if p.Series != "" {
		add("Recurs", console.Cell{Text: "one of a series", Path: seriesPath})
	}
	return out
}

// announcedLength is how long the window was before what was not needed of it
// was given back.
func announcedLength(p uptime.Plan) time.Duration {
	for _, r := range slices.Backward(p.Revisions) {
		if !r.Finished {
			return r.To.Sub(r.From)
		}
	}
	return 0
}

func (v visit) planParts(p uptime.Plan) console.Table {
	t := console.Table{Name: "Components", Heads: []string{"Component", "Measured now"}, Empty: "No component is named."}
	measured := v.Desk.States()
	for _, id := range p.Components {
		t.Rows = append(t.Rows, []console.Cell{{Text: v.nameOf(id)}, {Mark: markOf(measured[id])}})
	}
	return t
}

func (v visit) revisionTable(p uptime.Plan) console.Table {
	t := console.Table{Name: "What was announced", Heads: []string{"Announced", "Window", "What", "By"}}
	for n, r := range slices.Backward(p.Revisions) {
		what := console.Cell{Text: "announced", Note: r.Reason}
		switch {
		case p.Draft():
			what.Text = "draft"
		case r.Cancelled:
			what.Text = "called off"
		case r.Finished:
			what.Text = "finished early"
		case n > 0:
			what.Text = "moved"
		}
		for _, b := range r.Broken {
			what.Mark = console.Mark{Class: "down", Shape: "■", Text: "breaks a promise:"}
			what.Note += " " + brokenText(b) + "."
		}
		if r.Override != "" {
			what.Note += " All the same, because: " + r.Override
		}
		window := console.Cell{Time: v.moment(r.From)}
		if !p.Change() {
			window.Note = "to " + v.moment(r.To).Text
		}
		t.Rows = append(t.Rows, []console.Cell{{Time: v.moment(r.At)}, window, what, {Text: r.By}})
	}
	return t
}

func (v visit) planUpdates(p uptime.Plan) []console.UpdateView {
	var out []console.UpdateView
	for _, u := range slices.Backward(p.Updates) {
		one := console.UpdateView{ID: "u-" + u.ID, Phase: word(u.Phase), At: v.moment(u.At), HTML: markdown.HTML(u.Body), Author: v.author(u.Author)}
		if u.Automatic {
			one.Author = "by the clock"
		}
		if u.Silent {
			one.Notes = append(one.Notes, "Nobody was told.")
		}
		out = append(out, one)
	}
	return out
}

// proofTable says of each notice who had it, and whether that was in time.
func (v visit) proofTable(p uptime.Plan, proofs []uptime.Proof) console.Table {
	t := console.Table{Name: "Notices", Heads: []string{"When", "What", "Ahead", "Subscribers"}, Empty: "Nobody was owed a notice of it yet."}
	last := p.Now()
	for _, proof := range proofs {
		ahead := console.Cell{Text: "–"}
		if d := last.From.Sub(proof.At); d > 0 {
			ahead.Text = planned.Length(d)
			ahead.Mark, ahead.Note = keptMark(p.Rules.Notices, proof, last)
		}
		took := console.Cell{Text: fmt.Sprintf("%d of %d accepted", proof.Accepted, proof.Owed)}
		if proof.Accepted > 0 {
			took.Note = fmt.Sprintf("%d in time", proof.InTime)
		}
		if proof.Bounced > 0 {
			took.Note += fmt.Sprintf(", %d not reached", proof.Bounced)
		}
		if proof.Waiting > 0 {
			took.Note += fmt.Sprintf(", %d waiting", proof.Waiting)
		}
		took.Note = strings.TrimPrefix(took.Note, ", ")
		t.Rows = append(t.Rows, []console.Cell{
			{Time: v.moment(proof.At)}, {Text: word(proof.Reason), Path: ledgerPath + "/" + proof.Notice}, ahead, took,
		})
	}
	return t
}

// keptMark tells whether an announcement kept the notices promised.
func keptMark(rules []uptime.NoticeRule, proof uptime.Proof, last uptime.Revision) (console.Mark, string) {
	if len(rules) == 0 || proof.Reason != uptime.PlanAnnounced && proof.Reason != uptime.PlanRevised {
		return console.Mark{}, ""
	}
	promised := make([]string, len(rules))
	for i, r := range rules {
		promised[i] = planned.Promised(r)
	}
	slices.Sort(promised)
	note := "promised " + strings.Join(slices.Compact(promised), " and ")
	if proof.At.After(planned.Deadline(rules, last.From)) {
		return console.Mark{Class: "down", Shape: "■", Text: "late"}, note
	}
	return console.Mark{Class: "up", Shape: "✓", Text: "in time"}, note
}

// planForms are what the reader can do about a plan, beside moving it.
func (v visit) planForms(p uptime.Plan) (out []console.Form) {
	add := func(id, heading, text, button string, fields ...console.Field) {
		out = append(out, console.Form{
			ID: id, Action: planAddress(p.ID) + "/" + id, Heading: heading, Text: text, Folded: true, Fields: fields,
			Hidden:  []console.Hidden{onceKey(), {Name: "version", Value: strconv.FormatInt(p.Version, 10)}},
			Buttons: []console.Button{{Text: button}},
		})
	}
	if p.Draft() {
		if p.Open() && v.may(uptime.Responder) {
			add("discard", "Discard this draft", "The public never sees it. It stays in the audit log.", "Discard it")
		}
		return out
	}
	if !v.may(uptime.Publisher) {
		return nil
	}
	last := p.Now()
	running := !p.Change() && p.Open() && !v.now.Before(last.From)
	phases := []string{"", "as it is"}
	if running {
		phases = []string{"", "as it is", "in_progress", "In progress", "verifying", "Verifying: done, and being checked"}
	}
	if running {
		text := "What is left of the window is given back: it counts as ordinary time."
		if v.now.After(last.To) {
			text = "It is past its end."
		}
		add("finish", "The work is done", text, "Finish it", console.Field{Name: "body", Label: "What came of it", Kind: console.Area, Help: "Markdown. Empty: that it is done, and since when."})
	}
	add("say", "Say something about it", "Subscribers of maintenance are told.", "Say it",
		console.Field{Name: "phase", Label: "Phase", Kind: console.Select, Choices: choices("", phases...)},
		console.Field{Name: "body", Label: "What is new", Kind: console.Area, Needed: true, Help: "Markdown."},
		console.Field{Name: "silent", Label: "Tell nobody: it is shown, and no message is sent", Kind: console.Tick, Value: "yes"})
	if p.Open() && v.now.Before(uptime.Later(last.To, last.From)) {
		add("cancel", "Call it off", "Everybody who was told is told again, and it goes out of calendars. It excludes nothing then.", "Call it off",
			console.Field{Name: "reason", Label: "Why", Help: "One line; customers are told."})
	}
	return out
}
