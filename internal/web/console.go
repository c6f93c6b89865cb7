package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// consoleRoutes are the operators' pages. The policy is the least role; what
// depends on an incident is decided by its service.
func consoleRoutes() []route {
	read, write := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	return slices.Concat(planRoutes(), promiseRoutes(), []route{
		{consolePath, read, viewer, (*site).overviewPage},
		{"/console/incidents", read, viewer, (*site).incidentsPage},
		{"/console/incidents/new", read, responder, (*site).newIncidentPage},
		{"/console/incidents/new", write, responder, (*site).newIncident},
		{"/console/incidents/:id", read, viewer, (*site).incidentPage},
		{"/console/incidents/:id/update", read, responder, (*site).updatePage},
		{"/console/incidents/:id/update", write, responder, (*site).update},
		{"/console/incidents/:id/publish", read, responder, (*site).publishPage},
		{"/console/incidents/:id/publish", write, responder, (*site).publish},
		{"/console/incidents/:id/amend", write, responder, (*site).amend},
		{"/console/incidents/:id/correct", write, responder, (*site).correct},
		{"/console/incidents/:id/postmortem", write, responder, (*site).postmortem},
		{"/console/incidents/:id/waive", write, publisher, (*site).waive},
		{"/console/incidents/:id/close", write, publisher, (*site).closeIncident},
		{"/console/incidents/:id/discard", write, responder, (*site).discard},
		{"/console/ledger", read, viewer, (*site).ledgerPage},
		{"/console/ledger/:id", read, viewer, (*site).noticePage},
		{"/console/deliveries/:id/resend", write, publisher, (*site).resend},
		{"/console/channels", read, viewer, (*site).channelsPage},
		{"/console/channels/:id/test", write, admin, (*site).tryChannel},
		{"/console/channels/:id/disable", write, admin, (*site).channelOff},
		{"/console/channels/:id/enable", write, admin, (*site).channelOn},
		{"/console/subscribers", read, admin, (*site).subscribersPage},
		{"/console/subscribers/find", write, admin, (*site).findSubscriber},
		{"/console/subscribers/add", write, admin, (*site).addSubscriber},
		{"/console/subscribers/import", write, admin, (*site).importSubscribers},
		{"/console/subscribers/export", write, admin, (*site).exportSubscribers},
		{"/console/subscribers/:id/remove", write, admin, (*site).removeSubscriber},
		{"/console/subscribers/:id/release", write, admin, (*site).releaseSubscriber},
		{"/console/templates", read, publisher, (*site).templatesPage},
		{"/console/templates", write, publisher, (*site).saveTemplate},
		{"/console/templates/:id/delete", write, publisher, (*site).deleteTemplate},
		{"/console/people", read, admin, (*site).peoplePage},
		{"/console/people", write, admin, (*site).addPerson},
		{"/console/people/:id", write, admin, (*site).changePerson},
		{"/console/account", read, viewer, (*site).accountPage},
		{"/console/account/password", write, viewer, (*site).changePassword},
		{"/console/account/tokens", write, viewer, (*site).makeToken},
		{"/console/account/tokens/:id/revoke", write, viewer, (*site).revokeToken},
		{"/console/audit", read, admin, (*site).auditPage},
		{"/console/audit/check", write, admin, (*site).checkAudit},
	})
}

// visit is one request for a page of the console: who asks, and what the page
// is told in.
type visit struct {
	*site
	c    echo.Context
	by   uptime.Actor
	now  time.Time
	zone *time.Location
}

func (s *site) visit(c echo.Context) visit {
	v := visit{site: s, c: c, by: actor(c), now: s.Now(), zone: s.Desk.Catalogue().Page.Zone}
	if v.zone == nil {
		v.zone = time.UTC
	}
	return v
}

func (v visit) ctx() context.Context { return v.c.Request().Context() }

// may tells whether the reader has at least this role.
func (v visit) may(least uptime.Role) bool { return v.by.Role >= least }

