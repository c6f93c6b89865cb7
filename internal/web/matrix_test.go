package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
)

// visitor is somebody with something in their hands.
type visitor struct {
	name    string
	fields  []string    // of the header
	console uptime.Role // as whom they are known in the console
	api     uptime.Role // as whom they are known in the API
}

// visitors are all who may come. Everybody of them is set up by doing what
// makes somebody one, over the real rules.
func visitors(t *testing.T, w *world) []visitor {
	t.Helper()
	all := []visitor{
		{name: "anonymous"},
		{name: "invented cookie", fields: []string{"Cookie", cookieName + "=" + strings.Repeat("A", 43)}},
		{name: "empty cookie", fields: []string{"Cookie", cookieName + "="}},
		{name: "long cookie", fields: []string{"Cookie", cookieName + "=" + strings.Repeat("A", 8000)}},
		{name: "invented token", fields: bearerOf("uph_" + strings.Repeat("A", 43))},
		{name: "empty token", fields: bearerOf("")},
		{name: "claims", fields: []string{
			"X-Role", "admin", "X-Forwarded-User", "admin", "X-User", "admin", "X-Original-URL", "/", "X-Rewrite-URL", "/",
			"X-HTTP-Method-Override", "GET", "X-Forwarded-For", "127.0.0.1", "X-Forwarded-Proto", "https", "Forwarded", "for=127.0.0.1",
			"Authorization", "Basic YWRtaW46YWRtaW4=",
		}},
	}
	for _, role := range []uptime.Role{uptime.Viewer, uptime.Responder, uptime.Publisher, uptime.Admin} {
		user := w.person(role.String(), role)
		_, secret := w.token(t, user, role)
		cookie := w.begin(t, user)
		all = append(all,
			visitor{name: role.String() + "'s session", fields: []string{"Cookie", cookie}, console: role},
			visitor{name: role.String() + "'s token", fields: bearerOf(secret), api: role},
			visitor{name: role.String() + " with both", fields: append(bearerOf(secret), "Cookie", cookie), console: role, api: role},
			visitor{name: role.String() + "'s token twice", fields: append(bearerOf(secret), bearerOf(secret)...)},
			visitor{name: role.String() + "'s token as a cookie", fields: []string{"Cookie", cookieName + "=" + secret}},
			visitor{name: role.String() + "'s cookie as a token", fields: bearerOf(strings.TrimPrefix(cookie, cookieName+"="))},
		)
	}
	return append(all, formerVisitors(t, w)...)
}

// formerVisitors are administrators who could do everything until something
// happened.
func formerVisitors(t *testing.T, w *world) (all []visitor) {
	t.Helper()
	ctx := t.Context()
	for _, f := range []struct {
		name         string
		end          func(user uptime.User, token uptime.Token, cookie string) error
		console, api uptime.Role // as whom they are known afterwards
	}{
		{"disabled", func(u uptime.User, _ uptime.Token, _ string) error {
			return w.service.Disable(ctx, commander(), u.ID)
		}, uptime.NoRole, uptime.NoRole},
		{"disabled and enabled", func(u uptime.User, _ uptime.Token, _ string) error {
			return errors.Join(w.service.Disable(ctx, commander(), u.ID), w.service.Enable(ctx, commander(), u.ID))
		}, uptime.NoRole, uptime.Admin},
		{"demoted", func(u uptime.User, _ uptime.Token, _ string) error {
			return w.service.SetRole(ctx, commander(), u.ID, uptime.Viewer)
		}, uptime.NoRole, uptime.Viewer},
		{"another password", func(u uptime.User, _ uptime.Token, _ string) error {
			return w.service.SetPassword(ctx, commander(), u.ID, otherPassword)
		}, uptime.NoRole, uptime.Admin},
		{"gone", func(u uptime.User, _ uptime.Token, _ string) error {
			delete(w.users, u.ID)
			return nil
		}, uptime.NoRole, uptime.NoRole},
		{"signed out", func(_ uptime.User, _ uptime.Token, cookie string) error {
			w.send("POST", signOutPath, "", "Cookie", cookie)
			return nil
		}, uptime.NoRole, uptime.Admin},
		{"session expired", func(_ uptime.User, _ uptime.Token, cookie string) error {
			hash := sessionHash(cookie)
			w.sessions[hash] = keptSession{w.sessions[hash].data, time.Now()}
			return nil
		}, uptime.NoRole, uptime.Admin},
		{"session of another version", func(_ uptime.User, _ uptime.Token, cookie string) error {
			hash := sessionHash(cookie)
			w.sessions[hash] = keptSession{"{}", w.sessions[hash].expires}
			return nil
		}, uptime.NoRole, uptime.Admin},
		{"token revoked", func(_ uptime.User, token uptime.Token, _ string) error {
			return w.service.Revoke(ctx, commander(), token.ID)
		}, uptime.Admin, uptime.NoRole},
		{"token expired", func(_ uptime.User, token uptime.Token, _ string) error {
			token.ExpiresAt = time.Now()
			w.tokens[token.ID] = token
			return nil
		}, uptime.Admin, uptime.NoRole},
	} {
		user := w.person(f.name, uptime.Admin)
		token, secret := w.token(t, user, uptime.Admin)
		cookie := w.begin(t, user)
		token = w.tokens[token.ID]
		if err := f.end(user, token, cookie); err != nil {
			t.Fatal(err)
		}
		all = append(all, visitor{f.name, append(bearerOf(secret), "Cookie", cookie), f.console, f.api})
	}
	return all
}

