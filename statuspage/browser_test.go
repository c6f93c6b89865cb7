//go:build slow

package statuspage

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/upheld/upheld/internal/needs"
)

// browser starts a headless Chromium that lasts as long as the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(needs.Chromium(t)),
		chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.NoDefaultBrowserCheck,
	}
	for _, off := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(off, true))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("starting Chromium: ", err)
	}
	return ctx
}

// served answers with the documents of a moment, as the web layer does.
func served(t *testing.T, in Inputs) string {
	t.Helper()
	b := open(in, sampleNow)
	docs := b.eager()
	p := (&world{in: in}).publisher(atSample)
	p.SetSubscribing(true)
	maps.Copy(docs, subscriptionPages(p))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc := docs[r.URL.Path]
		if doc == nil {
			doc = b.document(r.URL.Path)
		}
		if id, is := incidentPath(r.URL.Path); is {
			for _, inc := range in.Incidents {
				if inc.ID == id {
					doc = b.page(incidentPage(b.incidentPage(inc), beside()))
				}
			}
		}
		if id, asCalendar, is := planPath(r.URL.Path); is {
			doc, _ = p.planDocument(r.Context(), b, id, asCalendar)
		}
		if doc == nil {
			doc = b.notFound()
		}
		w.Header().Set("Content-Type", doc.ContentType)
		w.Header().Set("Content-Security-Policy", doc.CSP)
		w.WriteHeader(doc.Status)
		_, _ = w.Write(doc.Body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// complaints gathers what a page asked for and what the browser said to it.
type complaints struct {
	mu       sync.Mutex
	requests []string
	said     []string
}

func listen(t *testing.T, ctx context.Context) *complaints {
	t.Helper()
	c := &complaints{}
	err := chromedp.Listen(ctx, func(event any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "data:") {
				c.requests = append(c.requests, e.Request.URL)
			}
		case *runtime.EventConsoleAPICalled:
			c.said = append(c.said, string(e.Type))
		case *runtime.EventExceptionThrown:
			c.said = append(c.said, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			c.said = append(c.said, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{})); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *complaints) take() (requests, said []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	requests, said = c.requests, c.said
	c.requests, c.said = nil, nil
	return requests, said
}

// command sends a command that answers nothing.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

var screens = []struct {
	name   string
	width  int64
	scheme string
}{
	{"320-light", 320, "light"}, {"390-light", 390, "light"}, {"390-dark", 390, "dark"},
	{"768-light", 768, "light"}, {"1280-light", 1280, "light"}, {"1280-dark", 1280, "dark"},
}

// TestInChromium looks at every kind of page at phone and desk width, in light
// and dark. With UPHELD_SCREENSHOTS set to a folder it leaves pictures there.
func TestInChromium(t *testing.T) {
	ctx := browser(t)
	heard := listen(t, ctx)
	pictures := os.Getenv("UPHELD_SCREENSHOTS")
	worlds := map[string]Inputs{"down": sampleBad(), "up": sampleGood(), "fresh": sampleFresh(), "told": sampleTold(), "planned": samplePlanned(), "promised": samplePromised()}
	paths := map[string][]string{
		"up": {"/", "/commitments"}, "fresh": {"/"},
		"promised": {"/", "/commitments", "/honesty", "/commitments/E6", "/commitments/E6b", "/commitments/E7", "/commitments/E8",
			"/commitments/P12", "/commitments/P6", "/commitments/E36", "/commitments/E54", "/commitments/E49"},
		"planned": {"/", "/maintenance", "/maintenance/pdatabase001", "/maintenance/pnetwork0002", "/maintenance/pstorage0003", "/maintenance/pemergency04",
			"/changes/prelease0006", "/components/part-1", "/services/platform", "/days/2026-11-15", "/history"},
		"down": {"/", "/history", "/method", "/nothing-here", "/components/part-1", "/services/platform", "/days/2026-11-18", "/days/2026-11-21", "/incidents/k3v9x2m7q1ab"},
		"told": {"/", "/incidents/slowsearch01", "/incidents/payroll00002", "/incidents/falsealarm03", "/components/part-2", "/subscribe",
			"/test/asked", "/test/refused", "/test/unknown", "/test/trouble", "/test/confirm", "/test/confirmed", "/test/manage", "/test/faulty", "/test/leave", "/test/left"},
	}
	for world, in := range worlds {
		base := served(t, in)
		for _, path := range paths[world] {
			for _, screen := range screens {
				name := world + strings.ReplaceAll(strings.TrimSuffix(path, "/"), "/", "-") + "-" + screen.name
				t.Run(name, func(t *testing.T) {
					heard.take()
					deadline, cancel := context.WithTimeout(ctx, 30*time.Second)
					defer cancel()
					scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: screen.scheme}}}
					err := chromedp.Do(deadline,
						command(emulation.SetEmulatedMedia, scheme),
						chromedp.EmulateViewport(screen.width, 900),
						chromedp.Navigate(base+path),
					)
					if err != nil {
						t.Fatal(err)
					}
					overflow, err := chromedp.Run(deadline, chromedp.Evaluate[int](
						`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
					if err != nil {
						t.Fatal(err)
					}
					if overflow > 0 {
						t.Errorf("the page is %d px wider than the screen", overflow)
					}
					requests, said := heard.take()
					said = without(said, "the server responded with a status of 4")
					if len(said) > 0 {
						t.Errorf("the browser complains: %q", said)
					}
					for _, r := range requests {
						if !strings.HasPrefix(r, base+"/") {
							t.Errorf("asked elsewhere: %s", r)
						}
					}
					if path == "/" && len(requests) != 1 {
						t.Errorf("%d requests for the home page: %q", len(requests), requests)
					}
					if pictures != "" {
						picture, err := chromedp.Run(deadline, chromedp.FullScreenshot(100))
						if err != nil {
							t.Fatal(err)
						}
						if err := os.WriteFile(filepath.Join(pictures, name+".png"), picture, 0o644); err != nil {
							t.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// without drops the browser's remark that a page which says 404 says 404.
func without(said []string, mark string) []string {
	var out []string
	for _, s := range said {
		if !strings.Contains(s, mark) {
			out = append(out, s)
		}
	}
	return out
}

// TestKeyboard walks through the page with the tabulator key: every bar is
// reached, in order, and each component's bars can be skipped.
func TestKeyboard(t *testing.T) {
	ctx, cancel := context.WithTimeout(browser(t), time.Minute)
	defer cancel()
	base := served(t, sampleGood())
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"/")); err != nil {
		t.Fatal(err)
	}
	var order []string
	for range 110 {
		if err := chromedp.Do(ctx, chromedp.KeyEvent("\t")); err != nil {
			t.Fatal(err)
		}
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](
			`(e => e === document.body ? "" : e.getAttribute("href"))(document.activeElement)`))
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, at)
	}
	want := []string{"#main", "/", "/history", "/maintenance", "/method", "/services/platform", "/services/platform", "/components/part-0", "#w-part-0"}
	for i, w := range want {
		if order[i] != w {
			t.Fatalf("stop %d is %q, want %q (all: %q)", i, order[i], w, order[:10])
		}
	}
	day := sampleNow.In(sampleZone()).AddDate(0, 0, -89)
	for i := range 90 {
		if w := fmt.Sprintf("/days/%s", day.AddDate(0, 0, i).Format(time.DateOnly)); order[len(want)+i] != w {
			t.Fatalf("bar %d leads to %q, want %q", i, order[len(want)+i], w)
		}
	}
	if next := order[len(want)+90]; next != "/components/part-0" {
		t.Errorf("after the bars comes %q", next)
	}
}
