package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Bounds of times. Shorter looks than a second are load, not measurement.
const (
	shortestInterval = Duration(time.Second)
	shortestTimeout  = Duration(10 * time.Millisecond)
	usualWait        = Duration(10 * time.Second) // default of timeouts and of re-checks
	shortestRaw      = Duration(24 * time.Hour)
	fewestCanaries   = 3 // so that one that is down itself does not decide
)

// check refuses what is well-formed but cannot be, and fills in the defaults
// that follow from other values. A value that was refused while it was decoded
// is not refused again.
func check(d *decoder, f *File) {
	if d.stopped || d.wrong[""] {
		return
	}
	c := checker{d}
	c.page(&f.Page)
	c.listen(f.Listen)
	c.database(f.Database)
	components := c.components(f.Components)
	lists := c.holidays(f.Holidays)
	c.regions(f, lists)
	c.calendars(f.Calendars, lists)
	c.policies(f, PolicyNames{Calendars: c.calendarNames(f.Calendars), Holidays: sortedKeys(lists)})
	c.dependencies(f, components)
	c.services(f, components)
	c.mail(f.Mail)
	c.channels(f, components)
	c.alertmanager(&f.Alertmanager, components)
	c.secret(f.Secret)
	c.canaries(f.Canaries)
	c.retention(f.Retention)
}

type checker struct{ *decoder }

// sound tells whether values can be looked at: none of them was refused.
func (c checker) sound(paths ...string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool { return c.wrong[path] })
}

func (c checker) given(path string) bool {
	_, given := c.places[path]
	return given
}

// show is a length in a message, as quote is for text.
func (c checker) show(path string, length Duration) string {
	if _, secret := c.raw[path]; secret {
		return c.quote(path, "")
	}
	return length.String()
}

// line refuses a name that is empty or not one line of text.
func (c checker) line(path, text string, needed bool) {
	switch {
	case !c.given(path) || !c.sound(path):
	case needed && strings.TrimSpace(text) == "":
		c.refuse(path, "is empty", "write a name")
	case strings.ContainsFunc(text, unicode.IsControl):
		c.refuse(path, "has a line break or a control character in it", "write one line of text")
	}
}

func (c checker) page(p *Page) {
	c.line("page.name", p.Name, true)
	if !c.given("page.url") || !c.sound("page.url") {
		return
	}
	address, err := url.Parse(p.URL)
	switch {
	case err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" || address.User != nil:
		c.refuse("page.url", c.quote("page.url", p.URL)+" is not the address of a page", "write it like https://status.example.org")
	case address.RawQuery != "" || address.Fragment != "":
		c.refuse("page.url", "has a ? or # part", "end the address before it")
	}
	p.URL = strings.TrimRight(p.URL, "/")
}

func (c checker) listen(l Listen) {
	public, isPublic := c.address("listen.public", l.Public)
	ops, isOps := c.address("listen.ops", l.Ops)
	if isPublic && isOps && overlap(public, ops) {
		path := "listen.ops"
		if !c.given(path) {
			path = "listen.public"
		}
		c.refuse(path, fmt.Sprintf("listen.public (%s) and listen.ops (%s) are the same address", c.quote("listen.public", l.Public), c.quote("listen.ops", l.Ops)), "give them different ports; /metrics must not be public")
	}
}

// hostPort is an address to listen on or to connect to.
type hostPort struct {
	host string
	port int
}

// address reads host:port.
func (c checker) address(path, text string) (hostPort, bool) {
	if !c.sound(path) {
		return hostPort{}, false
	}
	host, portText, err := net.SplitHostPort(text)
	port, wrong := strconv.ParseUint(portText, 10, 16)
	if err != nil || wrong != nil || strings.ContainsAny(host, "/@ ") {
		c.refuse(path, c.quote(path, text)+" is not an address and a port", "write it like 127.0.0.1:8081, [::1]:8081 or :8080")
		return hostPort{}, false
	}
	return hostPort{host, int(port)}, true
}

// overlap tells whether two listeners would want the same port of the same
// address. Port 0 is a free one each time.
func overlap(a, b hostPort) bool {
	anywhere := func(host string) bool {
		address, err := netip.ParseAddr(host)
		return host == "" || err == nil && address.IsUnspecified()
	}
	return a.port == b.port && a.port != 0 && (anywhere(a.host) || anywhere(b.host) || strings.EqualFold(a.host, b.host))
}

