package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

// cookieName: a browser keeps a cookie of this prefix only when it is Secure,
// for all of this host and for no other.
const cookieName = "__Host-upheld"

// A session ends after a working day, or after an hour in which nothing was
// asked. It is written again at most once a minute.
const (
	sessionLongest = 12 * time.Hour
	sessionIdle    = time.Hour
	sessionTouch   = time.Minute
)

// What a session holds.
const (
	sessionUser  = "user"  // id
	sessionEpoch = "epoch" // of theirs when it began
	sessionSeen  = "seen"  // Unix seconds of the last request that was written down
)

// newSessions makes the keeper of sessions. scs.New would start a goroutine for
// a store in memory, which is not used here.
func newSessions(store Sessions) *scs.SessionManager {
	return &scs.SessionManager{
		IdleTimeout: sessionIdle, Lifetime: sessionLongest,
		Store: sessionStore{store}, Codec: forgiving{}, HashTokenInStore: true,
		Cookie: scs.SessionCookie{
			Name: cookieName, Path: "/", Secure: true, HttpOnly: true,
			SameSite: http.SameSiteLaxMode, // a link in a mail leads to the console signed in
		},
	}
}

// forgiving reads what another version of the program kept as nothing at all,
// so that people sign in again.
type forgiving struct{ scs.GobCodec }

func (f forgiving) Decode(data []byte) (time.Time, map[string]any, error) {
	deadline, values, err := f.GobCodec.Decode(data)
	if err != nil || values == nil {
		values = map[string]any{}
	}
	return deadline, values, nil
}

// resume is the person whose session a request belongs to, or signInError.
// Whether they may still sign in is asked anew each time.
func (s *site) resume(c echo.Context) (uptime.User, error) {
	r := c.Request()
	cookie, err := r.Cookie(cookieName)
	if err != nil || cookie.Value == "" {
		return uptime.User{}, signInError{}
	}
	ctx, err := s.sessions.Load(r.Context(), cookie.Value)
	if err != nil {
		return uptime.User{}, err
	}
	c.SetRequest(r.WithContext(ctx))
	id := s.sessions.GetString(ctx, sessionUser)
	if id == "" { // there is none, or it expired
		return uptime.User{}, signInError{given: true}
	}
	user, err := s.Identity.Resume(ctx, id, s.sessions.GetInt64(ctx, sessionEpoch))
	if errors.Is(err, identity.ErrRefused) {
		return uptime.User{}, s.drop(ctx)
	}
	seen := time.Unix(s.sessions.GetInt64(ctx, sessionSeen), 0)
	if err == nil && s.Now().Sub(seen) >= sessionTouch {
		s.sessions.Put(ctx, sessionSeen, s.Now().Unix())
		_, _, err = s.sessions.Commit(ctx)
	}
	return user, err
}

// drop forgets a session that is over.
func (s *site) drop(ctx context.Context) error {
	return errors.Join(signInError{given: true}, s.sessions.Destroy(ctx))
}

// begin starts a session for somebody who has just shown who they are, in the
// place of the one that the request belonged to. It has a new cookie, so that
// nobody who planted or saw the old one is signed in as well.
func (s *site) begin(c echo.Context, user uptime.User) error {
	ctx, err := s.sessionContext(c)
	if err != nil {
		return err
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, sessionUser, user.ID)
	s.sessions.Put(ctx, sessionEpoch, user.Epoch)
	s.sessions.Put(ctx, sessionSeen, s.Now().Unix())
	cookie, expires, err := s.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(ctx, c.Response(), cookie, expires)
	return nil
}

// end ends the session that a request belongs to, here and in the browser.
func (s *site) end(c echo.Context) error {
	ctx, err := s.sessionContext(c)
	if err != nil {
		return err
	}
	if err := s.sessions.Destroy(ctx); err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	return nil
}

// sessionContext holds the session of a request; an empty one if it has none.
func (s *site) sessionContext(c echo.Context) (context.Context, error) {
	var value string
	if cookie, err := c.Request().Cookie(cookieName); err == nil {
		value = cookie.Value
	}
	return s.sessions.Load(c.Request().Context(), value)
}

// sessionStore is Sessions as scs wants it.
type sessionStore struct{ Sessions }

func (s sessionStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	return s.FindSession(ctx, hash)
}

func (s sessionStore) CommitCtx(ctx context.Context, hash string, data []byte, expires time.Time) error {
	return s.CommitSession(ctx, hash, data, expires)
}

func (s sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	return s.DeleteSession(ctx, hash)
}

// The same without a context. scs wants them and prefers those above.

func (s sessionStore) Find(hash string) ([]byte, bool, error) {
	return s.FindSession(context.Background(), hash)
}

func (s sessionStore) Commit(hash string, data []byte, expires time.Time) error {
	return s.CommitSession(context.Background(), hash, data, expires)
}

func (s sessionStore) Delete(hash string) error {
	return s.DeleteSession(context.Background(), hash)
}
