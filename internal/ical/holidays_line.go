package ical

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// contentLine is a line of a calendar file, unfolded.
type contentLine struct {
	text   []byte
	number int // of its first line in the file, from 1
}

// longestContent is how much of an unfolded line is kept, in bytes. The lines
// that are read have a name of something or a date.
const longestContent = 4 << 10

// unfold puts lines together that were folded (RFC 5545, 3.1). Lines may end
// with LF alone, and a byte order mark may stand before the first.
func unfold(text []byte) []contentLine {
	var out []contentLine
	number := 0
	for one := range bytes.SplitSeq(bytes.TrimPrefix(text, []byte("\ufeff")), []byte{'\n'}) {
		number++
		one = bytes.TrimSuffix(one, []byte{'\r'})
		if last := len(out) - 1; last >= 0 && len(one) > 0 && (one[0] == ' ' || one[0] == '\t') {
			if len(out[last].text) <= longestContent {
				out[last].text = append(out[last].text, one[1:]...)
			}
			continue
		}
		out = append(out, contentLine{bytes.Clone(one), number})
	}
	return out
}

// understood are the properties that are read; of the others only that they are
// some.
var understood = []string{
	"BEGIN", "END", "DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
}

// property reads the line: its name in capitals, and what it says, which is nil
// for what need not be understood. The library finds a name anywhere in a line,
// and answers nothing at all for what it cannot read.
func (l contentLine) property() (name string, p *ics.BaseProperty, err error) {
	if len(bytes.TrimSpace(l.text)) == 0 {
		return "", nil, nil
	}
	length := bytes.IndexFunc(l.text, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-')
	})
	if length < 1 || l.text[length] != ':' && l.text[length] != ';' {
		return "", nil, errors.New("it is no line of a calendar file, as NAME:value")
	}
	name = strings.ToUpper(string(l.text[:length]))
	if !slices.Contains(understood, name) {
		return name, nil, nil
	}
	if len(l.text) > longestContent {
		return "", nil, fmt.Errorf("%s has more than %d bytes", name, longestContent)
	}
	p, err = ics.ParseProperty(ics.ContentLine(l.text))
	if err != nil || p == nil {
		return "", nil, fmt.Errorf("%s cannot be read; it has to be written as NAME:value", name)
	}
	return name, p, nil
}

// take reads a property of the event.
func (e *entry) take(name string, p *ics.BaseProperty) (err error) {
	switch name {
	case "DTSTART", "DTEND":
		to := &e.from
		if name == "DTEND" {
			to = &e.to
		}
		if to.given {
			return fmt.Errorf("there is a second %s in one event", name)
		}
		*to, err = readBound(name, p)
	case "DURATION":
		e.length, err = readDays(p.Value)
	case "SUMMARY":
		e.name = line(p.Value, longestLine)
	case "STATUS":
		e.cancelled = strings.EqualFold(strings.TrimSpace(p.Value), "CANCELLED")
	case "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID":
		err = fmt.Errorf("the event recurs (%s): list each of its days as an event of its own", name)
	}
	return err
}

// readBound reads a date, or a midnight by the clock on the wall.
func readBound(name string, p *ics.BaseProperty) (bound, error) {
	value := strings.TrimSpace(p.Value)
	b := bound{zone: parameter(p, "TZID"), given: true}
	layout := "20060102T150405"
	if kind := parameter(p, "VALUE"); strings.EqualFold(kind, "DATE") || kind == "" && !strings.Contains(value, "T") {
		layout, b.whole, b.zone = "20060102", true, ""
	}
	day, err := time.Parse(layout, value)
	switch {
	case strings.HasSuffix(value, "Z"):
		return bound{}, fmt.Errorf("%s is an instant (%s), and in which zone it is a day is not said: write it as a date, %s;VALUE=DATE:20261225", name, line(value, 40), name)
	case err != nil:
		return bound{}, fmt.Errorf("%s is no date: %q; write it like %s;VALUE=DATE:20261225", name, line(value, 40), name)
	case !day.Equal(day.Truncate(24 * time.Hour)):
		return bound{}, fmt.Errorf("%s has a time of day (%s), and only whole days are holidays: write it as a date, %s;VALUE=DATE:20261225", name, line(value, 40), name)
	}
	b.day = day
	return b, nil
}

// parameter is the value of a parameter, however its name is written.
func parameter(p *ics.BaseProperty, name string) string {
	for key, values := range p.ICalParameters {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// readDays reads a duration of whole days: P1D, P2W, PT24H.
func readDays(text string) (int, error) {
	parts := wholeDays.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if parts == nil {
		return 0, fmt.Errorf("DURATION is no number of whole days: %q; write it like P1D", line(text, 40))
	}
	n, err := strconv.Atoi(parts[1] + parts[2] + parts[3])
	switch {
	case err != nil || n == 0:
		return 0, fmt.Errorf("DURATION is no number of whole days: %q; write it like P1D", line(text, 40))
	case parts[2] != "":
		n *= 7
	case parts[3] != "" && n%24 != 0:
		return 0, fmt.Errorf("DURATION is no number of whole days: %q; write it like P1D", line(text, 40))
	case parts[3] != "":
		n /= 24
	}
	return n, nil
}

var wholeDays = regexp.MustCompile(`^\+?P(?:([0-9]{1,6})D(?:T0[HMS])?|([0-9]{1,6})W|T([0-9]{1,6})H)$`)
