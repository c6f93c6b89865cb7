package statuspage

import (
	"bytes"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// everyDocument is all that can be read of a moment.
func everyDocument(t testing.TB, in Inputs) map[string]*Document {
	t.Helper()
	b := open(in, sampleNow)
	docs := b.eager()
	docs["404"] = b.notFound()
	paths := []string{atomPath, rssPath, planListPath, calendarPath, "/method", "/history", "/history/2026-11", "/history/2026-10", "/days/2026-11-21", "/days/2026-11-18", "/days/2026-09-05"}
	for _, c := range in.Catalogue.Components {
		paths = append(paths, "/components/"+string(c.ID), "/components/"+string(c.ID)+".json")
	}
	for _, s := range in.Catalogue.Services {
		paths = append(paths, "/services/"+string(s.ID), "/services/"+string(s.ID)+".json")
	}
	if in.Subscribing {
		paths = append(paths, subscribePath)
	}
	for _, path := range paths {
		if docs[path] = b.document(path); docs[path] == nil {
			t.Fatalf("no document at %s", path)
		}
	}
	for _, inc := range b.in.Incidents {
		docs["/incidents/"+string(inc.ID)] = b.page(incidentPage(b.incidentPage(inc), beside()))
	}
	for _, p := range b.in.Plans {
		docs[planAddress(p)] = b.page(planPage(b.planPage(p, b.proofsOf(p.ID)), beside()))
		docs[planAddress(p)+".ics"] = b.planCalendar(p)
	}
	return docs
}

// Whatever operators write or targets answer, none of it is on the page but
// what is meant for the public.
func TestNoSecretReachesAReader(t *testing.T) {
	const secret = "hunter2"
	in := sampleBad()
	for i := range in.Catalogue.Monitors {
		m := &in.Catalogue.Monitors[i]
		renamed := uptime.MonitorID(fmt.Sprintf("https-user-%s-10-0-0-%d", secret, i))
		for c := range in.Catalogue.Components {
			for k, id := range in.Catalogue.Components[c].Monitors {
				if id == m.ID {
					in.Catalogue.Components[c].Monitors[k] = renamed
				}
			}
		}
		for k := range in.Segments {
			if in.Segments[k].Monitor == m.ID {
				in.Segments[k].Monitor = renamed
				in.Segments[k].Vantage = secret
				in.Segments[k].Code = uptime.Code(string(in.Segments[k].Code) + secret)
			}
		}
		for k := range in.Healths {
			if in.Healths[k].Monitor == m.ID {
				in.Healths[k].Monitor = renamed
				in.Healths[k].Vantage = secret
				in.Healths[k].Last = uptime.Observation{
					Monitor: renamed, Vantage: secret, Code: secret, Detail: "dial tcp 10.0.0.7:443: " + secret,
					Facts: uptime.Facts{TLSVersion: secret, DNSCode: secret, ServingStatus: secret},
				}
			}
		}
		m.ID, m.Type = renamed, secret
	}
	for path, doc := range everyDocument(t, in) {
		if i := bytes.Index(doc.Body, []byte(secret)); i >= 0 {
			t.Errorf("%s tells …%s…", path, doc.Body[max(0, i-60):i+20])
		}
		if regexp.MustCompile(`\b10\.0\.0\.\d`).Match(doc.Body) || bytes.Contains(doc.Body, []byte("10-0-0-")) {
			t.Errorf("%s tells an address", path)
		}
	}
}

// Text from people is text: nothing in it becomes markup.
func TestTextIsEscaped(t *testing.T) {
	const attack = `<script>alert(1)</script><img src=x onerror=alert(1)>"'><svg/onload=alert(1)>`
	in := sampleBad()
	in.Catalogue.Page.Name = attack
	for i := range in.Catalogue.Components {
		in.Catalogue.Components[i].Name, in.Catalogue.Components[i].Description = attack, attack
		in.Catalogue.Components[i].Group = attack
	}
	for i := range in.Catalogue.Services {
		in.Catalogue.Services[i].Name = attack
	}
	for i := range in.Incidents {
		in.Incidents[i].Title = attack
		for k := range in.Incidents[i].Updates {
			in.Incidents[i].Updates[k].Body = attack
		}
	}
	in.Version = attack
	for path, doc := range everyDocument(t, in) {
		if doc.ContentType != typeHTML {
			continue
		}
		root, err := html.Parse(bytes.NewReader(doc.Body))
		if err != nil {
			t.Fatal(err)
		}
		for node := range root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if node.Data == "script" || node.Data == "img" {
				t.Errorf("%s: a %s element", path, node.Data)
			}
			for _, a := range node.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s: attribute %s", path, a.Key)
				}
			}
		}
	}
}

