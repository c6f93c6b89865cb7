package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

// callsAToken is how often a token may call the API in a minute.
const callsAToken = 600

// signInError says that nobody is known to be asking.
type signInError struct{ given bool } // whether something was given that is not good

func (e signInError) Error() string { return "nobody is signed in" }

// roleError says that who is asking may not.
type roleError struct{ has, needs uptime.Role }

func (e roleError) Error() string { return fmt.Sprintf("role %s, needs %s", e.has, e.needs) }
func (e roleError) Unwrap() error { return uptime.ErrForbidden }

// errCrossSite refuses what another site had a browser send.
var errCrossSite = errors.New("sent by another site")

// least is the role that a policy asks for; NoRole: nobody needs to be known.
// What is no policy asks for more than anybody has.
func (p policy) least() uptime.Role {
	switch p {
	case public, token, ops:
		return uptime.NoRole
	case viewer:
		return uptime.Viewer
	case responder:
		return uptime.Responder
	case publisher:
		return uptime.Publisher
	case admin:
		return uptime.Admin
	}
	return uptime.Admin + 1
}

// enforce stands between a route and its handler. It is the only place that
// decides who reaches a handler, from the policy that the route declares.
func (s *site) enforce(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if inConsole(r.path) || inAPI(r.path) {
			c.Response().Header().Set("Cache-Control", "no-store")
		}
		if least := r.policy.least(); least > uptime.NoRole {
			who, err := s.authenticate(c)
			if err != nil {
				return err
			}
			act(c, who)
			if who.Role < least {
				return roleError{who.Role, least}
			}
		}
		if err := checkBody(c, r.path); err != nil {
			return err
		}
		return r.handle(s, c)
	}
}

func inConsole(path string) bool { return path == "/console" || strings.HasPrefix(path, "/console/") }
func inAPI(path string) bool     { return strings.HasPrefix(path, "/api/") }

// authenticate finds out who is asking: in the API by the token that came with
// the request, in the console by the session of the browser. Neither works in
// the place of the other.
func (s *site) authenticate(c echo.Context) (uptime.Actor, error) {
	if s.Identity == nil || s.Sessions == nil {
		return uptime.Actor{}, uptime.ErrNotFound
	}
	if inAPI(c.Request().URL.Path) {
		return s.bearer(c)
	}
	user, err := s.resume(c)
	if err != nil {
		return uptime.Actor{}, err
	}
	return person(c, user), nil
}

// person is a user as the actor of a request.
func person(c echo.Context, u uptime.User) uptime.Actor {
	return uptime.Actor{Kind: "user", ID: u.ID, Name: u.Name, Role: u.Role, Address: c.RealIP()}
}

// bearer reads "Authorization: Bearer uph_…" (RFC 6750 §2.1).
func (s *site) bearer(c echo.Context) (uptime.Actor, error) {
	fields := c.Request().Header.Values("Authorization")
	if len(fields) == 0 {
		return uptime.Actor{}, signInError{}
	}
	scheme, secret, _ := strings.Cut(fields[0], " ")
	if len(fields) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return uptime.Actor{}, signInError{given: true}
	}
	who, err := s.Identity.Authenticate(c.Request().Context(), strings.TrimSpace(secret), c.RealIP())
	if errors.Is(err, identity.ErrRefused) {
		return uptime.Actor{}, signInError{given: true}
	}
	if err != nil {
		return uptime.Actor{}, err
	}
	if wait := s.calls.take(sha256.Sum256([]byte(who.ID)), s.Now()); wait > 0 {
		return uptime.Actor{}, busyError{wait}
	}
	return who, nil
}

type actorKey struct{}

// act makes somebody the actor of a request.
func act(c echo.Context, who uptime.Actor) {
	r := c.Request()
	c.SetRequest(r.WithContext(context.WithValue(r.Context(), actorKey{}, who)))
}

// actor is who does what a request asks for. Where the route's policy is public
// it is nobody, with an address.
func actor(c echo.Context) uptime.Actor {
	if who, known := actorOf(c.Request().Context()); known {
		return who
	}
	return uptime.Actor{Address: c.RealIP()}
}

// actorOf is the actor of a request, from its context.
func actorOf(ctx context.Context) (who uptime.Actor, known bool) {
	who, known = ctx.Value(actorKey{}).(uptime.Actor)
	return who, known
}

// signInAddress is where somebody signs in who wanted to read an address.
func signInAddress(r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return signInPath
	}
	wanted := localPath(r.URL.RequestURI())
	if wanted == "" || wanted == consolePath {
		return signInPath
	}
	return signInPath + "?" + urlValues("next", wanted)
}
