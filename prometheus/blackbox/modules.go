package blackbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/blackbox_exporter/config"
	pconfig "github.com/prometheus/common/config"

	upheld "github.com/upheld/upheld/internal/config"
)

// Modules is a file of modules that was read. It is read-only.
type Modules struct {
	byName  map[string]config.Module // that can be probed by
	refused map[string]string        // why the others cannot, in a sentence
	named   upheld.Problems          // the same, with places
}

// Load reads a file of modules, and loads whatever blackbox_exporter does: a
// module that cannot be had here is refused alone, so that a file that is shared
// with one works as it is. The error is of type config.Problems of
// internal/config.
func Load(path string) (*Modules, error) {
	file, err := upheld.LoadModules[config.Module](path)
	if err != nil {
		return nil, err
	}
	return sorted(file), nil
}

// Parse is Load for a text; problems call it name.
func Parse(name string, text []byte) (*Modules, error) {
	file, err := upheld.ParseModules[config.Module](name, text)
	if err != nil {
		return nil, err
	}
	return sorted(file), nil
}

// sorted tells the modules that can be probed by from the others.
func sorted(file *upheld.ModuleFile[config.Module]) *Modules {
	modules := &Modules{byName: map[string]config.Module{}, refused: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(file.Modules)) {
		module := file.Modules[name]
		found := faults(module)
		if len(found) == 0 {
			modules.byName[name] = module
			continue
		}
		modules.refused[name] = found[0].what
		for _, f := range found {
			modules.named = append(modules.named, file.Problem(f.what, f.remedy, append([]string{"modules", name}, f.path...)...))
		}
	}
	slices.SortStableFunc(modules.named, func(a, b upheld.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return modules
}

// Names are the modules that can be probed by, sorted.
func (m *Modules) Names() []string { return slices.Sorted(maps.Keys(m.byName)) }

// Refused is what keeps the other modules from being probed by, in the file's
// order. A request for one of them is answered with 400.
func (m *Modules) Refused() upheld.Problems { return slices.Clone(m.named) }

// A fault is one thing that keeps a module from being probed by.
type fault struct {
	path         []string // below the module
	what, remedy string
}

// faults lists what a module asks for that no prober here does, that no guard can
// watch, or that nothing would end.
func faults(m config.Module) (found []fault) {
	add := func(what, remedy string, path ...string) { found = append(found, fault{path, what, remedy}) }
	switch {
	case m.Prober == "":
		add("it has no prober", "add prober: http, tcp, icmp, dns or grpc", "prober")
	case m.Prober == "unix":
		add("a prober of sockets lets whoever asks for a probe open any socket of this machine", elsewhere, "prober")
	case probers(m.Prober) == nil:
		add(fmt.Sprintf("there is no prober %q", m.Prober), "use http, tcp, icmp, dns or grpc", "prober")
	}
	if m.HTTP.UseHTTP3 {
		add("HTTP/3 connects in a way that cannot be guarded", elsewhere, "http", "enable_http3")
	}
	if m.DNS.DNSOverTLS && m.DNS.SourceIPAddress != "" {
		add("DNS over TLS from an address of its own waits for a handshake without a limit", elsewhere, "dns", "source_ip_address")
	}
	for _, key := range proxied(m.HTTP.HTTPClientConfig.ProxyConfig) {
		add(behindProxy, elsewhere, "http", key)
	}
	if o := m.HTTP.HTTPClientConfig.OAuth2; o != nil {
		for _, key := range proxied(o.ProxyConfig) {
			add(behindProxy, elsewhere, "http", "oauth2", key)
		}
	}
	return found
}

const (
	behindProxy = "a proxy would be the only address that the egress guard sees"
	elsewhere   = "remove it, or keep the module for a blackbox_exporter"
)

// proxied names the keys that ask for a proxy.
func proxied(c pconfig.ProxyConfig) (keys []string) {
	if c.ProxyURL.URL != nil {
		keys = append(keys, "proxy_url")
	}
	if c.ProxyFromEnvironment {
		keys = append(keys, "proxy_from_environment")
	}
	return keys
}