// Every page is sound: one h1, no level skipped, no id twice, every link inside
// leads somewhere, every element that is a control has a name.
func TestPagesAreSound(t *testing.T) {
	docs := everyDocument(t, sampleBad())
	for path, doc := range everyDocument(t, samplePlanned()) {
		docs["planned:"+path] = doc
	}
	for path, doc := range docs {
		if doc.ContentType != typeHTML {
			continue
		}
		root, err := html.Parse(bytes.NewReader(doc.Body))
		if err != nil {
			t.Fatal(err)
		}
		ids, level, h1 := map[string]bool{}, 0, 0
		for node := range root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if id := attr(node, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %q twice", path, id)
				}
				ids[id] = true
			}
			if len(node.Data) == 2 && node.Data[0] == 'h' && node.Data[1] >= '1' && node.Data[1] <= '6' {
				now := int(node.Data[1] - '0')
				if now > level+1 {
					t.Errorf("%s: h%d follows h%d", path, now, level)
				}
				if level = now; now == 1 {
					h1++
				}
			}
			if node.Data == "a" && attr(node, "aria-label") == "" && strings.TrimSpace(textOf(node)) == "" {
				t.Errorf("%s: a link to %s has no name", path, attr(node, "href"))
			}
		}
		if h1 != 1 {
			t.Errorf("%s: %d h1", path, h1)
		}
		for node := range root.Descendants() {
			if href := attr(node, "href"); node.Data == "a" && strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("%s: %s leads nowhere", path, href)
			}
		}
	}
}

// Every address that a page links to is one that is answered.
func TestEveryLinkIsAnswered(t *testing.T) {
	for name, in := range map[string]Inputs{"measured": sampleBad(), "told": sampleTold(), "planned": samplePlanned()} {
		t.Run(name, func(t *testing.T) { everyLinkIsAnswered(t, in) })
	}
}

