package web

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

// samples are, for each route whose path ends in anything, an address of
// something that is there and one of something that is not. A route that is not
// here fails the tests that go over all of them.
func samples() map[string][2]string {
	return map[string][2]string{
		"/*":                   {"/", "/nothing"},
		"/heartbeat/*":         {"/heartbeat/" + goodToken, "/heartbeat/unknown"},
		"/subscribe/confirm/*": {"/subscribe/confirm/word", "/subscribe/confirm/unknown"},
		"/subscribe/manage/*":  {"/subscribe/manage/word", "/subscribe/manage/unknown"},
		"/unsubscribe/*":       {"/unsubscribe/word", "/unsubscribe/unknown"},
	}
}

// blanks are what may stand for the parameters of a path, in the same way.
func blanks() map[string][2]string {
	return map[string][2]string{
		":id":     {hereID, "id-of-nobody"},
		":update": {"update-1", "update-0"},
	}
}

// addressesOf are the addresses by which a route is tried, by what is there.
func addressesOf(t testing.TB, path string) map[string]string {
	t.Helper()
	if pair, known := samples()[path]; known {
		return map[string]string{"own": pair[0], "absent": pair[1]}
	}
	own, absent := strings.Split(path, "/"), strings.Split(path, "/")
	for i, part := range own {
		if !strings.ContainsAny(part, ":*") {
			continue
		}
		pair, known := blanks()[part]
		if !known {
			t.Fatalf("the route %s has no sample; add it to samples or blanks in world_test.go", path)
		}
		own[i], absent[i] = pair[0], pair[1]
	}
	found := map[string]string{"own": strings.Join(own, "/")}
	if other := strings.Join(absent, "/"); other != found["own"] {
		found["absent"] = other
	}
	return found
}

// cabinet keeps people, tokens and sessions in memory.
type cabinet struct {
	mu sync.Mutex
	drawers
	asked int // times that a session was looked for
}

type drawers struct {
	users    map[string]uptime.User
	tokens   map[string]uptime.Token
	sessions map[string]keptSession
	audit    []uptime.AuditEntry
}

type keptSession struct {
	data    string
	expires time.Time
}

func newCabinet() *cabinet {
	return &cabinet{drawers: drawers{
		users: map[string]uptime.User{}, tokens: map[string]uptime.Token{}, sessions: map[string]keptSession{},
	}}
}

// copied is everything that is kept at this moment.
func (k *cabinet) copied() drawers {
	k.mu.Lock()
	defer k.mu.Unlock()
	return drawers{maps.Clone(k.users), maps.Clone(k.tokens), maps.Clone(k.sessions), slices.Clone(k.audit)}
}

// restore puts back what copied took.
func (k *cabinet) restore(d drawers) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drawers = drawers{maps.Clone(d.users), maps.Clone(d.tokens), maps.Clone(d.sessions), slices.Clone(d.audit)}
}

func pick[K comparable, V any](k *cabinet, from map[K]V, is func(V) bool) (V, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, v := range from {
		if is(v) {
			return v, nil
		}
	}
	var none V
	return none, uptime.ErrNotFound
}

func (k *cabinet) User(_ context.Context, id string) (uptime.User, error) {
	return pick(k, k.users, func(u uptime.User) bool { return u.ID == id })
}

func (k *cabinet) UserByName(_ context.Context, name string) (uptime.User, error) {
	return pick(k, k.users, func(u uptime.User) bool { return strings.EqualFold(u.Name, name) })
}

func (k *cabinet) TokenByHash(_ context.Context, hash string) (uptime.Token, error) {
	return pick(k, k.tokens, func(t uptime.Token) bool { return t.Hash == hash })
}

func (k *cabinet) Users(context.Context) ([]uptime.User, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Values(k.users)), nil
}

func (k *cabinet) Tokens(context.Context) ([]uptime.Token, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Values(k.tokens)), nil
}

func (k *cabinet) Apply(_ context.Context, c uptime.Changes) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, change := range c.Users {
		if change.First && len(k.users) > 0 {
			return uptime.ErrConflict
		}
		k.users[change.User.ID] = change.User
	}
	for _, token := range c.Tokens {
		k.tokens[token.ID] = token
	}
	k.audit = append(k.audit, c.Audit...)
	return nil
}

func (k *cabinet) FindSession(_ context.Context, hash string) ([]byte, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	one, found := k.sessions[hash]
	return []byte(one.data), found && time.Now().Before(one.expires), nil
}

func (k *cabinet) CommitSession(_ context.Context, hash string, data []byte, expires time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sessions[hash] = keptSession{string(data), expires}
	return nil
}

