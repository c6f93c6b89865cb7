package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

const (
	commitmentsPath   = "/console/commitments"
	noncompliancePath = "/console/noncompliance"
)

func commitmentAddress(id uptime.CommitmentID) string {
	if id == "" {
		return ""
	}
	return commitmentsPath + "/" + url.PathEscape(string(id))
}

// promiseRoutes are the console's pages of what was promised.
func promiseRoutes() []route {
	read, write := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	return []route{
		{commitmentsPath, read, viewer, (*site).commitmentsPage},
		{commitmentsPath + "/:id", read, viewer, (*site).commitmentPage},
		{commitmentsPath + "/:id/evidence", write, publisher, (*site).addEvidence},
		{"/console/evidence/:id/withdraw", write, publisher, (*site).withdrawEvidence},
		{noncompliancePath, read, viewer, (*site).noncompliancePage},
		{noncompliancePath + "/:id/close", write, admin, (*site).closeEntry},
	}
}

// verdicts are in the order in which somebody who answers for promises wants
// to see them.
func verdicts() []uptime.Verdict {
	return []uptime.Verdict{
		uptime.Breached, uptime.Overdue, uptime.AtRisk, uptime.InsufficientData, uptime.OnTrack, uptime.Met, uptime.NotMeasured,
	}
}

// verdictMark is a verdict as the console shows it.
func verdictMark(verdict uptime.Verdict) console.Mark {
	class, shape := "unk", "○"
	switch verdict { // the public page's own
	case uptime.Met:
		class, shape = "up", "✓"
	case uptime.OnTrack:
		class, shape = "up", "●"
	case uptime.AtRisk:
		class, shape = "deg", "◐"
	case uptime.Breached:
		class, shape = "down", "■"
	case uptime.Overdue:
		class, shape = "part", "▲"
	case uptime.NotMeasured:
		shape = "–"
	case uptime.InsufficientData:
		return console.Mark{Class: class, Shape: shape, Text: "too little data"}
	}
	return console.Mark{Class: class, Shape: shape, Text: word(verdict)}
}

// commitmentsPage lists every promise with how it stands.
func (s *site) commitmentsPage(c echo.Context) error {
	v := s.visit(c)
	all, err := s.standings()
	if err != nil {
		return err
	}
	which, counts := uptime.Verdict(c.QueryParam("show")), map[uptime.Verdict]int{}
	table := console.Table{Name: "Promises", Heads: []string{"Promise", "Verdict", "Figure", "Who answers"}, Empty: "None stands so."}
	if len(all) == 0 {
		table.Empty = "No policy is in force: name one in the configuration, as policy: customer-success."
	}
	for _, one := range all {
		counts[one.Verdict]++
		if which != "" && which != one.Verdict {
			continue
		}
		p := one.Commitment
		figure := console.Cell{Text: one.Value, Note: reasonOf(one)}
		table.Rows = append(table.Rows, []console.Cell{
			{Text: string(p.ID), Path: commitmentAddress(p.ID), Note: p.Says},
			{Mark: verdictMark(one.Verdict), Note: strengthWord(p.Strength)}, figure, {Text: orNotKnown(p.Owner), Note: string(p.Policy)},
		})
	}
	view := console.DeskView{
		Frame: v.frame("Commitments", commitmentsPath), Done: v.doneText(),
		Lede: fmt.Sprintf("%s in force, each with its verdict now, or the reason why it is not measured.", uptime.Count(len(all), "promise")),
		Tabs: []console.Link{{Text: fmt.Sprintf("All %d", len(all)), Path: commitmentsPath, Here: which == ""}},
	}
	for _, verdict := range verdicts() {
		if counts[verdict] > 0 || verdict == which {
			view.Tabs = append(view.Tabs, console.Link{
				Text: fmt.Sprintf("%s %d", verdictMark(verdict).Text, counts[verdict]), Path: commitmentsPath + "?show=" + string(verdict), Here: verdict == which,
			})
		}
	}
	view.Sections = []console.Section{
		{Links: []console.Link{{Text: "What was broken, and what is done about it", Path: noncompliancePath}, {Text: "As the public sees it", Path: "/commitments"}}},
		{Table: &table},
	}
	show(c, http.StatusOK, console.Desk(view))
	return nil
}

func strengthWord(s uptime.Strength) string {
	if s == uptime.Firm || s == "" {
		return ""
	}
	return "an " + string(s) + ": missed is no breach"
}

func (s *site) commitmentPage(c echo.Context) error {
	v := s.visit(c)
	return v.commitment(http.StatusOK, uptime.CommitmentID(c.Param("id")), nil, nil)
}

