// Package web answers people and machines over HTTP: the published documents,
// the heartbeats of jobs, the console and the API, and, on a listener of its
// own, what operators read. It is the door to echo. It decides one thing, who
// may: every route declares its policy, and enforce is the place that asks.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// Documents are what the public reads.
type Documents interface {
	// Document finds the document at a path such as "/" or "/history". The
	// path has no trailing slash and holds nothing but letters, digits and
	// "-._~/". uptime.ErrNotFound: there is none.
	Document(ctx context.Context, path string) (*statuspage.Document, error)
	// NotFound is the page for every address that leads nowhere.
	NotFound() *statuspage.Document
}

// Signals takes in what jobs say.
type Signals interface {
	// Signal finds the monitor that the token belongs to and stores the signal
	// with it. It returns once the signal is stored. uptime.ErrNotFound: there
	// is no such token; any other error: the job must call again.
	Signal(ctx context.Context, token string, signal uptime.Signal) error
}

// Options are what the handlers are made of.
type Options struct {
	Log *slog.Logger     // nil: slog.Default
	Now func() time.Time // nil: time.Now
	// Proxies are the networks whose X-Forwarded-For and X-Forwarded-Proto are
	// believed. None: whoever connects is the client.
	Proxies []netip.Prefix

	Documents Documents // of the public handler
	Signals   Signals   // of the public handler; nil: no heartbeats

	Subscribers     Subscribers     // nil: nobody can subscribe
	SubscriberPages SubscriberPages // needed with Subscribers

	// Who may do more than read: of the public handler. nil: nobody can sign in,
	// and every address that asks for a role is a 404.
	Identity Identity
	Sessions Sessions
	People   People

	// What the console and the API act through; needed with Identity.
	Incidents      Incidents
	Records        Records
	SubscriberList SubscriberList
	Desk           Desk
	Planner        Planner
	Plans          Plans
	Register       Register

	Standings Standings // how promises stand; nil: the API tells nobody
	Alerts    Alerts    // of somebody's Alertmanager; nil: nothing is configured

	Metrics http.Handler                // of the operators' handler; nil: none
	Prober  Prober                      // of the operators' handler; nil: none
	Ready   func(context.Context) error // whether the database answers; nil: always
	Alive   func() []LoopAge            // the supervised loops, from memory; nil: none
}

// LoopAge is one supervised loop and its last sign of life.
type LoopAge struct {
	Name  string
	Age   time.Duration
	Limit time.Duration // from this age on the loop has stalled
}

// Public is the handler for everybody.
func Public(o Options) http.Handler { return newSite(o, routes(), publicPolicies()...).echo }

// Ops is the handler for operators. It belongs on a listener that the public
// does not reach.
func Ops(o Options) http.Handler { return newSite(o, routes(), ops).echo }

// Server is an HTTP server whose limits keep one slow or greedy client from
// holding it up (OWASP ASVS 5.0, 15.2). It does not listen yet.
func Server(handler http.Handler, addr string) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		// "OPTIONS *" is answered by the handler, like everything else.
		DisableGeneralOptionsHandler: true,
	}
}

// site is one handler: a router and what its routes share.
type site struct {
	Options
	echo    *echo.Echo
	headers []header // of every answer
	limits  *limits  // of heartbeats, by token
	calls   *limits  // of the API, by token
	presses presses  // of the console
	ready   readiness
	dates   dates

	api         func() *api         // made when it is first asked for
	sessions    *scs.SessionManager // nil without Options.Sessions
	crossOrigin http.CrossOriginProtection
}

func newSite(o Options, table []route, policies ...policy) *site {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &site{
		Options: o, echo: echo.New(), headers: securityHeaders(),
		limits: newLimits(signalRate), calls: newLimits(callsAToken),
	}
	if o.Sessions != nil {
		s.sessions = newSessions(o.Sessions)
	}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.IPExtractor, s.echo.SchemeExtractor = extractors(o.Proxies)
	s.echo.HTTPErrorHandler = func(err error, c echo.Context) { s.fail(c, err) }
	s.echo.Use(s.guard)
	s.api = sync.OnceValue(func() *api { return newAPI(s) })
	s.add(table, policies)
	return s
}
