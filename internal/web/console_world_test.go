package web

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/keys"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/register"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// bureau is the console over the services and the database that are used. What
// is measured and where operators are told is made up.
type bureau struct {
	*world
	db        *store.DB
	people    *identity.Service
	catalogue uptime.Catalogue
	states    map[uptime.ComponentID]uptime.State
	channels  []notify.ChannelInfo
	blind     []uptime.Class
	tests     int
	cookies   map[uptime.Role]string
}

func (o *bureau) Catalogue() uptime.Catalogue                 { return o.catalogue }
func (o *bureau) States() map[uptime.ComponentID]uptime.State { return o.states }
func (o *bureau) Blind() []uptime.Class                       { return o.blind }
func (o *bureau) Channels(context.Context) ([]notify.ChannelInfo, error) {
	return o.channels, nil
}

func (o *bureau) Letter(_ context.Context, n uptime.Notice) (notify.Preview, error) {
	d := uptime.Delivery{ID: "preview", Notice: n, Recipient: uptime.Recipient{Kind: uptime.ToMail, ID: "reader"}}
	links := notify.Links{Page: o.catalogue.Page.URL, Word: func(purpose string, _ uptime.SubscriberID) string { return purpose }}
	return notify.WhatIsSent(notify.MailSettings{}, links, notice.Fold([]uptime.Delivery{d})[0])
}

func (o *bureau) TestChannel(context.Context, uptime.Actor, string) (notify.Receipt, error) {
	o.tests++
	return notify.Receipt{State: uptime.DeliveryAccepted, Reply: "250 queued as 17"}, nil
}

func (o *bureau) SetChannel(_ context.Context, _ uptime.Actor, id string, inUse bool, reason string) error {
	for i, c := range o.channels {
		if c.ID == id {
			o.channels[i].State = uptime.ChannelState{Name: id, Reason: reason, DisabledAt: o.now}
			if inUse {
				o.channels[i].State = uptime.ChannelState{Name: id}
			}
			return nil
		}
	}
	return uptime.ErrNotFound
}

func (o *bureau) Resend(ctx context.Context, _ uptime.Actor, delivery string) error {
	return o.db.Apply(ctx, uptime.Changes{Resend: []string{delivery}})
}

func (o *bureau) rules() notice.Rules {
	r := notice.Rules{
		Page:      uptime.PageName{Name: o.catalogue.Page.Name, URL: o.catalogue.Page.URL, Zone: o.catalogue.Page.Zone.String()},
		Catalogue: o.catalogue, Public: true,
	}
	for _, c := range o.channels {
		r.Channels = append(r.Channels, c.Rule)
	}
	return r
}

