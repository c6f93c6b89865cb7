package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// FromURLs is the file that a list of addresses means: a critical component
// for each, called by its host and path, watched by one monitor of type http
// every 30 s. Its problems are an error of one line, as nobody wrote the file.
func FromURLs(urls []string, kinds Kinds) (*File, error) {
	if len(urls) == 0 {
		return nil, errors.New("no address to watch; name one, as https://www.example.org")
	}
	var components []starter
	names, seen := map[string]bool{}, map[string]int{}
	for _, text := range urls {
		address, err := url.Parse(text)
		if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" {
			return nil, fmt.Errorf("%q is not an address to watch; write it like https://www.example.org/health", text)
		}
		path := strings.TrimSuffix(address.EscapedPath(), "/")
		name := address.Host + path
		full := address.Scheme + "://" + name + "?" + address.RawQuery
		if seen[full] > 0 {
			return nil, fmt.Errorf("%s is named twice; name it once", address.Scheme+"://"+name)
		}
		seen[full] = 1
		if names[name] {
			name = address.Scheme + "://" + name // the same page by another scheme
		}
		// By another query: numbered, because a query may hold a secret.
		for plain, n := name, 2; names[name]; n++ {
			name = fmt.Sprintf("%s (%d)", plain, n)
		}
		names[name] = true
		id := short(slug(name))
		if seen[id]++; seen[id] > 1 {
			id += "-" + strconv.Itoa(seen[id])
		}
		components = append(components, starter{ID: id, Name: name, Importance: "critical",
			Monitors: []map[string]string{{"type": "http", "url": plain(text), "interval": "30s"}}})
	}
	return start(components, kinds)
}

// SelfWatch is the file of an Upheld that was told nothing: it watches its own
// health at the address that its operations listener has.
func SelfWatch(ops string, kinds Kinds) (*File, error) {
	host, port, err := net.SplitHostPort(ops)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address to watch; write it like 127.0.0.1:8081", ops)
	}
	// Who listens everywhere is to be found on loopback.
	if address, err := netip.ParseAddr(host); host == "" || err == nil && address == netip.IPv4Unspecified() {
		host = "127.0.0.1"
	} else if err == nil && address.IsUnspecified() {
		host = "::1"
	}
	return start([]starter{{
		Name: "Upheld itself", Description: "Nothing else is watched yet.", Importance: "important",
		Monitors: []map[string]string{{"type": "http", "url": "http://" + net.JoinHostPort(host, port) + "/healthz", "interval": "10s"}},
	}}, kinds)
}

// starter is a component as a file would have it.
type starter struct {
	ID          string              `yaml:"id,omitempty"`
	Name        string              `yaml:"name"`
	Description string              `yaml:"description,omitempty"`
	Importance  string              `yaml:"importance"`
	Monitors    []map[string]string `yaml:"monitors"`
}

// start reads the components as if somebody had written them down, so that
// defaults and rules are those of every file.
func start(components []starter, kinds Kinds) (*File, error) {
	text, err := yaml.Dump(map[string]any{"components": components})
	if err != nil {
		return nil, fmt.Errorf("writing down what to watch: %w", err)
	}
	none := func(string) (string, bool) { return "", false }
	file, err := Parse("command line", text, kinds, none)
	if problems := Problems(nil); errors.As(err, &problems) {
		first := problems[0]
		first.File, first.Line, first.Path = "", 0, ""
		return nil, errors.New(strings.TrimPrefix(first.Error(), ": "))
	}
	return file, err
}

// plain keeps text from being read as a reference.
func plain(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// short is a slug cut so that a number and a type can follow it; of one that
// is empty, something to call a page.
func short(slug string) string {
	if slug == "" {
		return "page"
	}
	return strings.TrimRight(slug[:min(len(slug), maxID-16)], "-")
}

// DefaultOps is where operators listen unless the file says otherwise.
const DefaultOps = "127.0.0.1:8081"

// Override is what a command line says before the file. Empty: nothing.
type Override struct{ Listen, Ops, Database string }

// Override puts the command line before the file. What cannot be is refused as
// in a file, by the flag's name; the error is of type Problems, and the file is
// then as it was.
func (f *File) Override(o Override) error {
	next := *f
	next.Listen.Public, next.Listen.Ops = cmp.Or(o.Listen, f.Listen.Public), cmp.Or(o.Ops, f.Listen.Ops)
	next.Database = cmp.Or(o.Database, f.Database)
	c := checker{newDecoder("command line", 0, Kinds{}, expander{})}
	for path, given := range map[string]string{"listen.public": o.Listen, "listen.ops": o.Ops, "database": o.Database} {
		if given != "" {
			c.places[path] = place{}
		}
	}
	c.listen(next.Listen)
	c.database(next.Database)
	flags := map[string]string{"listen.public": "--listen", "listen.ops": "--ops", "database": "--database"}
	for i, p := range c.problems {
		c.problems[i].Path = flags[p.Path]
	}
	if err := c.problems.orNil(); err != nil {
		return err
	}
	*f = next
	return nil
}