// frame is what the page has around it: what the reader may go to, and no more.
func (v visit) frame(title, here string) console.Frame {
	f := console.Frame{Title: title, Person: v.by.Name, Role: v.by.Role.String()}
	for _, l := range []struct {
		text, path string
		least      uptime.Role
	}{
		{"Overview", consolePath, uptime.Viewer},
		{"Incidents", "/console/incidents", uptime.Viewer},
		{"Planned", plansPath, uptime.Viewer},
		{"Commitments", commitmentsPath, uptime.Viewer},
		{"Ledger", "/console/ledger", uptime.Viewer},
		{"Channels", "/console/channels", uptime.Viewer},
		{"Subscribers", "/console/subscribers", uptime.Admin},
		{"Templates", "/console/templates", uptime.Publisher},
		{"People", "/console/people", uptime.Admin},
		{"Audit log", "/console/audit", uptime.Admin},
		{"Account", "/console/account", uptime.Viewer},
	} {
		if v.may(l.least) {
			f.Nav = append(f.Nav, console.Link{Text: l.text, Path: l.path, Here: l.path == here})
		}
	}
	return f
}

// moment tells an instant in the page's zone, with UTC beside it.
func (v visit) moment(t time.Time) console.Moment {
	if t.IsZero() {
		return console.Moment{}
	}
	return console.Moment{
		Text: t.In(v.zone).Format("2 Jan 2006, 15:04 MST"), UTC: t.UTC().Format("2006-01-02 15:04:05 MST"),
		Machine: t.UTC().Format(time.RFC3339),
	}
}

// zoneName is the page's zone as a reader knows it.
func (v visit) zoneName() string { return v.zone.String() }

// span is a length of time, to the minute: "12 min", "3 h 5 min", "2 d 4 h".
func span(d time.Duration) string {
	minutes := int(d.Abs().Round(time.Minute) / time.Minute)
	switch hours := minutes / 60; {
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case hours < 24 && minutes%60 == 0:
		return fmt.Sprintf("%d h", hours)
	case hours < 24:
		return fmt.Sprintf("%d h %d min", hours, minutes%60)
	case hours%24 == 0:
		return fmt.Sprintf("%d d", hours/24)
	default:
		return fmt.Sprintf("%d d %d h", hours/24, hours%24)
	}
}

// listed is how many items a page of a list has.
const listed = 50

// after is the part of a list that the address asks for. It asks for one item
// more than is shown, to know whether there are more.
func (v visit) after() uptime.Cursor {
	return uptime.Cursor{After: v.c.QueryParam("after"), Limit: listed + 1}
}

// part cuts a list to what is shown, and makes the addresses of what follows
// and of the beginning.
func part[T any](v visit, all []T, id func(T) string) (shown []T, older, newest string) {
	query := v.c.QueryParams()
	if query.Get("after") != "" {
		newest = v.address(query, "")
	}
	if len(all) <= listed {
		return all, "", newest
	}
	all = all[:listed]
	return all, v.address(query, id(all[listed-1])), newest
}

func (v visit) address(query url.Values, after string) string {
	out := url.Values{}
	for name, values := range query {
		if name != "after" && name != "done" {
			out[name] = values
		}
	}
	if after != "" {
		out.Set("after", after)
	}
	path := v.c.Request().URL.Path
	if len(out) == 0 {
		return path
	}
	return path + "?" + out.Encode()
}

// doneText is what has just been done, in words of ours: the address only says
// which.
func (v visit) doneText() string {
	return map[string]string{
		"opened": "The incident is opened.", "draft": "The draft is saved.", "said": "The update is out.",
		"saved": "It is saved.", "published": "It is published.", "amended": "The text is amended; the former one stays readable.",
		"corrected": "It is corrected.", "reviewed": "The postmortem is saved.", "waived": "The reason is written down.",
		"closed": "The incident is closed.", "discarded": "The draft is discarded.", "resent": "It is queued again.",
		"disabled": "The channel is out of use.", "enabled": "The channel is in use.", "removed": "They are removed, with every trace of the address.",
		"released": "The address is written to again.", "added": "They are on the list.", "deleted": "It is deleted.",
		"person": "They can sign in.", "changed": "It is changed.", "password": "Your password is changed. All your other sessions have ended.",
		"announced": "It is announced.", "revised": "The new time is announced.", "cancelled": "It is called off.", "finished": "The work is done.",
		"recurs": "It recurs from now on.", "stopped": "No more of it is announced.", "evidence": "The evidence is added.",
		"withdrawn": "The evidence is withdrawn.", "closedentry": "The entry is closed.",
		"revoked": "The token has ended.", "already": "This was done already; nothing was done twice.",
	}[v.c.QueryParam("done")]
}

// word is a name of ours in a reader's words: false_alarm is "false alarm".
func word[T ~string](t T) string { return strings.ReplaceAll(string(t), "_", " ") }

// goOn sends the browser to what there is now, with a word about what was done.
func (v visit) goOn(path, done string) error {
	seeOther(v.c, path+"?done="+done)
	return nil
}
