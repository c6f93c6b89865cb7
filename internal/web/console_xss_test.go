package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/uptime"
)

// corpus is what a person may type to have a reader's browser do something.
func corpus(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "markdown", "testdata", "xss.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// Nothing that anybody typed runs on any page, be it in a form that comes back
// or in what was stored.
func TestNothingThatWasTypedRuns(t *testing.T) {
	o := newBureau(t)
	pages := []string{consolePath, "/console/incidents", "/console/ledger", "/console/channels", "/console/subscribers",
		"/console/templates", "/console/people", "/console/account", "/console/audit", newPath,
		plansPath, plansPath + "/new", plansPath + "?show=all", seriesPath, seriesPath + "/new", commitmentsPath, commitmentsPath + "/S2", noncompliancePath}
	for n, evil := range corpus(t) {
		if testing.Short() && n%4 > 0 {
			continue
		}
		evil = strings.ReplaceAll(evil, `\n`, "\n")
		action, fields := o.get(t, uptime.Publisher, newPath).form(t, "compose")
		line := strings.Join(strings.Fields(evil), " ")
		typed := with(fields, "title", line, "body", evil, "ids", evil, "do", "preview", "at", evil)
		idle(t, "form", o.post(t, uptime.Publisher, action, typed))
		preview := o.post(t, uptime.Publisher, action, with(typed, "ids", "", "at", ""))
		idle(t, "preview", preview)
		if preview.status != http.StatusOK || n%12 > 0 {
			continue
		}
		action, fields = preview.form(t, "send")
		if r := o.post(t, uptime.Publisher, action, with(fields, "do", "publish")); r.status == http.StatusSeeOther {
			idle(t, "incident", o.get(t, uptime.Publisher, r.location))
		}
		for path, form := range map[string]string{"/console/templates": "new", "/console/people": "new", "/console/account": "token", "/console/subscribers": "add"} {
			action, fields := o.get(t, uptime.Admin, path).form(t, form)
			for name := range fields {
				if name != onceField && name != "id" && name != "role" && name != "phase" && name != "impact" && name != "lifetime" {
					fields.Set(name, line)
				}
			}
			idle(t, path, o.post(t, uptime.Admin, action, fields))
		}
		action, fields = o.get(t, uptime.Publisher, plansPath+"/new").form(t, "plan")
		start := o.now.AddDate(0, 0, 30).Format("2006-01-02T15:04")
		planned := with(fields, "title", line, "body", evil, "from", start, "length", "1 h", "zone", "UTC", "part", "api", "override", line, "do", "check")
		idle(t, "plan", o.post(t, uptime.Publisher, action, with(planned, "from", evil, "length", evil, "zone", evil, "ids", evil)))
		check := o.post(t, uptime.Publisher, action, planned)
		idle(t, "check", check)
		if _, fields := check.form(t, "plan"); check.status == http.StatusOK {
			if r := o.post(t, uptime.Publisher, action, with(fields, "do", "draft")); r.status == http.StatusSeeOther {
				idle(t, "draft", o.get(t, uptime.Publisher, r.location))
				idle(t, "draft's form", o.get(t, uptime.Publisher, strings.Split(r.location, "?")[0]+"/revise"))
			}
		}
		idle(t, "series", o.post(t, uptime.Publisher, seriesPath+"/new", with(planned, "every", "rule", "rule", evil, "ahead", "7 d")))
		idle(t, "evidence", o.post(t, uptime.Publisher, commitmentsPath+"/S2/evidence", url.Values{"title": {line}, "by": {line}, "at": {"2026-01-02"}, "url": {line}, "note": {line}}))
		idle(t, "find", o.post(t, uptime.Admin, "/console/subscribers/find", url.Values{"address": {evil}}))
		idle(t, "import", o.post(t, uptime.Admin, "/console/subscribers/import", url.Values{"csv": {"email," + line + "\n" + evil}, "consent": {line}}))
		o.channels[0].Name, o.channels[0].State.Reason, o.catalogue.Components[0].Name = line, line, line
		for _, path := range pages {
			idle(t, path, o.get(t, uptime.Admin, path))
			idle(t, path, o.get(t, uptime.Admin, path+"?"+url.Values{"after": {evil}, "actor": {evil}, "object": {evil}, "show": {evil}, "done": {evil}, "state": {evil}}.Encode()))
		}
	}
}

// idle wants a page on which nothing runs and nothing leads anywhere but to the
// web or to our own pages.
func idle(t *testing.T, what string, s sheet) {
	t.Helper()
	s.each(func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		switch n.Data {
		case "svg", "rect", "line", "title": // a picture of ours is drawn of numbers
			if n.Data == "svg" && attr(n, "class") != "day" {
				t.Errorf("%s holds <svg>", what)
			}
		case "script", "img", "math", "object", "embed", "base", "style", "video", "audio":
			t.Errorf("%s holds <%s>", what, n.Data)
		}
		for _, a := range n.Attr {
			to := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style":
				t.Errorf("%s: %s=%q", what, a.Key, a.Val)
			case a.Key == "srcdoc":
				inner, err := html.Parse(strings.NewReader(a.Val))
				if err != nil {
					t.Fatal(err)
				}
				for m := range inner.Descendants() {
					if m.Data == "script" && m.Type == html.ElementNode {
						t.Errorf("%s: the mail holds a script", what)
					}
				}
			case a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction":
				if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") || strings.HasPrefix(to, "#") ||
					strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "mailto:") {
					continue
				}
				t.Errorf("%s: %s=%q", what, a.Key, a.Val)
			}
		}
	})
}
