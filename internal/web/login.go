package web

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

// Addresses of the console that are known here.
const (
	consolePath = "/console"
	signInPath  = "/console/sign-in"
	signOutPath = "/console/sign-out"
	setUpPath   = "/console/set-up"
)

// loginRoutes are how people come in and leave. Their handlers look at the
// session themselves: whoever has none is who they are for.
func loginRoutes() []route {
	read, write := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	return []route{
		{signInPath, read, public, (*site).signInPage},
		{signInPath, write, public, (*site).signIn},
		{signOutPath, write, public, (*site).signOut},
		{setUpPath, read, public, (*site).setUpPage},
		{setUpPath, write, public, (*site).setUp},
	}
}

// signInPage shows the form. Who is signed in already goes on.
func (s *site) signInPage(c echo.Context) error {
	query := c.Request().URL.Query()
	if _, err := s.authenticate(c); err == nil {
		seeOther(c, afterSignIn(query.Get("next")))
		return nil
	} else if !errors.As(err, new(signInError)) {
		return err
	}
	view := console.SignInView{Next: localPath(query.Get("next")), Ended: query.Get("ended") != "", Insecure: insecure(c)}
	if s.Identity != nil {
		waiting, over := s.Identity.SetUpWaiting()
		view.Fresh = waiting || over
	}
	show(c, http.StatusOK, console.SignIn(view))
	return nil
}

// signIn begins a session for who knows a name and its password.
func (s *site) signIn(c echo.Context) error {
	if s.Identity == nil || s.Sessions == nil {
		return uptime.ErrNotFound
	}
	fields, err := form(c)
	if err != nil {
		return err
	}
	if err := single(fields, "name", "password", "next"); err != nil {
		return err
	}
	user, err := s.Identity.SignIn(c.Request().Context(), fields.Get("name"), fields.Get("password"), c.RealIP())
	if err != nil {
		status, text := loginProblem(c, err, "The name or the password is wrong.")
		if status == 0 {
			return err
		}
		show(c, status, console.SignIn(console.SignInView{
			Name: fields.Get("name"), Next: localPath(fields.Get("next")), Problem: text, Insecure: insecure(c),
		}))
		return nil
	}
	if err := s.begin(c, user); err != nil {
		return err
	}
	seeOther(c, afterSignIn(fields.Get("next")))
	return nil
}

// signOut ends the session, if there is one.
func (s *site) signOut(c echo.Context) error {
	who, err := s.authenticate(c)
	switch {
	case errors.As(err, new(signInError)):
	case err != nil:
		return err
	default:
		if err := s.Identity.SignOut(c.Request().Context(), who); err != nil {
			return err
		}
	}
	if err := s.end(c); err != nil {
		return err
	}
	seeOther(c, signInPath+"?ended=1")
	return nil
}

// setUpPage shows the form for the first administrator while one is waited
// for. At any other time it is an address that leads nowhere.
func (s *site) setUpPage(c echo.Context) error {
	if s.Identity == nil || s.Sessions == nil {
		return uptime.ErrNotFound
	}
	waiting, over := s.Identity.SetUpWaiting()
	if !waiting && !over {
		return uptime.ErrNotFound
	}
	show(c, http.StatusOK, console.SetUp(console.SetUpView{Over: over, Insecure: insecure(c)}))
	return nil
}

// setUp makes the first administrator, who is signed in at once.
func (s *site) setUp(c echo.Context) error {
	if s.Identity == nil || s.Sessions == nil {
		return uptime.ErrNotFound
	}
	fields, err := form(c)
	if err != nil {
		return err
	}
	if err := single(fields, "token", "name", "password", "again"); err != nil {
		return err
	}
	user, err := s.firstUser(c, fields)
	if errors.Is(err, identity.ErrNoSetUp) {
		return s.setUpPage(c)
	}
	if err != nil {
		status, text := loginProblem(c, err, "The set-up token is wrong.")
		if status == 0 {
			return err
		}
		show(c, status, console.SetUp(console.SetUpView{Name: fields.Get("name"), Problem: text, Insecure: insecure(c)}))
		return nil
	}
	if err := s.begin(c, user); err != nil {
		return err
	}
	seeOther(c, consolePath)
	return nil
}

func (s *site) firstUser(c echo.Context, fields url.Values) (uptime.User, error) {
	if fields.Get("password") != fields.Get("again") {
		return uptime.User{}, &identity.RuleError{Field: "again", Text: "The two passwords differ."}
	}
	token := strings.TrimSpace(fields.Get("token"))
	return s.Identity.SetUp(c.Request().Context(), token, fields.Get("name"), fields.Get("password"), c.RealIP())
}

// loginProblem is what somebody is told who was not let in; 0: it is a fault of
// ours.
func loginProblem(c echo.Context, err error, refused string) (status int, text string) {
	var (
		wait *identity.WaitError
		rule *identity.RuleError
	)
	switch {
	case errors.Is(err, identity.ErrRefused):
		return http.StatusForbidden, refused
	case errors.As(err, &rule):
		return http.StatusUnprocessableEntity, rule.Text
	case errors.As(err, &wait):
		retryIn(c.Response().Header(), wait.After)
		minutes := int(math.Ceil(wait.After.Minutes()))
		return http.StatusTooManyRequests, fmt.Sprintf("Too many tries. The next one is heard in %d min.", minutes)
	case errors.Is(err, identity.ErrBusy):
		retryIn(c.Response().Header(), retryAfter)
		return http.StatusServiceUnavailable, "Too many people are signing in at this moment. Try again."
	}
	return 0, ""
}

// insecure tells whether the browser will not keep our cookie: it came without
// TLS, and not to its own machine.
func insecure(c echo.Context) bool {
	if c.Scheme() == "https" {
		return false
	}
	host := c.Request().Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	address, err := netip.ParseAddr(host)
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && (err != nil || !address.IsLoopback())
}

// afterSignIn is where somebody goes who has signed in.
func afterSignIn(next string) string {
	if path := localPath(next); path != "" {
		return path
	}
	return consolePath
}

// localPath is an address of the console that somebody asked to be sent to,
// written anew; empty where it is anything else. It never leads to another host
// and never back to signing in.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Opaque != "" || u.User != nil || u.Host != "" || u.Fragment != "" ||
		!plain(u) || !inConsole(u.Path) {
		return ""
	}
	switch strings.TrimSuffix(u.Path, "/") {
	case signInPath, signOutPath, setUpPath:
		return ""
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query) == 0 {
		return u.Path
	}
	return u.Path + "?" + query.Encode()
}

func urlValues(name, value string) string { return url.Values{name: {value}}.Encode() }

// show answers with a page of the console.
func show(c echo.Context, status int, page console.Page) {
	c.Response().Header().Set("Content-Security-Policy", page.CSP)
	send(c, status, typeHTML, page.Body)
}

// seeOther sends the browser to another page of ours.
func seeOther(c echo.Context, path string) {
	c.Response().Header().Set("Location", path)
	send(c, http.StatusSeeOther, textPlain, []byte("Go on at "+path+"\n"))
}