// database never quotes the address, which may hold a password.
func (c checker) database(text string) {
	if text == "sqlite" || !c.sound("database") {
		return
	}
	address, err := url.Parse(text)
	switch {
	case err != nil && strings.HasPrefix(text, "postgres"):
		c.refuse("database", "is not an address", "write it like postgres://user@host/db; in a password every character but letters and digits is percent-encoded")
	case err != nil || address.Scheme != "postgres" && address.Scheme != "postgresql":
		c.refuse("database", "is no database that is known", "use sqlite, or an address such as postgres://user@host/db")
	}
}

// components checks components and monitors, gives them their ids, and returns
// the ids of the components with their paths.
func (c checker) components(components []Component) map[string]string {
	named, monitors := newIDs(c.decoder), newIDs(c.decoder)
	owners := map[distinct]*Monitor{}
	for i := range components {
		component, path := &components[i], fmt.Sprintf("components[%d]", i)
		c.line(path+".name", component.Name, true)
		c.line(path+".group", component.Group, false)
		if c.given(path+".id") || c.given(path+".name") && c.sound(path+".name") {
			component.ID = named.settle(path, component.ID, slug(component.Name), "its name")
		}
		nth := map[string]int{}
		for k := range component.Monitors {
			monitor := &component.Monitors[k]
			c.monitor(monitor)
			c.distinct(monitor, owners)
			nth[monitor.Type]++
			derived := component.ID + "-" + slug(monitor.Type)
			if n := nth[monitor.Type]; n > 1 {
				derived += "-" + strconv.Itoa(n)
			}
			if c.given(monitor.Path+".id") || component.ID != "" && monitor.Settings != nil {
				monitor.ID = monitors.settle(monitor.Path, monitor.ID, derived, "its component and type")
			}
		}
	}
	return named.taken
}

// monitor checks times, and derives those that the file does not give.
func (c checker) monitor(m *Monitor) {
	interval, timeout, retry := m.Path+".interval", m.Path+".timeout", m.Path+".confirm.retry"
	c.line(m.Path+".name", m.Name, true)
	c.atLeast(interval, m.Interval, shortestInterval)
	c.derive(timeout, &m.Timeout, min(usualWait, m.Interval))
	c.derive(retry, &m.Confirm.Retry, min(usualWait, m.Interval))
	c.derive(m.Path+".grace", &m.Grace, m.Interval/2)
	c.atLeast(timeout, m.Timeout, shortestTimeout)
	c.atLeast(retry, m.Confirm.Retry, shortestTimeout)
	for path, length := range map[string]Duration{timeout: m.Timeout, retry: m.Confirm.Retry} {
		if c.sound(path, interval) && length > m.Interval {
			c.refuse(path, fmt.Sprintf("%s is longer than the interval of %s", c.show(path, length), c.show(interval, m.Interval)), "use at most the interval, or lengthen that")
		}
	}
	known := Duration(0)
	if c.sound(timeout, interval) {
		known = m.Timeout
	}
	c.settings(m.Path, known)
}

// distinct is a value that one monitor has for itself.
type distinct struct{ setting, value string }

// distinct refuses a value that another monitor has already. It never shows it.
func (c checker) distinct(m *Monitor, owners map[distinct]*Monitor) {
	settings, is := m.Settings.(Distinct)
	if !is {
		return
	}
	setting, value := settings.Distinct()
	path := m.Path + "." + setting
	if value == "" || !c.sound(path) {
		return
	}
	if owner, taken := owners[distinct{setting, value}]; taken {
		c.refuse(path, fmt.Sprintf("is that of %s (line %d) as well", owner.Path, owner.Line), "give each its own")
		return
	}
	owners[distinct{setting, value}] = m
}

// settings has the settings of an entry check themselves. A setting that was
// refused already is not refused again.
func (c checker) settings(entry string, timeout Duration) {
	check := c.checks[entry]
	if check == nil {
		return
	}
	err := check(timeout)
	faults := []error{err}
	if joined, several := err.(interface{ Unwrap() []error }); several {
		faults = joined.Unwrap()
	}
	for _, err := range faults {
		if err == nil {
			continue
		}
		path, what := entry, err.Error()
		if fault := Fault(nil); errors.As(err, &fault) {
			path, what = fault.Setting()
			path = entry + "." + path
		}
		if c.sound(path) {
			redacted := (&File{secrets: c.secrets}).Redact(what)
			c.refuse(path, redacted, "")
		}
	}
}

