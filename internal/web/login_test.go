package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func fields(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

func TestSigningInAndOut(t *testing.T) {
	w := newWorld()
	w.person("Anna", uptime.Viewer)

	page := w.send("GET", signInPath, "")
	if text := body(t, page); page.StatusCode != http.StatusOK || !strings.Contains(text, `<form method="post" action="/console/sign-in">`) || len(page.Cookies()) > 0 {
		t.Fatalf("%d %s", page.StatusCode, text)
	}
	cookie := w.signIn(t, "anna", goodPassword)
	if strings.Contains(fmt.Sprint(w.sessions), strings.TrimPrefix(cookie, cookieName+"=")) || len(w.sessions) != 1 {
		t.Errorf("the cookie itself is kept: %v", w.sessions)
	}
	if again := w.send("GET", signInPath+"?next=/console/people", "", "Cookie", cookie); again.StatusCode != http.StatusSeeOther || again.Header.Get("Location") != "/console/people" {
		t.Errorf("signed in already: %d to %s", again.StatusCode, again.Header.Get("Location"))
	}

	out := w.send("POST", signOutPath, "", "Cookie", cookie)
	if out.StatusCode != http.StatusSeeOther || out.Header.Get("Location") != signInPath+"?ended=1" || len(out.Cookies()) != 1 || out.Cookies()[0].MaxAge >= 0 {
		t.Errorf("%d %v", out.StatusCode, out.Header)
	}
	if len(w.sessions) > 0 {
		t.Error("the session is still there")
	}
	if page := w.send("GET", signInPath, "", "Cookie", cookie); page.StatusCode != http.StatusOK {
		t.Errorf("the old cookie is still good: %d", page.StatusCode)
	}
	var done []string
	for _, e := range w.audit {
		done = append(done, e.Action+" "+e.Actor.Name+" "+e.Actor.Address)
	}
	if got := strings.Join(done, ", "); got != "session.begin Anna 192.0.2.1, session.end Anna 192.0.2.1" {
		t.Errorf("audit: %s", got)
	}
	if again := w.send("POST", signOutPath, ""); again.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out twice: %d", again.StatusCode)
	}
	if ended := body(t, w.send("GET", signInPath+"?ended=1", "")); !strings.Contains(ended, "You are signed out.") {
		t.Error(ended)
	}
}

// Whoever is refused learns nothing but that.
func TestARefusalTellsNothing(t *testing.T) {
	w := newWorld()
	w.person("Anna", uptime.Viewer)
	gone := w.person("Gone", uptime.Viewer)
	gone.Disabled = true
	w.users[gone.ID] = gone
	var first string
	for _, try := range [][2]string{{"Anna", "wrong horse"}, {"Gone", goodPassword}, {"Gone", "wrong horse"}, {"None", "wrong horse"}} {
		answer := w.send("POST", signInPath, fields("name", try[0], "password", try[1]))
		text := strings.ReplaceAll(body(t, answer), try[0], "NAME")
		if first == "" {
			first = text
		}
		if answer.StatusCode != http.StatusForbidden || text != first || len(answer.Cookies()) > 0 || !strings.Contains(text, "The name or the password is wrong.") {
			t.Errorf("%q: %d, %s", try, answer.StatusCode, text)
		}
		if strings.Contains(text, "wrong horse") {
			t.Error("the password is sent back")
		}
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	w := newWorld()
	w.person("Anna", uptime.Viewer)
	good := fields("name", "Anna", "password", goodPassword)
	for name, tc := range map[string]struct {
		path, body string
		fields     []string
		status     int
	}{
		"two names":             {signInPath, good + "&name=Bob", nil, 400},
		"two passwords":         {signInPath, good + "&password=x", nil, 400},
		"two ways on":           {signInPath, good + "&next=/console&next=/console", nil, 400},
		"two set-up passwords":  {setUpPath, "token=x&name=a&password=b&again=b&password=c", nil, 400},
		"JSON":                  {signInPath, `{"name":"Anna","password":"` + goodPassword + `"}`, []string{"Content-Type", "application/json"}, 415},
		"plain text":            {signInPath, good, []string{"Content-Type", "text/plain"}, 415},
		"a file":                {signInPath, good, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415},
		"no type":               {signInPath, good, []string{"Content-Type", ""}, 415},
		"in the address":        {signInPath + "?" + good, "", nil, 403},
		"broken encoding":       {signInPath, "name=%zz", nil, 400},
		"semicolons":            {signInPath, "name=Anna;password=x", nil, 400},
		"more than 64 kB":       {signInPath, good + "&x=" + strings.Repeat("x", formBody), nil, 413},
		"64 kB":                 {signInPath, good + "&x=" + strings.Repeat("x", formBody-len(good)-3), nil, 303},
		"a method in the form":  {signInPath, good + "&_method=DELETE", nil, 303},
		"a type with a charset": {signInPath, good, []string{"Content-Type", typeForm + "; charset=utf-8"}, 303},
	} {
		t.Run(name, func(t *testing.T) {
			for _, chunked := range []bool{false, true} {
				var content io.Reader = strings.NewReader(tc.body)
				if chunked && tc.body != "" {
					content = io.NopCloser(content) // of a length that is not known
				}
				r := httptest.NewRequest(http.MethodPost, "https://status.example.org"+tc.path, content)
				if tc.body == "" {
					r.Body = http.NoBody
				}
				r.RemoteAddr = "198.51.100.1:1"
				r.Header.Set("Content-Type", typeForm)
				if tc.fields != nil {
					r.Header.Set(tc.fields[0], tc.fields[1])
				}
				answer := httptest.NewRecorder()
				w.public.ServeHTTP(answer, r)
				if answer.Code != tc.status {
					t.Errorf("chunked %v: %d, want %d: %s", chunked, answer.Code, tc.status, answer.Body)
				}
			}
		})
	}
}

func TestTooManyTriesAreToldToWait(t *testing.T) {
	w := newWorld()
	for range 20 {
		_, _ = w.service.SetUp(t.Context(), "", "", "", "192.0.2.1")
	}
	answer := w.send("POST", signInPath, fields("name", "Anna", "password", goodPassword))
	text := body(t, answer)
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" || !strings.Contains(text, "in 60 min") || !strings.Contains(text, `value="Anna"`) {
		t.Errorf("%d %v %s", answer.StatusCode, answer.Header, text)
	}
	// Whatever a client claims to be, it is counted by its connection.
	for i := range 3 {
		claim := w.send("POST", signInPath, fields("name", "Anna", "password", goodPassword), "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		if claim.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a claimed address is believed: %d", claim.StatusCode)
		}
	}
}