func bearerOf(secret string) []string { return []string{"Authorization", "Bearer " + secret} }

// sessionHash is what a cookie's session is kept under.
func sessionHash(cookie string) string {
	sum := sha256.Sum256([]byte(strings.TrimPrefix(cookie, cookieName+"=")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// What is expected of a cell follows from the policy that the route declares
// and from nothing else: the handler is entered, or it is not and the answer is
// 401, 403 or the way to sign in.
func TestEveryRouteLetsInWhomItsPolicyNames(t *testing.T) {
	w := newWorld()
	all := visitors(t, w)
	for range 20 { // so that signing in is refused before a password is hashed, which takes long
		_, _ = w.service.SetUp(t.Context(), "", "", "", "192.0.2.1")
	}
	before, cells := w.copied(), 0
	for _, r := range routes() {
		if r.policy == ops {
			continue // on the other handler; TestOperatorsRoutesAreNotPublic
		}
		for what, address := range addressesOf(t, r.path) {
			for _, method := range r.methods {
				for _, v := range all {
					w.restore(before)
					w.entered = 0
					done := w.deeds()
					answer := w.send(method, address, "", v.fields...)
					problem := judge(r, v, answer, w.entered)
					if problem == "" && w.entered > 0 && r.policy.least() > uptime.NoRole {
						problem = judgeObject(method, what, answer.StatusCode)
					}
					if problem != "" {
						t.Errorf("%s %s (%s) as %s: %s", method, address, what, v.name, problem)
					}
					if deeds := w.deeds(); w.entered == 0 && (deeds > done || !maps.Equal(w.users, before.users) || !maps.Equal(w.tokens, before.tokens)) {
						t.Errorf("%s %s as %s: refused, and done all the same", method, address, v.name)
					}
					cells++
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

// judge says what is wrong with an answer.
func judge(r route, v visitor, answer *http.Response, entered int) string {
	least, has := r.policy.least(), v.console
	if inAPI(r.path) {
		has = v.api
	}
	status, location := answer.StatusCode, answer.Header.Get("Location")
	if has >= least {
		if entered != 1 || status == http.StatusUnauthorized || status >= http.StatusInternalServerError {
			return fmt.Sprintf("status %d, entered %d times, want in", status, entered)
		}
		return ""
	}
	want := http.StatusForbidden
	if has == uptime.NoRole && inAPI(r.path) {
		want = http.StatusUnauthorized
	} else if has == uptime.NoRole {
		want = http.StatusSeeOther
	}
	switch {
	case entered > 0 || status != want:
		return fmt.Sprintf("status %d, entered %d times, want %d", status, entered, want)
	case want == http.StatusUnauthorized && !strings.HasPrefix(answer.Header.Get("Www-Authenticate"), "Bearer "):
		return "401 that does not say how to sign in"
	case inAPI(r.path) && answer.Header.Get("Content-Type") != "application/problem+json":
		return "refused as " + answer.Header.Get("Content-Type")
	case want == http.StatusSeeOther && !strings.HasPrefix(location, signInPath):
		return "sent to " + location
	case !inAPI(r.path) && !inConsole(r.path):
		return "a role is asked for outside the console and the API: nobody could have it"
	}
	return ""
}

// judgeObject says what is wrong with the answer to somebody who may: what is
// there is shown, and what is not is not found, or refused before it is looked
// for.
func judgeObject(method, what string, status int) string {
	switch {
	case what == "own" && safe(method) && status != http.StatusOK:
		return fmt.Sprintf("status %d for what is there", status)
	case what == "absent" && safe(method) && status != http.StatusNotFound, what == "absent" && status < http.StatusBadRequest:
		return fmt.Sprintf("status %d for what is not there", status)
	}
	return ""
}

// The rules themselves, on routes that do nothing: that they hold does not
// depend on which routes there are at the moment.
func TestPolicies(t *testing.T) {
	w := newWorld()
	var table []route
	reach := func(_ *site, c echo.Context) error {
		w.entered++
		send(c, http.StatusOK, textPlain, []byte(actor(c).Name))
		return nil
	}
	for p, name := range map[policy]string{public: "public", viewer: "viewer", responder: "responder", publisher: "publisher", admin: "admin"} {
		for _, where := range []string{"/console/try/", "/api/v1/try/"} {
			table = append(table, route{where + name, []string{http.MethodGet, http.MethodPost}, p, reach})
		}
	}
	options := Options{Documents: samplePages(), Identity: w.service, Sessions: w.cabinet}
	w.serve(newSite(options, append(table, loginRoutes()...), publicPolicies()...))
	all := visitors(t, w)
	before := w.copied()
	for _, r := range table {
		for _, method := range r.methods {
			for _, v := range all {
				w.restore(before)
				w.entered = 0
				if problem := judge(r, v, w.send(method, r.path, "", v.fields...), w.entered); problem != "" {
					t.Errorf("%s %s as %s: %s", method, r.path, v.name, problem)
				}
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, "ODD"} {
		for _, r := range table {
			if answer := w.send(method, r.path, ""); answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "GET, POST" {
				t.Errorf("%s %s: %d, Allow %q", method, r.path, answer.StatusCode, answer.Header.Get("Allow"))
			}
		}
	}
}

// A route without a policy, or with one that nobody knows, lets nobody in.
func TestWithoutAPolicyNobodyIsLetIn(t *testing.T) {
	w := newWorld()
	cookie := w.begin(t, w.person("root", uptime.Admin))
	for _, p := range []policy{0, admin + 1, 255} {
		s := newSite(Options{Documents: samplePages(), Identity: w.service, Sessions: w.cabinet}, []route{
			{"/console/x", []string{http.MethodGet}, p, func(*site, echo.Context) error { t.Error("reached"); return nil }},
		}, append(publicPolicies(), p)...)
		w.serve(s)
		if answer := w.send("GET", "/console/x", "", "Cookie", cookie); answer.StatusCode != http.StatusForbidden {
			t.Errorf("policy %d: %d", p, answer.StatusCode)
		}
	}
}

// Without people there is no console, and nothing tells that there could be one.
func TestWithoutIdentityEveryRoleIsNotFound(t *testing.T) {
	u := newUnder()
	nothing := do(u.public, "GET", "/nothing")
	for _, r := range routes() {
		if r.policy == ops || r.policy.least() == uptime.NoRole && !inConsole(r.path) {
			continue
		}
		for _, address := range addressesOf(t, r.path) {
			for _, method := range r.methods {
				answer := do(u.public, method, address, "Authorization", "Bearer uph_x", "Cookie", cookieName+"=x")
				if answer.StatusCode != nothing.StatusCode {
					t.Errorf("%s %s: %d", method, address, answer.StatusCode)
				}
			}
		}
	}
}
