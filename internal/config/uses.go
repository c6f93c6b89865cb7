package config

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

//go:embed profiles/*.yaml
var profiles embed.FS

const wholeDay = 24 * time.Hour

// Profiles are the names of the documents of promises that ship.
func Profiles() []string { return []string{"bill-of-rights", "customer-success", "support-policy"} }

// Profile is the text of a document that ships; false where there is none of
// that name.
func Profile(name string) ([]byte, bool) {
	if !slices.Contains(Profiles(), name) {
		return nil, false
	}
	text, err := profiles.ReadFile("profiles/" + name + ".yaml")
	return text, err == nil
}

func settable[T any](pointer *T) reflect.Value { return reflect.ValueOf(pointer).Elem() }

// regions checks the regions and who names them. Lists are the known lists of
// holidays.
func (c checker) regions(f *File, lists map[string]string) {
	regions := map[string]string{}
	for i := range f.Regions {
		region, path := &f.Regions[i], fmt.Sprintf("regions[%d]", i)
		c.line(path+".name", region.Name, true)
		at := path + ".id"
		switch other, taken := regions[region.ID]; {
		case !c.given(at) || !c.sound(at):
		case !isID(region.ID):
			c.refuse(at, c.quote(at, region.ID)+" cannot be an id", fmt.Sprintf("use small letters, digits and hyphens between them, at most %d", maxID))
		case taken:
			c.refuse(at, fmt.Sprintf("%s is the id of the region in line %d already", c.quote(at, region.ID), locate(c.places, other).line), "give one of them another id")
		default:
			regions[region.ID] = path
		}
		region.Name = cmp.Or(region.Name, region.ID)
		c.known(path+".holidays", region.Holidays, "list of holidays", sortedKeys(lists))
	}
	for i, component := range f.Components {
		c.references(fmt.Sprintf("components[%d].regions", i), component.Regions, regions, "region")
		for _, m := range component.Monitors {
			if settings, is := m.Settings.(Placed); is {
				key, region := settings.Placed()
				c.known(join(m.Path, key), region, "region", sortedKeys(regions))
			}
		}
	}
	for i, use := range f.Policies {
		c.references(fmt.Sprintf("policies[%d].regions", i), use.Regions, regions, "region")
	}
}

// holidays reads the lists and checks them. It returns the names of all that
// are known, with their paths; of those that ship, the empty path.
func (c checker) holidays(lists []HolidayList) map[string]string {
	known := map[string]string{}
	for _, id := range c.kinds.civil().Lists() {
		known[id] = ""
	}
	for i := range lists {
		list, path := &lists[i], fmt.Sprintf("holidays[%d]", i)
		c.own(path, list.ID, known)
		c.line(path+".source", list.Source, true)
		c.days(path, list)
	}
	return known
}

// own refuses a name that cannot be, or that something else has.
func (c checker) own(path, id string, known map[string]string) {
	at := path + ".id"
	switch other, taken := known[id]; {
	case !c.given(at) || !c.sound(at):
	case !isName(id):
		c.refuse(at, c.quote(at, id)+" cannot be a name", fmt.Sprintf("use letters, digits, hyphens and underscores, at most %d", maxID))
	case taken && other == "":
		c.refuse(at, c.quote(at, id)+" ships with Upheld", "choose another name; a list may extend the one that ships")
	case taken:
		c.refuse(at, fmt.Sprintf("%s is the name of that in line %d already", c.quote(at, id), locate(c.places, other).line), "give one of them another name")
	default:
		known[id] = path
	}
}

func isName(text string) bool { return isID(strings.ToLower(strings.ReplaceAll(text, "_", "-"))) }