func (k *cabinet) DeleteSession(_ context.Context, hash string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.sessions, hash)
	return nil
}

const (
	goodPassword  = "purple kettle sings at noon"
	otherPassword = "seven snails drink rain"
	// goodHash is of goodPassword, as it is kept today.
	goodHash = "$argon2id$v=19$m=19456,t=2,p=1$1u4tYt/5Ap8gEC4vKslv3A$7JrHTJwpL/7NrSk+J4L4TxExNtTQ29/Mv0Y+E15Wpwk"
)

func commander() uptime.Actor { return uptime.Actor{Kind: "command", Role: uptime.Admin} }

// world is the public handler with the real rules about who may, over what is
// kept in memory.
type world struct {
	*under
	*cabinet
	service *identity.Service
	site    *site
	entered int // times that a handler was

	workshop workshop
	office   office
	roster   roster
	desk     desk
}

// newWorld makes one whose clock is that of the test. Its routes are those of
// the program; each tells when its handler is entered.
func newWorld(change ...func(*Options)) *world {
	w := &world{cabinet: newCabinet()}
	w.service = identity.New(w.cabinet, time.Now)
	var options Options
	change = append([]func(*Options){func(o *Options) {
		o.Now, o.Identity, o.People, o.Sessions = time.Now, w.service, w.service, w.cabinet
		o.Incidents, o.Records, o.SubscriberList, o.Desk = &w.workshop, archive{w.cabinet}, &w.roster, &w.desk
		o.Planner, o.Plans, o.Register, o.Standings = &w.office, shelves{}, &w.office, shelves{}
	}}, change...)
	w.under = newUnder(append(change, func(o *Options) { options = *o })...)
	table := routes()
	for i, r := range table {
		table[i].handle = func(s *site, c echo.Context) error {
			w.entered++
			return r.handle(s, c)
		}
	}
	w.serve(newSite(options, table, publicPolicies()...))
	return w
}

// deeds is how often something was done that the cabinet does not show.
func (w *world) deeds() int { return w.workshop.done + w.office.done + w.roster.done + w.desk.done }

func (w *world) serve(s *site) { w.site, w.public = s, s.echo }

// person makes somebody who can sign in with goodPassword.
func (w *world) person(name string, role uptime.Role) uptime.User {
	user := uptime.User{ID: "id-of-" + strings.ReplaceAll(name, " ", "-"), Name: name, Role: role, PasswordHash: goodHash, Epoch: 1}
	w.users[user.ID] = user
	return user
}

// token makes a token of somebody's and returns its secret.
func (w *world) token(t testing.TB, owner uptime.User, role uptime.Role) (uptime.Token, string) {
	t.Helper()
	token, secret, err := w.service.NewToken(t.Context(), commander(), identity.NewToken{Name: "test", Role: role, Owner: owner.ID})
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

// send sends a form, or whatever the fields of the header say it is.
func (w *world) send(method, target, body string, fields ...string) *http.Response {
	r := httptest.NewRequest(method, "https://status.example.org"+target, strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	r.Header.Set("Content-Type", typeForm)
	if strings.HasPrefix(target, "/api/") {
		r.Header.Set("Content-Type", typeJSON)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header[http.CanonicalHeaderKey(fields[i])] = append(r.Header[http.CanonicalHeaderKey(fields[i])], fields[i+1])
	}
	answer := httptest.NewRecorder()
	w.public.ServeHTTP(answer, r)
	return answer.Result()
}

// begin begins a session as signing in does, without the work of checking a
// password.
func (w *world) begin(t testing.TB, user uptime.User) (cookie string) {
	t.Helper()
	answer := httptest.NewRecorder()
	c := w.site.echo.NewContext(httptest.NewRequest(http.MethodPost, signInPath, nil), answer)
	if err := w.site.begin(c, user); err != nil {
		t.Fatal(err)
	}
	return cookieName + "=" + answer.Result().Cookies()[0].Value
}

// signIn signs somebody in and returns the cookie, as a browser sends it back.
func (w *world) signIn(t testing.TB, name, password string, fields ...string) string {
	t.Helper()
	r := w.send("POST", signInPath, url.Values{"name": {name}, "password": {password}}.Encode(), fields...)
	if r.StatusCode != http.StatusSeeOther || len(r.Cookies()) != 1 {
		t.Fatalf("%s is not signed in: %d, %s", name, r.StatusCode, body(t, r))
	}
	return cookieName + "=" + r.Cookies()[0].Value
}
