package config

import (
	"fmt"
	"slices"
	"strings"
)

// PolicyNames are the names that a document of promises may use.
type PolicyNames struct {
	Calendars []string
	Holidays  []string // lists
}

// ParsePolicy reads a document of promises from its text. Name is its path, for
// problems. The error is of type Problems.
func ParsePolicy(name string, text []byte, names PolicyNames) (*Policy, error) {
	root, problem := document(text, "write at least one promise; upheld policy new shows how")
	if problem != nil {
		problem.File = name
		return nil, Problems{*problem}
	}
	d := newDecoder(name, len(text), Kinds{}, expander{})
	d.public = true
	policy := &Policy{}
	d.value(root, place{root.Line, root.Column}, "", settable(policy))
	if !d.stopped && !d.wrong[""] {
		policyChecker{checker{d}, names}.policy(policy)
	}
	if err := d.problems.orNil(); err != nil {
		return nil, err
	}
	return policy, nil
}

// policyChecker refuses what is well-formed and cannot be promised.
type policyChecker struct {
	checker
	names PolicyNames
}

func (c policyChecker) policy(p *Policy) {
	if c.given("profile") && c.sound("profile") && !isID(p.Profile) {
		c.refuse("profile", c.quote("profile", p.Profile)+" cannot be a name", "use small letters, digits and hyphens, at most 64")
	}
	c.line("title", p.Title, true)
	c.line("statement", p.Statement, true)
	c.approval(p.Version)
	first := map[string]string{}
	for i := range p.Commitments {
		promise := &p.Commitments[i]
		c.id(promise, first)
		c.terms(promise)
		if p.Title == "" {
			p.Title = promise.Source.Document
		}
	}
	if p.Title == "" {
		p.Title = p.Profile
	}
}

// approval refuses what nobody stands behind.
func (c policyChecker) approval(v PolicyVersion) {
	at := "policy_version"
	if !c.sound(at) {
		return
	}
	for _, needed := range []struct{ key, value, remedy string }{
		{"number", v.Number, "give the version a number, as 2026-1"},
		{"effective_from", string(v.From), "write the day from which it holds, as 2026-12-01"},
		{"approved_by", v.Approved, "write who approved it, a person or a role"},
	} {
		path := at + "." + needed.key
		if !c.sound(path) || strings.TrimSpace(needed.value) != "" {
			continue
		}
		c.refuse(path, "has not been approved: "+needed.key+" is missing", needed.remedy)
	}
	c.line(at+".number", v.Number, false)
	c.line(at+".approved_by", v.Approved, false)
}

// id refuses ids that cannot be, or that another promise of the document has.
func (c policyChecker) id(p *Commitment, first map[string]string) {
	path := join(p.Path, "id")
	switch other, taken := first[p.ID]; {
	case !c.given(path) || !c.sound(path):
	case !isPromiseID(p.ID):
		c.refuse(path, c.quote(path, p.ID)+" cannot be the id of a promise", "use letters, digits and hyphens, at most 32, beginning with a letter, as P23")
	case taken:
		c.refuse(path, fmt.Sprintf("%q is the id of the promise in line %d already", p.ID, locate(c.places, other).line), "give one of them another id")
	default:
		first[p.ID] = p.Path
	}
}

func isPromiseID(text string) bool {
	letters := strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
	return letters && text != "" && len(text) <= 32 && text[0] != '-' && (text[0] < '0' || text[0] > '9')
}

// terms checks the keys of a promise's kind, and sets Terms to nil where the
// promise is explained and not measured.
func (c policyChecker) terms(p *Commitment) {
	why := join(p.Path, "why")
	if p.Terms != nil && p.Kind != "clock" && c.given(why) {
		if _, explained := p.Terms.(*noTerms); !explained {
			c.refuse(why, "the promise has both a reason why it is not measured and the keys to measure it", "keep one")
		}
	}
	switch t := p.Terms.(type) {
	case *noTerms:
		p.Terms = nil
	case *AvailabilityTerms:
		c.window(join(p.Path, "window"), t.Window)
	case *HoursTerms:
		for i, b := range t.Blackouts {
			c.blackout(fmt.Sprintf("%s.blackouts[%d]", p.Path, i), b)
		}
	case *NoticeTerms:
		c.announced(join(p.Path, "of"), t)
	case *ClockTerms:
		c.clock(p.Path, t)
	case *HeartbeatTerms:
		c.heartbeat(p.Path, t)
	case *RegisterTerms:
		c.record(join(p.Path, "record"), t.Record)
		t.Remind = c.reminders(join(p.Path, "remind"), t.Remind)
	case *PromiseTerms:
		t.Remind = c.reminders(join(p.Path, "remind"), t.Remind)
	case *ContactTerms:
		for i, one := range t.Contacts {
			c.contact(fmt.Sprintf("%s.contacts[%d]", p.Path, i), one)
		}
		c.known(join(p.Path, "calendar"), t.Calendar, "calendar", c.names.Calendars)
	case *NotSoftwareTerms:
		p.Why, p.Terms = t.Reason, nil
	}
}

func (c policyChecker) window(path string, w PolicyWindow) {
	if w.Calendar != "" && w.Rolling != 0 && c.sound(path+".calendar", path+".rolling_days") {
		c.refuse(path, "is of the calendar and rolling at once", "keep calendar or rolling_days")
	}
}