// commitment shows one promise and what its verdict rests on.
func (v visit) commitment(status int, id uptime.CommitmentID, typed url.Values, wrong wrongs) error {
	one, err := v.standing(id)
	if err != nil {
		return err
	}
	evidence, err := v.Register.Evidence(v.ctx())
	if err != nil {
		return err
	}
	p := one.Commitment
	view := console.DeskView{
		Frame: v.frame(string(p.ID), commitmentsPath), Lede: p.Says, Done: v.doneText(),
		Sections: []console.Section{{Facts: v.standingFacts(one)}},
	}
	if len(one.Cells) > 0 {
		view.Sections = append(view.Sections, console.Section{Heading: "By the month", Table: monthTable(one.Cells)})
	}
	if len(one.Cases) > 0 {
		view.Sections = append(view.Sections, console.Section{Heading: "Cases in which it was broken", Table: v.caseTable(one.Cases),
			Links: []console.Link{{Text: "What is done about them", Path: noncompliancePath}}})
	}
	if len(one.Evidence) > 0 {
		section := console.Section{Heading: "What it rests on"}
		for _, e := range one.Evidence {
			section.Links = append(section.Links, console.Link{Text: e.Text, Path: e.Path})
		}
		view.Sections = append(view.Sections, section)
	}
	if record := recordOf(p); record != "" {
		section := console.Section{Heading: "Evidence", Table: v.evidenceTable(id, record, evidence)}
		if v.may(uptime.Publisher) {
			section.Forms = []console.Form{evidenceForm(id, record, typed, wrong)}
		}
		view.Sections = append(view.Sections, section)
	}
	if len(wrong) > 0 {
		view.Problem = "Nothing was added: something has to be corrected first."
	}
	show(v.c, status, console.Desk(view))
	return nil
}

// recordOf is the word under which evidence of a promise is kept; empty: it
// rests on none.
func recordOf(c uptime.Commitment) string {
	switch {
	case c.Register != nil:
		return c.Register.Record
	case c.Promise != nil:
		return string(c.ID)
	}
	return ""
}

func (v visit) standingFacts(one uptime.Standing) []console.Fact {
	p := one.Commitment
	facts := []console.Fact{{Name: "Verdict", Cell: console.Cell{Mark: verdictMark(one.Verdict), Text: one.Value, Note: reasonOf(one)}}}
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, console.Fact{Name: name, Cell: console.Cell{Text: text}})
		}
	}
	if !one.Since.IsZero() {
		facts = append(facts, console.Fact{Name: "Since", Cell: console.Cell{Time: v.moment(one.Since)}})
	}
	add("Who answers", p.Owner)
	add("Kind", word(p.Kind))
	add("Strength", string(p.Strength))
	add("Policy", string(p.Policy))
	add("Section", p.Section)
	for _, contact := range p.Contacts {
		add(contact.Role, joined(contact.Region, contact.Phone, contact.Mail, contact.URL, contact.Hours))
	}
	return facts
}

// joined is what is not empty, with commas.
func joined(texts ...string) (out string) {
	for _, text := range texts {
		if text != "" && out != "" {
			out += ", "
		}
		out += text
	}
	return out
}

func monthTable(cells []uptime.Cell) *console.Table {
	t := &console.Table{Name: "By the month", Heads: []string{"Month", "Verdict", "Figure"}}
	for n := len(cells) - 1; n >= 0; n-- {
		one := cells[n]
		t.Rows = append(t.Rows, []console.Cell{{Text: one.Month}, {Mark: verdictMark(one.Verdict)}, {Text: one.Value}})
		if one.Evidence.Path != "" {
			t.Rows[len(t.Rows)-1][2] = console.Cell{Text: joined(one.Value, one.Evidence.Text), Path: one.Evidence.Path}
		}
	}
	return t
}

func (v visit) caseTable(cases []uptime.Case) *console.Table {
	t := &console.Table{Name: "Cases", Heads: []string{"When", "What"}}
	for n := len(cases) - 1; n >= 0; n-- {
		t.Rows = append(t.Rows, []console.Cell{{Time: v.moment(cases[n].At)}, {Text: cases[n].Summary, Note: cases[n].Key}})
	}
	return t
}

