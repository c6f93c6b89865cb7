package blackbox

import (
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/blackbox_exporter/config"
	pconfig "github.com/prometheus/common/config"

	upheld "github.com/upheld/upheld/internal/config"
)

// Modules is a file of modules that was found sound. It is read-only.
type Modules struct{ byName map[string]config.Module }

// Load reads a file of modules as blackbox_exporter does, and refuses what
// cannot be guarded. The error is of type config.Problems of internal/config.
func Load(path string) (*Modules, error) {
	file, err := upheld.LoadModules[config.Module](path)
	if err != nil {
		return nil, err
	}
	return sound(file)
}

// Parse is Load for a text; problems call it name.
func Parse(name string, text []byte) (*Modules, error) {
	file, err := upheld.ParseModules[config.Module](name, text)
	if err != nil {
		return nil, err
	}
	return sound(file)
}

func sound(file *upheld.ModuleFile[config.Module]) (*Modules, error) {
	var problems upheld.Problems
	for _, name := range slices.Sorted(maps.Keys(file.Modules)) {
		for _, f := range faults(file.Modules[name]) {
			problems = append(problems, file.Problem(f.what, f.remedy, append([]string{"modules", name}, f.path...)...))
		}
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b upheld.Problem) int { return a.Line - b.Line })
		return nil, problems
	}
	return &Modules{byName: file.Modules}, nil
}

// Names are the modules, sorted.
func (m *Modules) Names() []string { return slices.Sorted(maps.Keys(m.byName)) }

// A fault is one thing in a module that cannot be here.
type fault struct {
	path         []string // below the module
	what, remedy string
}

// faults lists what a module asks for that no guard can watch.
func faults(m config.Module) (found []fault) {
	add := func(what, remedy string, path ...string) { found = append(found, fault{path, what, remedy}) }
	switch m.Prober {
	case "http", "tcp", "icmp", "dns", "grpc":
	case "unix":
		add("a prober of sockets lets whoever asks for a probe open any socket of this machine", "remove the module, or keep it for a blackbox_exporter", "prober")
	case "":
		add("has no prober", "add prober: http, tcp, icmp, dns or grpc", "prober")
	default:
		add(fmt.Sprintf("there is no prober %q", m.Prober), "use http, tcp, icmp, dns or grpc", "prober")
	}
	if m.Timeout < 0 {
		add("is below zero", "use a time such as 5s, or leave it out", "timeout")
	}
	if m.HTTP.UseHTTP3 {
		add("HTTP/3 connects in a way that cannot be guarded", "remove the module or this key, or keep it for a blackbox_exporter", "http", "enable_http3")
	}
	for _, key := range proxied(m.HTTP.HTTPClientConfig.ProxyConfig) {
		add(behindProxy, withoutProxy, "http", key)
	}
	if o := m.HTTP.HTTPClientConfig.OAuth2; o != nil {
		for _, key := range proxied(o.ProxyConfig) {
			add(behindProxy, withoutProxy, "http", "oauth2", key)
		}
	}
	return found
}

// What is said of proxies.
const (
	behindProxy  = "a proxy would be the only address that the egress guard sees"
	withoutProxy = "remove it, or keep the module for a blackbox_exporter"
)

// proxied names the key that asks for a proxy.
func proxied(c pconfig.ProxyConfig) []string {
	switch {
	case c.ProxyURL.URL != nil:
		return []string{"proxy_url"}
	case c.ProxyFromEnvironment:
		return []string{"proxy_from_environment"}
	}
	return nil
}