func (c checker) derive(path string, value *Duration, fallback Duration) {
	if !c.given(path) {
		*value = fallback
	}
}

func (c checker) atLeast(path string, value, least Duration) {
	if c.given(path) && c.sound(path) && value < least {
		c.refuse(path, fmt.Sprintf("%s is too short", c.show(path, value)), fmt.Sprintf("use at least %s", least))
	}
}

func (c checker) services(f *File, components map[string]string) {
	named := newIDs(c.decoder)
	// A component that has no id because of another problem may be the one.
	complete := !slices.ContainsFunc(f.Components, func(one Component) bool { return one.ID == "" })
	for i := range f.Services {
		service, path := &f.Services[i], fmt.Sprintf("services[%d]", i)
		c.line(path+".name", service.Name, true)
		if c.given(path+".id") || c.given(path+".name") && c.sound(path+".name") {
			service.ID = named.settle(path, service.ID, slug(service.Name), "its name")
		}
		if service.TimeZone.Location == nil {
			service.TimeZone = f.Page.TimeZone
		}
		if target := path + ".target"; service.Composition == "weighted_mean" && c.given(target) && c.sound(target, path+".composition") {
			c.refuse(target, "a weighted mean is for display and is held to nothing", "leave the target out, or use all_of or any_of")
		}
		first := map[string]bool{}
		for k, id := range service.Components {
			at := fmt.Sprintf("%s.components[%d]", path, k)
			switch _, known := components[id]; {
			case !c.sound(at):
			case !known && complete:
				c.refuse(at, "there is no component "+c.quote(at, id), didYouMean(id, sortedKeys(components)))
			case first[id]:
				c.refuse(at, c.quote(at, id)+" is listed twice", "keep one")
			}
			first[id] = true
		}
	}
}

func (c checker) canaries(canaries []Canary) {
	kinds, addresses := map[string]bool{}, map[string]bool{}
	for i := range canaries {
		canary, path := &canaries[i], fmt.Sprintf("canaries[%d].address", i)
		if !c.given(path) || !c.sound(path, fmt.Sprintf("canaries[%d].type", i)) {
			continue
		}
		c.canary(path, canary)
		if addresses[canary.Type+canary.Address] {
			c.refuse(path, c.quote(path, canary.Address)+" is listed twice", "name another address")
		}
		kinds[canary.Type], addresses[canary.Type+canary.Address] = true, true
	}
	switch {
	case len(canaries) == 0 || !c.sound("canaries"):
	case len(canaries) < fewestCanaries:
		c.refuse("canaries", fmt.Sprintf("%d cannot tell our own connection from theirs", len(canaries)), fmt.Sprintf("name at least %d, of two types, or none", fewestCanaries))
	case len(kinds) == 1:
		c.refuse("canaries", "all are of one type", "mix at least two of dns, tcp and https")
	}
}

// canary checks an address; a resolver gets the port of DNS unless it has one.
func (c checker) canary(path string, canary *Canary) {
	switch canary.Type {
	case "https":
		if address, err := url.Parse(canary.Address); err != nil || address.Scheme != "https" || address.Hostname() == "" {
			c.refuse(path, c.quote(path, canary.Address)+" is not the address of a page", "write it like https://example.org/")
		}
	case "dns":
		if address, err := netip.ParseAddr(strings.Trim(canary.Address, "[]")); err == nil {
			canary.Address = netip.AddrPortFrom(address, 53).String()
		}
		fallthrough
	case "tcp":
		if address, ok := c.address(path, canary.Address); ok && (address.host == "" || address.port == 0) {
			c.refuse(path, c.quote(path, canary.Address)+" lacks a host or a port", "write it like 192.0.2.53:53")
		}
	}
}

func (c checker) retention(r Retention) {
	c.atLeast("retention.raw", r.Raw, shortestRaw)
	c.atLeast("retention.ledger", r.Ledger, shortestLedger)
	if c.sound("retention.raw", "retention.hourly") && r.Hourly < r.Raw {
		path := "retention.hourly"
		if !c.given(path) {
			path = "retention.raw"
		}
		c.refuse(path, fmt.Sprintf("hourly figures (%s) cannot go before the looks they are made of (%s)", c.show("retention.hourly", r.Hourly), c.show("retention.raw", r.Raw)), "keep hourly at least as long as raw")
	}
}
