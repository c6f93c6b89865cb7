package subscribers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// take reads the present line into a row, or notes why not. Each line is noted
// once.
func (f *scan) take() {
	if extra := len(f.record) - len(f.header); extra > 0 && !blank(f.record[len(f.header):]) {
		line, column := f.csv.FieldPos(len(f.header))
		f.wrong(line, column, "", fmt.Sprintf("there are more fields than columns in the header, by %d; a list stands in quotes, or has ; between its parts", extra))
		return
	}
	if why, column := f.passed(); why != "" {
		f.about(column, LinePassed, why)
		return
	}
	address, wrong := parseMail(f.field(columnMail))
	if wrong != "" {
		if f.field(columnMail) == "" {
			wrong = "the address is missing"
		}
		f.about(columnMail, LineInvalid, wrong)
		return
	}
	r := row{address: address, field: f.header[f.at[columnMail]]}
	r.line, r.column = f.csv.FieldPos(f.at[columnMail])
	if r.components, wrong = f.components(); wrong != "" {
		f.about(columnComponents, LineInvalid, wrong)
		return
	}
	if r.news, wrong = f.news(); wrong != "" {
		f.about(columnKinds, LineInvalid, wrong)
		return
	}
	if r.confirmedAt, wrong = f.confirmedAt(); wrong != "" {
		f.about(columnConfirmed, LineInvalid, wrong)
		return
	}
	if r.zone, wrong = f.zone(); wrong != "" {
		f.about(columnZone, LineInvalid, wrong)
		return
	}
	if before, twice := f.seen[fold(address)]; twice {
		f.about(columnMail, LineRepeated, fmt.Sprintf("this address stands in line %d already; that one counts", before))
		return
	}
	f.seen[fold(address)] = r.line
	f.rows = append(f.rows, r)
}

// field is a field of the present line, without spaces around it and without
// the apostrophe that keeps spreadsheets from taking it for a formula.
func (f *scan) field(column int) string {
	i := f.at[column]
	if i < 0 || i >= len(f.record) {
		return ""
	}
	return unguard(strings.Trim(f.record[i], " "))
}

// passed says why a line is left out though nothing is wrong with it.
func (f *scan) passed() (why string, column int) {
	mode, state := strings.ToLower(f.field(columnMode)), strings.ToLower(f.field(columnState))
	switch {
	case mode != "" && mode != "email" && mode != "mail":
		return "only subscribers by mail are imported", columnMode
	case f.field(columnMail) == "" && f.field(columnWebhook) != "":
		return "a webhook is not imported: it has to be asked, and needs a secret", columnWebhook
	case state != "" && state != string(uptime.SubscriberConfirmed) && state != "active" && state != "subscribed":
		return "only confirmed subscribers are imported", columnState
	case f.field(columnHeldSince) != "":
		return "an address that is quarantined is not imported", columnHeldSince
	}
	return "", 0
}

// components are those of the line, by id or by name; none: all.
func (f *scan) components() (found []uptime.ComponentID, wrong string) {
	for _, part := range parts(f.field(columnComponents)) {
		id, known := f.parts[fold(part)]
		if !known {
			return nil, fmt.Sprintf("there is no component %.60q", part)
		}
		found = append(found, id)
	}
	slices.Sort(found)
	return slices.Compact(found), ""
}

// news are the kinds of the line; none: incidents and maintenance.
func (f *scan) news() (found []uptime.News, wrong string) {
	chosen := parts(f.field(columnKinds))
	if len(chosen) == 0 {
		return []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance}, ""
	}
	for i, kind := range chosen {
		chosen[i] = strings.ToLower(kind)
		if !slices.Contains(uptime.AllNews[:], uptime.News(chosen[i])) {
			return nil, fmt.Sprintf("there is no news of the kind %.40q; use incidents, maintenance and reports", kind)
		}
	}
	for _, kind := range uptime.AllNews {
		if slices.Contains(chosen, string(kind)) {
			found = append(found, kind)
		}
	}
	return found, ""
}

// zone is where the subscriber lives. Few zones are named by many lines.
func (f *scan) zone() (zone, wrong string) {
	name := f.field(columnZone)
	if f.zones[name] {
		return name, ""
	}
	if zone, wrong = readZone(name); wrong == "" {
		f.zones[zone] = true
	}
	return zone, wrong
}

// parts are the parts of a list in one field.
func parts(list string) (found []string) {
	for _, part := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == '|' || r == ',' }) {
		if part = strings.TrimSpace(part); part != "" {
			found = append(found, part)
		}
	}
	return found
}

// confirmedAt is when the line says that the subscriber said yes.
func (f *scan) confirmedAt() (at time.Time, wrong string) {
	text := f.field(columnConfirmed)
	if text == "" {
		return time.Time{}, ""
	}
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return time.Time{}, "write the time as in 2026-03-01T12:00:00Z"
	case at.After(f.now) || at.Year() < 1970:
		return time.Time{}, "this time is no time at which somebody can have agreed"
	}
	return at.UTC(), ""
}