func newBureau(t *testing.T, change ...func(*Options)) *bureau {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "upheld.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	zone, err := time.LoadLocation("Europe/Vienna")
	if err != nil {
		t.Fatal(err)
	}
	o := &bureau{db: db, cookies: map[uptime.Role]string{}, states: map[uptime.ComponentID]uptime.State{
		"api": uptime.Down, "sign-in": uptime.Degraded, "web": uptime.Up, "search": uptime.Up, "billing": uptime.Unknown,
	}}
	o.catalogue = uptime.Catalogue{
		Page: uptime.Page{Name: "Example", URL: "https://status.example.org", Zone: zone},
		Components: []uptime.Component{
			{ID: "api", Name: "API", Group: "Platform"}, {ID: "sign-in", Name: "Sign-in", Group: "Platform"},
			{ID: "web", Name: "Website"}, {ID: "search", Name: "Search", Group: "Features"}, {ID: "billing", Name: "Billing", Group: "Features"},
		},
		Regions:  []uptime.Region{{ID: "eu", Name: "Europe", Zone: zone}, {ID: "nz", Name: "New Zealand", Zone: mustZone(t, "Pacific/Auckland")}},
		Policies: []uptime.Policy{samplePolicy(zone)},
	}
	o.channels = []notify.ChannelInfo{
		{ID: "on-call", Name: "On call", Type: "pagerduty", Rule: notice.Channel{Name: "on-call"}},
		{ID: "office", Name: "Office chat", Type: "slack", Rule: notice.Channel{Name: "office", Tiers: []uptime.Tier{1}}},
	}
	o.world = newWorld()
	now := func() time.Time { return o.now }
	o.people = identity.New(db, now)
	ring, err := keys.New("0123456789abcdef0123456789ABCDEF-a-test")
	if err != nil {
		t.Fatal(err)
	}
	service := incidents.NewService(incidents.Options{Ledger: db, Rules: o.rules, States: o.States, Now: now, Random: rand.Reader})
	list := subscribers.New(subscribers.Options{Store: db, Ring: ring, Now: now, Catalogue: o.Catalogue})
	options := o.site.Options
	options.Identity, options.People, options.Sessions = o.people, o.people, o.cabinet
	options.Incidents, options.Records, options.SubscriberList, options.Desk, options.Now = service, db, list, o, now
	options.Plans = db
	options.Planner = incidents.NewPlanner(incidents.PlannerOptions{Ledger: db, Rules: o.rules, States: o.States, Now: now, Random: rand.Reader, Costs: sampleCosts})
	options.Register = register.New(register.Options{Store: db, Rules: o.rules, Now: now, Random: rand.Reader})
	options.Standings = o
	options.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	for _, f := range change {
		f(&options)
	}
	o.serve(newSite(options, routes(), publicPolicies()...))
	o.now = time.Now().UTC().Truncate(time.Second)
	for _, role := range []uptime.Role{uptime.Viewer, uptime.Responder, uptime.Publisher, uptime.Admin} {
		user := uptime.User{ID: "u-" + role.String(), Name: role.String(), Role: role, PasswordHash: goodHash, Epoch: 1, CreatedAt: o.now}
		if err := db.Apply(t.Context(), uptime.Changes{Users: []uptime.UserChange{{User: user, New: true}}}); err != nil {
			t.Fatal(err)
		}
		o.cookies[role] = o.begin(t, user)
	}
	for _, address := range []string{"anna@example.org", "ben@example.org"} {
		if _, err := list.Add(t.Context(), commander(), subscribers.Addition{Kind: uptime.ToMail, Address: address, Consent: "a test"}); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// get reads a page as somebody of a role.
func (o *bureau) get(t *testing.T, role uptime.Role, path string) sheet {
	t.Helper()
	return read(t, o.send("GET", path, "", "Cookie", o.cookies[role]))
}

// post sends a form as somebody of a role.
func (o *bureau) post(t *testing.T, role uptime.Role, path string, fields url.Values) sheet {
	t.Helper()
	return read(t, o.send("POST", path, fields.Encode(), "Cookie", o.cookies[role], "Sec-Fetch-Site", "same-origin"))
}

// sheet is an answer, read.
type sheet struct {
	status   int
	location string
	text     string // what is seen
	raw      string
	root     *html.Node
}

func read(t *testing.T, r *http.Response) sheet {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	s := sheet{r.StatusCode, r.Header.Get("Location"), "", string(raw), root}
	s.each(func(n *html.Node) {
		if n.Type == html.TextNode {
			s.text += n.Data + " "
		}
	})
	s.text = strings.Join(strings.Fields(s.text), " ")
	return s
}

func (s sheet) each(do func(*html.Node)) {
	for n := range s.root.Descendants() {
		do(n)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// form is what the form with this id would send, as a browser sends it without
// any button.
func (s sheet) form(t *testing.T, id string) (action string, fields url.Values) {
	t.Helper()
	fields = url.Values{}
	found := false
	s.each(func(n *html.Node) {
		if n.Data != "form" || attr(n, "id") != id {
			return
		}
		found, action = true, attr(n, "action")
		for field := range n.Descendants() {
			name := attr(field, "name")
			switch {
			case name == "":
			case field.Data == "textarea" && field.FirstChild != nil:
				fields.Add(name, strings.TrimPrefix(field.FirstChild.Data, "\n"))
			case field.Data == "select":
				for o := range field.Descendants() {
					if _, chosen := value(o, "selected"); o.Data == "option" && chosen {
						fields.Add(name, attr(o, "value"))
					}
				}
			case field.Data == "input":
				_, on := value(field, "checked")
				if kind := attr(field, "type"); kind != "checkbox" && kind != "radio" || on {
					fields.Add(name, attr(field, "value"))
				}
			}
		}
	})
	if !found {
		t.Fatalf("there is no form %q: %s", id, s.text)
	}
	return action, fields
}

func value(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// with is the fields with others on top.
func with(fields url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for name, values := range fields {
		out[name] = values
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}