func (v visit) evidenceTable(id uptime.CommitmentID, record string, all []uptime.Evidence) *console.Table {
	t := &console.Table{Name: "Evidence", Heads: []string{"Done", "What", "Good until", "Do"}, Empty: "There is none."}
	for _, e := range all {
		if e.Record != record && e.Record != string(id) {
			continue
		}
		what := console.Cell{Text: e.Title, Path: e.URL, Note: joined(e.By, e.Note)}
		if !e.Public {
			what.Note = joined(what.Note, "the page shows its date alone")
		}
		until := console.Cell{Text: "as the promise says"}
		if !e.ExpiresAt.IsZero() {
			until = console.Cell{Time: v.moment(e.ExpiresAt)}
			if e.ExpiresAt.Before(v.now) {
				until.Mark = console.Mark{Class: "down", Shape: "■", Text: "expired"}
			}
		}
		do := console.Cell{}
		if v.may(uptime.Publisher) {
			do.Form = &console.Form{
				ID: "withdraw-" + e.ID, Action: "/console/evidence/" + e.ID + "/withdraw", Heading: "Withdraw", Folded: true,
				Text:   "It counts no longer. That it was here stays in the audit log.",
				Hidden: []console.Hidden{onceKey(), {Name: "commitment", Value: string(id)}}, Buttons: []console.Button{{Text: "Withdraw", Plain: true}},
			}
		}
		t.Rows = append(t.Rows, []console.Cell{{Time: v.moment(e.At)}, what, until, do})
	}
	return t
}

func evidenceForm(id uptime.CommitmentID, record string, typed url.Values, wrong wrongs) console.Form {
	fields := []console.Field{
		{Name: "title", Label: "What it is, in one line", Needed: true},
		{Name: "by", Label: "Who did it"},
		{Name: "at", Label: "On which day", Kind: console.Day, Needed: true},
		{Name: "expires_at", Label: "Good until the end of", Kind: console.Day, Help: "Empty: as long as the promise says."},
		{Name: "url", Label: "Where it can be read", Help: "An https:// address. It may be empty."},
		{Name: "note", Label: "Note"},
		{Name: "public", Label: "Show its title on the public page, and not its date alone", Kind: console.Tick, Value: "yes"},
	}
	return console.Form{
		ID: "evidence", Action: commitmentAddress(id) + "/evidence", Heading: "Add evidence", Folded: true,
		Text: "It is kept as " + record + ", and counts for every promise that asks for that.", Hidden: []console.Hidden{onceKey()},
		Fields: fill(fields, typed, wrong), Problem: wrong.rest(namesOf(fields)...), Buttons: []console.Button{{Text: "Add it"}},
	}
}

// typedDay is a day of a form in the page's zone: its begin, or its end. The
// zero time: none was given.
func (v visit) typedDay(text string, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	date, err := calendar.ParseDate(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("is not a day: write it as 2026-11-22")
	}
	if end {
		date = date.AddDays(1)
	}
	at, _ := calendar.Resolve(date, 0, v.zone)
	return at, nil
}

func (s *site) addEvidence(c echo.Context) error {
	v, id := s.visit(c), uptime.CommitmentID(c.Param("id"))
	sent, err := v.fields()
	if err != nil {
		return err
	}
	one, err := s.standing(id)
	if err != nil {
		return err
	}
	wrong := wrongs{}
	e := uptime.Evidence{
		Record: recordOf(one.Commitment), Title: sent.Get("title"), By: sent.Get("by"), URL: sent.Get("url"), Note: sent.Get("note"), Public: sent.Get("public") != "",
	}
	if e.Record == "" {
		return refusal{http.StatusConflict, "This promise rests on no evidence that is added by hand."}
	}
	if e.At, err = v.typedDay(sent.Get("at"), false); err != nil || e.At.IsZero() {
		wrong.add("at", "is not a day: write it as 2026-11-22")
	}
	if e.ExpiresAt, err = v.typedDay(sent.Get("expires_at"), true); err != nil {
		wrong.add("expires_at", err.Error())
	}
	if len(wrong) == 0 {
		once := Once{Key: sent.Get(onceField)}.named(v.ctx(), v.now, "console/evidence/"+string(id), sent)
		if _, err = s.Register.AddEvidence(v.ctx(), v.by, e, once); err == nil {
			return v.goOn(commitmentAddress(id), "evidence")
		}
		if wrong = faultsOf(err); len(wrong) == 0 {
			return err
		}
	}
	return v.commitment(http.StatusUnprocessableEntity, id, sent, wrong)
}

func (s *site) withdrawEvidence(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	back := commitmentsPath
	if _, err := s.standing(uptime.CommitmentID(sent.Get("commitment"))); err == nil {
		back = commitmentAddress(uptime.CommitmentID(sent.Get("commitment")))
	}
	return v.simple(back, "withdrawn", func(url.Values) error {
		return s.Register.WithdrawEvidence(v.ctx(), v.by, c.Param("id"))
	})
}
