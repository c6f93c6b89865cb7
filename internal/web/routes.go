package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// policy says who may use a route, and so on which handler it stands.
type policy uint8

const (
	public policy = iota + 1 // everybody
	token                    // whoever knows the token in the path
	ops                      // whoever reaches the operators' listener
	// Whoever is signed in, by a session or by an API token, with at least this
	// role. On the public handler.
	viewer
	responder
	publisher
	admin
)

// publicPolicies are those of the public handler: all but the operators'.
func publicPolicies() []policy {
	return []policy{public, token, viewer, responder, publisher, admin}
}

// route is one address, with the methods that it answers and its policy.
type route struct {
	path    string
	methods []string
	policy  policy
	handle  func(*site, echo.Context) error
}

// routes is every route there is, one table for each part of the site. A route
// that stands on a handler and not here fails the tests.
func routes() []route {
	return slices.Concat(pageRoutes(), subscriberRoutes(), loginRoutes(), consoleRoutes(), apiRoutes())
}

func pageRoutes() []route {
	read := []string{http.MethodGet, http.MethodHead}
	signal := []string{http.MethodGet, http.MethodHead, http.MethodPost}
	return []route{
		{"/*", read, public, (*site).document},
		{"/heartbeat/*", signal, token, (*site).heartbeat}, // TOKEN, TOKEN/start, TOKEN/fail, TOKEN/EXITSTATUS
		{"/", read, ops, (*site).index},
		{"/metrics", read, ops, (*site).metrics},
		{"/probe", []string{http.MethodGet}, ops, (*site).probe},
		{"/healthz", read, ops, (*site).healthz},
		{"/readyz", read, ops, (*site).readyz},
	}
}

func (r route) among(policies []policy) bool { return slices.Contains(policies, r.policy) }

// add puts the routes of a table that have one of the policies on the router. At
// an address that there is, every other method is answered with 405 and the
// methods that do exist; OPTIONS as well, because there is nothing to negotiate:
// what other sites' scripts may read needs no preflight.
func (s *site) add(table []route, policies []policy) {
	methods := make(map[string][]string)
	for _, r := range table {
		if r.among(policies) {
			s.echo.Match(r.methods, r.path, s.enforce(r))
			methods[r.path] = append(methods[r.path], r.methods...)
		}
	}
	refusals := make(map[string]methodError, len(methods))
	for path, there := range methods {
		slices.Sort(there)
		refusals[path] = methodError(strings.Join(there, ", "))
	}
	// The router looks on for a wider address when this one lacks the method, so
	// that the methods that it knows are refused here by name. Others come to the
	// widest, which asks where a GET would have gone.
	refuse := func(c echo.Context) error {
		there := s.echo.AcquireContext()
		defer s.echo.ReleaseContext(there)
		s.echo.Router().Find(http.MethodGet, c.Request().URL.Path, there)
		return refusals[there.Path()]
	}
	for path, there := range methods {
		for _, method := range knownMethods() {
			if !slices.Contains(there, method) {
				s.echo.Add(method, path, refuse)
			}
		}
		s.echo.RouteNotFound(path, refuse)
	}
}

// knownMethods are those that the router tells apart.
func knownMethods() []string {
	return []string{
		http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPatch,
		http.MethodPost, http.MethodPut, http.MethodTrace, echo.PROPFIND, echo.REPORT,
	}
}
