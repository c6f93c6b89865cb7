package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

type fakeProber struct{ on bool }

func (p *fakeProber) On() bool { return p.on }

func (p *fakeProber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprintf(w, "probed %s\n", r.URL.Query().Get("target"))
}

func TestProbeIsThereForOperatorsOnceThereAreModules(t *testing.T) {
	prober := &fakeProber{}
	u := newUnder(func(o *Options) { o.Prober = prober })
	if r := do(u.ops, "GET", "/probe?target=a"); r.StatusCode != http.StatusNotFound {
		t.Errorf("off: %d", r.StatusCode)
	}
	if text := body(t, do(u.ops, "GET", "/")); strings.Contains(text, "probe") {
		t.Errorf("off, and listed: %s", text)
	}
	prober.on = true
	if r := do(u.ops, "GET", "/probe?target=a"); r.StatusCode != http.StatusOK || body(t, r) != "probed a\n" {
		t.Errorf("on: %d", r.StatusCode)
	}
	if text := body(t, do(u.ops, "GET", "/")); !strings.HasSuffix(text, "\n/probe\n") {
		t.Errorf("on, and not listed: %s", text)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "HEAD"} {
		if r := do(u.ops, method, "/probe?target=a"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET" {
			t.Errorf("%s: %d, Allow: %s", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
	if r := do(u.public, "GET", "/probe?target=a"); r.StatusCode == http.StatusOK {
		t.Error("the public can probe")
	}
}