func everyLinkIsAnswered(t *testing.T, in Inputs) {
	t.Helper()
	b := open(in, sampleNow)
	docs := b.eager()
	for path, doc := range everyDocument(t, in) {
		if doc.ContentType != typeHTML {
			continue
		}
		root, err := html.Parse(bytes.NewReader(doc.Body))
		if err != nil {
			t.Fatal(err)
		}
		for node := range root.Descendants() {
			href := attr(node, "href")
			if !strings.HasPrefix(href, "/") {
				continue
			}
			if _, incident := incidentPath(href); incident {
				continue
			}
			if id, _, plan := planPath(href); plan && slices.ContainsFunc(in.Plans, func(p uptime.Plan) bool { return p.ID == id }) {
				continue
			}
			if docs[href] == nil {
				docs[href] = b.document(href)
			}
			if docs[href] == nil {
				t.Errorf("%s leads to %s, which is not answered", path, href)
			}
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}

// Size is what a phone on a train pays for: one request, 14 KB for twenty
// components, 30 KB for a hundred.
func TestHomeIsSmall(t *testing.T) {
	for n, most := range map[int]int{20: 14_000, 100: 30_000} {
		doc := open(sampleMany(n), sampleNow).homeDocument()
		if len(doc.Gzip) > most {
			t.Errorf("%d components: %d bytes compressed, at most %d", n, len(doc.Gzip), most)
		}
	}
}

// The property that the product stands for: whoever adds up the stretches
// arrives at the digits on the page, and where nothing was observed there are
// none.
func TestEveryPercentageCanBeRecomputed(t *testing.T) {
	shown := regexp.MustCompile(`(\d+\.\d+) %`)
	rapid.Check(t, func(t *rapid.T) {
		s := newSample()
		age := rapid.IntRange(0, 100*86400).Draw(t, "watched for seconds")
		id := s.add("Payroll", "", uptime.Critical, sampleNow.Add(-time.Duration(age)*time.Second))
		if age == 0 {
			s.in.Segments = nil
			s.in.Healths[0] = uptime.Health{Monitor: "monitor-0", Vantage: uptime.Local}
		}
		at := sampleNow.Add(-time.Duration(age) * time.Second)
		for at.Before(sampleNow.Add(-2*time.Hour)) && len(s.in.Segments) < 12 {
			at = at.Add(time.Duration(rapid.IntRange(1, 20*86400).Draw(t, "quiet")) * time.Second)
			length := time.Duration(rapid.IntRange(1, 2*86400).Draw(t, "length")) * time.Second
			if !at.Add(length).Before(sampleNow) {
				break
			}
			s.was(id, rapid.SampledFrom([]uptime.State{uptime.Down, uptime.Partial, uptime.Degraded, uptime.Unknown}).Draw(t, "state"), at, length, uptime.TimedOut)
			at = at.Add(length)
		}

		// The reader's sum: seconds per state in the last 90 days, second by
		// second of the segments as they stand.
		from := sampleNow.Add(-90 * 24 * time.Hour)
		in := map[uptime.State]int64{}
		for _, seg := range s.in.Segments {
			begin, end := seg.From, seg.To
			if end.IsZero() || end.After(sampleNow) {
				end = sampleNow
			}
			if begin.Before(from) {
				begin = from
			}
			if begin.Before(end) {
				in[seg.State] += int64(end.Sub(begin) / time.Second)
			}
		}
		window := int64(90 * 86400)
		observed := in[uptime.Up] + in[uptime.Degraded] + in[uptime.Partial] + in[uptime.Down]
		floor := func(part, whole int64, digits int64) string {
			scaled := new(big.Int).Div(big.NewInt(part*100*digits), big.NewInt(whole)).Int64()
			return fmt.Sprintf("%d.%0*d", scaled/digits, len(fmt.Sprint(digits))-1, scaled%digits)
		}
		want := map[string]bool{floor(observed, window, 100): true}
		if observed > 0 {
			tenths := 10*in[uptime.Down] + 3*in[uptime.Partial]
			want[floor(10*observed-tenths, 10*observed, 10_000)] = true
			want[floor(observed-in[uptime.Down]-in[uptime.Partial], observed, 10_000)] = true
		}
		c := Build(s.in, sampleNow).Groups[0].Components[0]
		if c.Figures.Observed != (observed > 0) {
			t.Fatalf("observed %d s, and the figures say %t", observed, c.Figures.Observed)
		}
		page := string(Render(Build(s.in, sampleNow)))
		_, content, _ := strings.Cut(page, "<main")
		for _, match := range shown.FindAllStringSubmatch(content, -1) {
			if !want[match[1]] {
				t.Fatalf("the page says %s %%; the reader's sums are %v (%v)", match[1], want, in)
			}
		}
	})
}

func TestTheNameIsNotSaidTwice(t *testing.T) {
	for name, want := range map[string]string{
		"Example": "How we measure — Example status", "Example Status": "How we measure — Example Status", "Status": "How we measure — Status",
	} {
		s := newSample()
		s.in.Catalogue.Page.Name = name
		if got := open(s.in, sampleNow).method().Title; got != want {
			t.Errorf("%q: title %q, want %q", name, got, want)
		}
	}
}
