package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
)

// asked tells whether a request with a cookie is that of somebody signed in.
func (w *world) isIn(cookie string) bool {
	return w.send("GET", signInPath, "", "Cookie", cookie).StatusCode == http.StatusSeeOther
}

func TestASessionEndsWhenNothingIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		cookie := w.begin(t, w.person("anna", uptime.Viewer))
		for range 5 { // somebody who works
			time.Sleep(59 * time.Minute)
			if !w.isIn(cookie) {
				t.Fatal("ended though something was asked within the hour")
			}
		}
		time.Sleep(time.Hour)
		if w.isIn(cookie) {
			t.Error("still good after an hour")
		}
	})
}

func TestASessionEndsAfterAWorkingDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		cookie, begun := w.begin(t, w.person("anna", uptime.Viewer)), time.Now()
		for w.isIn(cookie) {
			time.Sleep(10 * time.Minute)
		}
		if got := time.Since(begun); got != sessionLongest {
			t.Errorf("ended after %s", got)
		}
	})
}

// Reading page after page writes once a minute.
func TestASessionIsWrittenOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		cookie := w.begin(t, w.person("anna", uptime.Viewer))
		written, last := 0, w.copied().sessions[sessionHash(cookie)]
		for range 120 {
			time.Sleep(time.Second)
			w.isIn(cookie)
			if now := w.copied().sessions[sessionHash(cookie)]; now != last {
				written, last = written+1, now
			}
		}
		if written != 2 {
			t.Errorf("written %d times in two minutes", written)
		}
	})
}

// What ends a session ends it with the next request, in every browser.
func TestSessionsEndAtOnce(t *testing.T) {
	for name, end := range map[string]func(w *world, u uptime.User) error{
		"another password": func(w *world, u uptime.User) error {
			return w.service.SetPassword(t.Context(), commander(), u.ID, otherPassword)
		},
		"disabled": func(w *world, u uptime.User) error { return w.service.Disable(t.Context(), commander(), u.ID) },
		"another role": func(w *world, u uptime.User) error {
			return w.service.SetRole(t.Context(), commander(), u.ID, uptime.Responder)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			user := w.person("anna", uptime.Viewer)
			one, two, other := w.begin(t, user), w.begin(t, user), w.begin(t, w.person("bob", uptime.Viewer))
			if !w.isIn(one) || !w.isIn(two) {
				t.Fatal("not signed in")
			}
			if err := end(w, user); err != nil {
				t.Fatal(err)
			}
			if w.isIn(one) || w.isIn(two) || !w.isIn(other) {
				t.Error("a session of theirs lives on, or somebody else's ended")
			}
			if len(w.sessions) != 1 {
				t.Errorf("%d sessions are kept", len(w.sessions))
			}
		})
	}
}

// A cookie that somebody planted is not the one that is signed in afterwards,
// and the session of who was there before ends.
func TestSigningInChangesTheCookie(t *testing.T) {
	w := newWorld()
	w.person("anna", uptime.Viewer)
	planted := cookieName + "=" + strings.Repeat("B", 43)
	cookie := w.signIn(t, "anna", goodPassword, "Cookie", planted)
	if cookie == planted || w.isIn(planted) || !w.isIn(cookie) {
		t.Error("the planted cookie was taken over")
	}
	before := w.begin(t, w.person("bob", uptime.Admin))
	after := w.signIn(t, "anna", goodPassword, "Cookie", before)
	if w.isIn(before) || !w.isIn(after) || before == after {
		t.Error("the session of the one before lives on")
	}
}

// The way in begins where somebody wanted to go.
func TestWithoutASessionTheConsoleLeadsToSigningIn(t *testing.T) {
	w := newWorld()
	nothing := func(_ *site, c echo.Context) error { send(c, 200, textPlain, nil); return nil }
	w.serve(newSite(Options{Documents: samplePages(), Identity: w.service, Sessions: w.cabinet}, []route{
		{"/console", []string{"GET", "HEAD"}, viewer, nothing},
		{"/console/incidents/:id", []string{"GET", "HEAD", "POST"}, viewer, nothing},
	}, publicPolicies()...))
	for request, want := range map[string]string{
		"GET /console":                     signInPath,
		"GET /console/incidents/a1?x=1":    signInPath + "?next=%2Fconsole%2Fincidents%2Fa1%3Fx%3D1",
		"HEAD /console/incidents/a1":       signInPath + "?next=%2Fconsole%2Fincidents%2Fa1",
		"POST /console/incidents/a1":       signInPath,
		"GET /console/incidents/a1?x=%0d1": signInPath + "?next=%2Fconsole%2Fincidents%2Fa1%3Fx%3D%250D1",
	} {
		method, target, _ := strings.Cut(request, " ")
		answer := w.send(method, target, "")
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != want {
			t.Errorf("%s: %d to %s", request, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
}

// A store that fails is a fault of ours, and nobody's session ends for it.
func TestAStoreThatFailsSignsNobodyOut(t *testing.T) {
	w := newWorld()
	cookie := w.begin(t, w.person("anna", uptime.Viewer))
	w.site.sessions = newSessions(brokenSessions{w.cabinet})
	if answer := w.send("GET", signInPath, "", "Cookie", cookie); answer.StatusCode != http.StatusInternalServerError || len(answer.Cookies()) > 0 {
		t.Errorf("%d", answer.StatusCode)
	}
	w.site.sessions = newSessions(w.cabinet)
	if !w.isIn(cookie) {
		t.Error("signed out")
	}
	if !strings.Contains(w.log.String(), "disk full") {
		t.Errorf("not logged: %s", w.log)
	}
}

type brokenSessions struct{ Sessions }

func (brokenSessions) FindSession(_ context.Context, _ string) ([]byte, bool, error) {
	return nil, false, errors.New("disk full")
}

// One token calls so often and no more; another is not held up.
func TestCallsOfATokenAreLimited(t *testing.T) {
	w := newWorld()
	var mu sync.Mutex
	w.serve(newSite(Options{Documents: samplePages(), Identity: w.service, Sessions: w.cabinet, Now: func() time.Time { return start }}, []route{
		{"/api/v1/try", []string{"GET"}, viewer, func(_ *site, c echo.Context) error {
			mu.Lock()
			defer mu.Unlock()
			w.entered++
			send(c, 200, textPlain, nil)
			return nil
		}},
	}, publicPolicies()...))
	user := w.person("anna", uptime.Viewer)
	_, one := w.token(t, user, uptime.Viewer)
	_, two := w.token(t, user, uptime.Viewer)
	for range callsAToken {
		w.send("GET", "/api/v1/try", "", bearerOf(one)...)
	}
	answer := w.send("GET", "/api/v1/try", "", bearerOf(one)...)
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "1" || w.entered != callsAToken {
		t.Errorf("%d after %d calls", answer.StatusCode, w.entered)
	}
	if answer := w.send("GET", "/api/v1/try", "", bearerOf(two)...); answer.StatusCode != http.StatusOK {
		t.Errorf("another token: %d", answer.StatusCode)
	}
}