// days works out the days of a list: those that it is made of, with those added
// and without those removed.
func (c checker) days(path string, list *HolidayList) {
	ways := 0
	for _, key := range []string{"file", "dates", "extends"} {
		if !c.sound(join(path, key)) {
			return
		}
		if c.given(join(path, key)) {
			ways++
		}
	}
	if ways != 1 {
		c.refuse(path, fmt.Sprintf("must say in one way what its days are, and does so in %d", ways), "write one of file, dates and extends")
		return
	}
	days := map[Date]string{}
	switch {
	case list.File != "":
		for _, day := range c.listFile(path+".file", list.File) {
			days[day.Date] = day.Name
		}
	case list.Extends != "":
		c.known(path+".extends", list.Extends, "list that ships called", c.kinds.civil().Lists())
		for _, day := range c.kinds.civil().List(list.Extends) {
			days[day.Date] = day.Name
		}
	default:
		days = maps.Clone(list.Dates)
	}
	maps.Copy(days, list.Add)
	for i, date := range list.Remove {
		at := fmt.Sprintf("%s.remove[%d]", path, i)
		if _, there := days[date]; !there && c.sound(at, path+".extends", path+".file") {
			c.refuse(at, fmt.Sprintf("%s is no day of the list", date), "check the date, or take it away")
		}
		delete(days, date)
	}
	for date, name := range days {
		list.Days = append(list.Days, Holiday{date, name})
	}
	slices.SortFunc(list.Days, func(a, b Holiday) int { return strings.Compare(string(a.Date), string(b.Date)) })
}

// listFile reads a list from a file beside the configuration.
func (c checker) listFile(path, written string) []Holiday {
	name := c.nearby(written)
	text, err := read(name)
	if err != nil {
		c.refuse(path, c.quote(path, written)+" cannot be read: "+cause(err).Error(), "a path starts at the folder of this configuration; check it and its permissions")
		return nil
	}
	days, err := c.kinds.civil().Read(name, bytes.NewReader(text))
	if err == nil {
		return days
	}
	c.wrong[path] = true
	faults := []error{err}
	if joined, several := err.(interface{ Unwrap() []error }); several {
		faults = joined.Unwrap()
	}
	for _, err := range faults {
		problem := Problem{File: name, What: err.Error(), Remedy: "correct the list; " + filepath.Base(c.name) + " names it"}
		if fault := (LineFault{}); errors.As(err, &fault) && fault.Line > 0 {
			problem.Line, problem.Column = fault.Line, 1
		}
		c.decoder.beside = append(c.decoder.beside, problem)
	}
	return nil
}

// nearby is the path of a file that is named in this one.
func (c checker) nearby(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.expander.folder, name)
}

// calendars checks the business calendars.
func (c checker) calendars(calendars []Calendar, lists map[string]string) {
	known := map[string]string{}
	for _, id := range c.kinds.civil().Calendars() {
		known[id] = ""
	}
	for i, calendar := range calendars {
		path := fmt.Sprintf("calendars[%d]", i)
		c.own(path, calendar.ID, known)
		c.known(path+".holidays", calendar.Holidays, "list of holidays", sortedKeys(lists))
		always, hours := path+".always", path+".hours"
		switch {
		case !c.sound(path, always, hours):
		case calendar.Always && c.given(hours):
			c.refuse(hours, "say when it is open, and it is open always", "keep one")
		case !calendar.Always && len(calendar.Hours) == 0:
			c.refuse(path, "is never open", "add hours, or always: true")
		}
		for k, h := range calendar.Hours {
			at := fmt.Sprintf("%s[%d]", hours, k)
			if c.sound(at, at+".from", at+".to") && c.given(at+".from") && c.given(at+".to") && h.From >= h.To {
				c.refuse(at, "closes before it opens", "write two stretches where it is open over midnight, to 24:00 and from 00:00")
			}
		}
	}
}

// calendarNames are the calendars that policies may name.
func (c checker) calendarNames(calendars []Calendar) []string {
	names := slices.Clone(c.kinds.civil().Calendars())
	for _, one := range calendars {
		names = append(names, one.ID)
	}
	return names
}
