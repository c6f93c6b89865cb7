package statuspage

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/uptime"
)

func TestReadSubscription(t *testing.T) {
	tests := map[string]struct {
		fields string
		want   SubscriptionForm
		kind   uptime.RecipientKind
	}{
		"all": {"address=+a%40example.org+&scope=all&news=incidents&news=maintenance", SubscriptionForm{
			Address: "a@example.org", Choice: Choice{News: []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance}},
		}, uptime.ToMail},
		"some, in any order and twice": {"address=https%3A%2F%2Fa.example%2Fb&scope=some&component=b&component=a&component=b&news=reports", SubscriptionForm{
			Address: "https://a.example/b", Some: true,
			Choice: Choice{Components: []uptime.ComponentID{"a", "b"}, News: []uptime.News{uptime.NewsReports}},
		}, uptime.ToWebhook},
		"ticked, but all are wanted": {"address=a&scope=all&component=b&news=incidents", SubscriptionForm{
			Address: "a", Choice: Choice{News: []uptime.News{uptime.NewsIncidents}},
		}, uptime.ToMail},
		"nothing picked": {"address=a&scope=some", SubscriptionForm{
			Address: "a", Some: true, Faults: []Fault{FaultNews, FaultComponents},
		}, uptime.ToMail},
		"a kind that does not exist": {"address=a&news=gossip", SubscriptionForm{Address: "a", Faults: []Fault{FaultNews}}, uptime.ToMail},
		"empty":                      {"", SubscriptionForm{Faults: []Fault{FaultNews}}, uptime.ToMail},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fields, err := url.ParseQuery(test.fields)
			if err != nil {
				t.Fatal(err)
			}
			got := ReadSubscription(fields)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Kind() != test.kind {
				t.Errorf("kind %s, want %s", got.Kind(), test.kind)
			}
		})
	}
}

// submitted is what a browser would send of the form that posts to an address,
// as it stands.
func submitted(t *testing.T, doc *Document, action string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(doc.Body)))
	if err != nil {
		t.Fatal(err)
	}
	for form := range root.Descendants() {
		if form.Data != "form" || attr(form, "action") != action || attr(form, "method") != "post" {
			continue
		}
		out := url.Values{}
		for field := range form.Descendants() {
			if field.Data != "input" {
				continue
			}
			ticked := slices.ContainsFunc(field.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
			if kind := attr(field, "type"); kind == "text" || ticked {
				out.Add(attr(field, "name"), attr(field, "value"))
			}
		}
		return out
	}
	t.Fatalf("no form posts to %s", action)
	return nil
}

// The form is an ordinary page while subscribing works, and no page invites to
// what does not.
func TestTheFormIsThereWhileSubscribingWorks(t *testing.T) {
	p := (&world{in: sampleTold()}).publisher(atSample)
	const invitation = `<a class="go" href="/subscribe">`
	for _, works := range []bool{false, true, false} {
		p.SetSubscribing(works)
		p.Refresh(t.Context())
		doc, err := p.Document(t.Context(), "/subscribe")
		if works != (err == nil) || !works && !errors.Is(err, uptime.ErrNotFound) {
			t.Fatalf("works %t: %v", works, err)
		}
		if strings.Contains(body(t, p, "/"), invitation) != works {
			t.Errorf("works %t: the home page does not say so", works)
		}
		if !works {
			continue
		}
		if doc.CacheControl != cacheShortly || doc.ETag == "" || !strings.Contains(doc.CSP, "form-action 'self'") {
			t.Errorf("%q %q %q", doc.CacheControl, doc.ETag, doc.CSP)
		}
		form := ReadSubscription(submitted(t, doc, "/subscribe"))
		if len(form.Faults) > 0 || form.Some || !slices.Equal(form.Choice.News, []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance}) {
			t.Errorf("untouched the form sends %+v", form)
		}
		holds(t, flat(doc.Body), "Once you leave, your address is erased.", `href="/history.atom"`)
	}
	if home, _ := p.Document(t.Context(), "/"); !strings.Contains(home.CSP, "form-action 'none'") {
		t.Errorf("the home page may send forms: %s", home.CSP)
	}
}