func TestTheFirstAdministratorSetsUp(t *testing.T) {
	w := newWorld()
	if answer := w.send("GET", setUpPath, ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("before it is offered: %d", answer.StatusCode)
	}
	secret, err := w.service.OfferSetUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if page := w.send("GET", setUpPath, ""); page.StatusCode != http.StatusOK || !strings.Contains(body(t, page), `action="/console/set-up"`) {
		t.Errorf("%d", page.StatusCode)
	}
	for name, tc := range map[string]struct {
		form   string
		status int
		text   string
	}{
		"wrong token":    {fields("token", "setup_x", "name", "anna", "password", goodPassword, "again", goodPassword), 403, "The set-up token is wrong."},
		"two passwords":  {fields("token", secret, "name", "anna", "password", goodPassword, "again", otherPassword), 422, "The two passwords differ."},
		"weak password":  {fields("token", secret, "name", "anna", "password", "password1234", "again", "password1234"), 422, "would be guessed"},
		"no name":        {fields("token", secret, "name", " ", "password", goodPassword, "again", goodPassword), 422, "The name is empty."},
		"nothing at all": {"", 403, "The set-up token is wrong."},
	} {
		answer := w.send("POST", setUpPath, tc.form)
		text := body(t, answer)
		if answer.StatusCode != tc.status || !strings.Contains(text, tc.text) || strings.Contains(text, secret) || strings.Contains(text, goodPassword) || len(answer.Cookies()) > 0 {
			t.Errorf("%s: %d %s", name, answer.StatusCode, text)
		}
	}
	answer := w.send("POST", setUpPath, fields("token", " "+secret+" ", "name", "anna", "password", goodPassword, "again", goodPassword))
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != consolePath || len(answer.Cookies()) != 1 {
		t.Fatalf("%d %v", answer.StatusCode, answer.Header)
	}
	cookie := cookieName + "=" + answer.Cookies()[0].Value
	if in := w.send("GET", signInPath, "", "Cookie", cookie); in.StatusCode != http.StatusSeeOther {
		t.Errorf("not signed in after setting up: %d", in.StatusCode)
	}
	for _, method := range []string{"GET", "POST"} {
		dead := w.send(method, setUpPath, fields("token", secret, "name", "eve", "password", goodPassword, "again", goodPassword))
		if dead.StatusCode != http.StatusNotFound || len(w.users) != 1 {
			t.Errorf("%s after it was used: %d", method, dead.StatusCode)
		}
	}
}

func TestASetUpThatIsOverSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		secret, err := w.service.OfferSetUp(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		answer := w.send("POST", setUpPath, fields("token", secret, "name", "anna", "password", goodPassword, "again", goodPassword))
		if text := body(t, answer); !strings.Contains(text, "The time for setting up is over.") || len(w.users) > 0 {
			t.Errorf("%d %s", answer.StatusCode, text)
		}
	})
}