func (c policyChecker) blackout(path string, b Blackout) {
	start, end := path+".start", path+".end"
	switch {
	case !c.sound(path, start, end) || !c.given(start) || !c.given(end):
	case b.Start == b.End:
		c.refuse(path, "begins and ends at the same time", `write start: "00:00" and end: "24:00" for whole days`)
	case b.Start.D() >= wholeDay:
		c.refuse(start, "24:00 is the end of a day", `write "00:00" of the next`)
	}
	zone, regions := c.given(path+".tz"), c.given(path+".regions")
	switch {
	case !c.sound(path, path+".tz", path+".regions"):
	case zone == regions:
		c.refuse(path, "must say whose hours they are", "write tz: with a zone, or regions: each")
	case regions && c.given(path+".holidays"):
		c.refuse(path+".holidays", "each region has a list of its own", "leave it out; regions of the configuration name theirs")
	}
	c.known(path+".holidays", b.Holidays, "list of holidays", c.names.Holidays)
}

// announced checks what a notice is of.
func (c policyChecker) announced(path string, t *NoticeTerms) {
	known := []string{"maintenance", "release", "price", "behaviour"}
	if !c.given(path) {
		t.Of = known[:1:1]
		return
	}
	if c.sound(path) && len(t.Of) == 0 {
		c.refuse(path, "lists nothing", "leave it out for maintenance, or use some of: "+strings.Join(known, ", "))
	}
	c.words(path, t.Of, known)
}

// words refuses words of a list that are not known, or that stand twice.
func (c policyChecker) words(path string, words, known []string) {
	for i, word := range words {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.known(at, word, "word", known)
		if c.sound(at) && slices.Contains(words[:i], word) {
			c.refuse(at, c.quote(at, word)+" is listed twice", "keep one")
		}
	}
}

func (c policyChecker) clock(path string, t *ClockTerms) {
	goal, unit := path+".goal", path+".target.unit"
	if t.Goal != nil && c.sound(goal, goal+".amount", goal+".unit", unit, path+".target.amount") {
		switch {
		case t.Goal.Unit != t.Target.Unit:
			c.refuse(goal, fmt.Sprintf("counts in %s where the target counts in %s", t.Goal.Unit, t.Target.Unit), "use one unit for both")
		case t.Goal.Amount > t.Target.Amount:
			c.refuse(goal, "is further away than the target", "aim at the target or before it")
		}
	}
	if at := path + ".calendar"; c.sound(unit) && t.Target.Unit != "" && t.Target.Unit != "h" && !c.given(at) {
		c.refuse(at, fmt.Sprintf("is missing, and %s count by one", map[string]string{"bh": "business hours", "bd": "business days"}[t.Target.Unit]), "name a calendar, as au_aest_nsw")
	}
	c.known(path+".calendar", t.Calendar, "calendar", c.names.Calendars)
}

func (c policyChecker) heartbeat(path string, t *HeartbeatTerms) {
	c.record(path+".set", t.Set)
	c.words(path+".per", t.Per, []string{"region", "site"})
	if t.Ask != "daily" && !c.given(path+".min_distinct_datacentres") {
		t.Datacentres = usualDatacentres
	}
}

const usualDatacentres = 2

// record refuses the name of a set or a register that is none.
func (c policyChecker) record(path, word string) {
	if c.given(path) && c.sound(path) && (strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || word == "" || len(word) > maxID) {
		c.refuse(path, c.quote(path, word)+" cannot be a name", "use small letters, digits, hyphens and underscores, at most 64")
	}
}

// reminders are the days before, the most first.
func (c policyChecker) reminders(path string, days []int) []int {
	for i, n := range days {
		if at := fmt.Sprintf("%s[%d]", path, i); c.sound(at) && (n < 1 || n > 365) {
			c.refuse(at, fmt.Sprintf("%d is no number of days before", n), "use 1 to 365")
		}
	}
	sorted := slices.Clone(days)
	slices.SortFunc(sorted, func(a, b int) int { return b - a })
	return slices.Compact(sorted)
}

// contact refuses one by which nobody is reached.
func (c checker) contact(path string, one Contact) {
	c.line(path+".role", one.Role, false)
	for key, text := range map[string]string{"region": one.Region, "phone": one.Phone, "mail": one.Mail, "url": one.URL, "hours": one.Hours} {
		c.line(join(path, key), text, true)
	}
	ways := []string{path, path + ".phone", path + ".mail", path + ".url"}
	if c.sound(ways...) && one.Phone == "" && one.Mail == "" && one.URL == "" {
		c.refuse(path, "says nothing of how to reach them", "add phone, mail or url")
	}
	if at := path + ".mail"; one.Mail != "" && c.sound(at) && !strings.Contains(strings.Trim(one.Mail, "@"), "@") {
		c.refuse(at, c.quote(at, one.Mail)+" is not an address of mail", "write it like support@example.org")
	}
	if at := path + ".url"; one.URL != "" && c.sound(at) && !strings.HasPrefix(one.URL, "https://") && !strings.HasPrefix(one.URL, "http://") {
		c.refuse(at, c.quote(at, one.URL)+" is not the address of a page", "write it like https://www.example.org/support")
	}
}

// known refuses a word that names nothing.
func (c checker) known(path, word, of string, known []string) {
	if c.given(path) && c.sound(path) && !slices.Contains(known, word) {
		c.refuse(path, fmt.Sprintf("there is no %s %s", of, c.quote(path, word)), didYouMean(word, known))
	}
}