// Whoever is refused finds everything as they left it, and why.
func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	p := (&world{in: sampleTold()}).publisher(atSample)
	p.SetSubscribing(true)
	form := SubscriptionForm{
		Address: `"<b>"@example`, Some: true, Faults: []Fault{FaultAddress},
		Choice: Choice{Components: []uptime.ComponentID{"part-0", "part-2"}, News: []uptime.News{uptime.NewsReports}},
	}
	doc := p.SubscriptionRefused(form)
	if doc.Status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", doc.Status)
	}
	again := ReadSubscription(submitted(t, doc, "/subscribe"))
	again.Faults = form.Faults
	if diff := cmp.Diff(form, again); diff != "" {
		t.Error(diff)
	}
	holds(t, flat(doc.Body), faultWords(FaultAddress), `aria-invalid="true"`)
	for _, fault := range []Fault{FaultAddress, FaultWebhook, FaultComponents, FaultNews} {
		page := flat(p.SubscriptionRefused(SubscriptionForm{Faults: []Fault{fault}}).Body)
		for _, other := range []Fault{FaultAddress, FaultWebhook, FaultComponents, FaultNews} {
			if strings.Contains(page, html.EscapeString(faultWords(other))) != (fault == other) {
				t.Errorf("%s: the page says %q: %t", fault, faultWords(other), fault != other)
			}
		}
	}
}

// Every page for one reader is for nobody else's cache, and may post to us
// alone; each step has its form.
func TestPagesForOneReaderAreKeptByNobody(t *testing.T) {
	p := (&world{in: sampleTold()}).publisher(atSample)
	p.SetSubscribing(true)
	pages := subscriptionPages(p)
	for path, doc := range pages {
		if doc.CacheControl != "no-store" || doc.ETag != "" || doc.Gzip != nil || !doc.LastModified.IsZero() || doc.Shared {
			t.Errorf("%s may be kept: %q %q", path, doc.CacheControl, doc.ETag)
		}
		if !strings.Contains(doc.CSP, "form-action 'self'") || !strings.Contains(doc.CSP, "frame-ancestors 'none'") || strings.Contains(doc.CSP, "script") {
			t.Errorf("%s: %s", path, doc.CSP)
		}
	}
	for path, status := range map[string]int{"/test/asked": 200, "/test/unknown": 404, "/test/trouble": 429, "/test/confirm": 200, "/test/manage": 200, "/test/faulty": 422, "/test/left": 200} {
		if got := pages[path].Status; got != status {
			t.Errorf("%s: %d, want %d", path, got, status)
		}
	}
	for path, action := range map[string]string{"/test/confirm": "/subscribe/confirm/w.o-rd", "/test/leave": "/unsubscribe/w.o-rd"} {
		if fields := submitted(t, pages[path], action); len(fields) != 0 {
			t.Errorf("%s: the button sends %v", path, fields)
		}
	}
	manage := ReadSubscription(submitted(t, pages["/test/manage"], "/subscribe/manage/w.o-rd"))
	if !manage.Some || !slices.Equal(manage.Choice.Components, []uptime.ComponentID{"part-1"}) || len(manage.Faults) > 0 {
		t.Errorf("the choice is %+v", manage)
	}
	submitted(t, pages["/test/manage"], "/unsubscribe/l.w")
	holds(t, flat(pages["/test/confirmed"].Body), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", `href="/subscribe/manage/m.w"`, `href="/unsubscribe/l.w"`,
		"https://hooks.example.org/status?team=7", "all components, and those to come")
	holds(t, flat(pages["/test/confirm"].Body), "reader@example.org", "Payroll", "incidents")
	for path, page := range pages {
		if path != "/test/confirmed" && strings.Contains(string(page.Body), "whsec_") {
			t.Errorf("%s tells the secret", path)
		}
	}
	if strings.Contains(string(pages["/test/left"].Body), "reader@example.org") {
		t.Error("whoever left is still named")
	}
}

// A word that is no word of ours is a part of the address and nothing else.
func TestAWordStaysInItsAddress(t *testing.T) {
	p := (&world{in: sampleTold()}).publisher(atSample)
	doc := p.Subscription(SubscriptionView{Step: StepConfirm, Word: "../../evil?x=\"#"})
	submitted(t, doc, "/subscribe/confirm/..%2F..%2Fevil%3Fx=%22%23")
}