func TestWhereTheCookieWillNotBeKept(t *testing.T) {
	w := newWorld(func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} })
	for url, warned := range map[string]bool{
		"https://status.example.org": false, "http://status.example.org": true, "http://10.0.0.1:8080": true, "http://[2001:db8::1]": true,
		"http://localhost": false, "http://LOCALHOST:8080": false, "http://127.0.0.1:8080": false, "http://127.9.9.9": false, "http://[::1]:8080": false,
		"http://up.localhost": false, "http://localhost.evil.example": true, "http://127.0.0.1.evil.example": true,
	} {
		r := httptest.NewRequest(http.MethodGet, url+signInPath, nil)
		answer := httptest.NewRecorder()
		w.public.ServeHTTP(answer, r)
		if got := strings.Contains(answer.Body.String(), "plain http"); got != warned {
			t.Errorf("%s: warned %v", url, got)
		}
		r.Header.Set("X-Forwarded-Proto", "https")
		answer = httptest.NewRecorder()
		w.public.ServeHTTP(answer, r)
		if strings.Contains(answer.Body.String(), "plain http") {
			t.Errorf("%s: warned behind a proxy that speaks TLS", url)
		}
	}
}

func TestSigningInLeadsToWhereOneWanted(t *testing.T) {
	w := newWorld()
	cookie := w.begin(t, w.person("anna", uptime.Viewer))
	for next, want := range map[string]string{
		"/console":                         "/console",
		"/console/people":                  "/console/people",
		"/console/incidents/x-1?tab=a&b=c": "/console/incidents/x-1?b=c&tab=a",
		"":                                 consolePath,
		"/":                                consolePath,
		"/history":                         consolePath,
		"/consoles":                        consolePath,
		"/console/sign-in":                 consolePath,
		"/console/sign-in/":                consolePath,
		"/console/sign-out":                consolePath,
		"console":                          consolePath,
		"//evil.example":                   consolePath,
		"//evil.example/console":           consolePath,
		"///evil.example/console":          consolePath,
		"/\\evil.example":                  consolePath,
		"\\\\evil.example\\console":        consolePath,
		"/console\\..\\..\\evil":           consolePath,
		"https://evil.example/console":     consolePath,
		"https:/console":                   consolePath,
		"https:console":                    consolePath,
		"http:///console":                  consolePath,
		"javascript:alert(1)":              consolePath,
		"javascript://console/%0aalert(1)": consolePath,
		"data:text/html,x":                 consolePath,
		"/console@evil.example":            consolePath,
		"//user@evil.example/console":      consolePath,
		"/console/../history":              consolePath,
		"/console/..":                      consolePath,
		"/console/./x":                     consolePath,
		"/console//evil.example":           consolePath,
		"/console/%2e%2e/x":                consolePath,
		"/console%2fx":                     consolePath,
		"/console/%0d%0aSet-Cookie:x=y":    consolePath,
		"/console\r\nSet-Cookie: x=y":      consolePath,
		"/console\tx":                      consolePath,
		" /console":                        consolePath,
		"/console#//evil.example":          consolePath,
		"/console?a=%0d%0aX:1":             "/console?a=%0D%0AX%3A1",
		"/console?x=//evil.example":        "/console?x=%2F%2Fevil.example",
		"?next=/console":                   consolePath,
		"／／evil.example":                   consolePath,
	} {
		answer := w.send("GET", signInPath+"?"+fields("next", next), "", "Cookie", cookie)
		if got := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
	// And so does the form, which carries it along.
	page := body(t, w.send("GET", signInPath+"?next=/console/people", ""))
	if !strings.Contains(page, `name="next" value="/console/people"`) {
		t.Error(page)
	}
	if page := body(t, w.send("GET", signInPath+"?next=//evil.example", "")); strings.Contains(page, "evil") {
		t.Error(page)
	}
	r := w.send("POST", signInPath, fields("name", "anna", "password", goodPassword, "next", "/console/people"))
	if r.Header.Get("Location") != "/console/people" {
		t.Errorf("%d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	r = w.send("POST", signInPath, fields("name", "anna", "password", goodPassword, "next", "https://evil.example/console"))
	if r.Header.Get("Location") != consolePath {
		t.Errorf("%d to %s", r.StatusCode, r.Header.Get("Location"))
	}
}

func FuzzNext(f *testing.F) {
	for _, seed := range []string{"/console", "//x/console", "/console/../x", "/console?a=b", "/console\\x", "https:/console", "/console;x", "/console/%2f"} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://status.example.org/console/sign-in")
	f.Fuzz(func(t *testing.T, next string) {
		path := localPath(next)
		if path == "" {
			return
		}
		u, err := base.Parse(path)
		if err != nil || u.Scheme != "https" || u.Host != base.Host || u.User != nil || !inConsole(u.Path) || strings.ContainsAny(path, "\\\r\n\t #") {
			t.Errorf("%q leads to %q", next, path)
		}
		if again := localPath(path); again != path {
			t.Errorf("%q becomes %q and then %q", next, path, again)
		}
	})
}
