package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

const alertsPath = apiPrefix + "/alertmanager"

// message is Alertmanager's, as its documentation shows it, with these alerts.
func message(alerts ...string) string {
	return `{"version":"4","groupKey":"{}/{team=\"shop\"}:{alertname=\"Down\"}","truncatedAlerts":0,"status":"firing","receiver":"upheld",
		"groupLabels":{"alertname":"Down"},"commonLabels":{"alertname":"Down","job":"shop"},"commonAnnotations":{},
		"externalURL":"http://alertmanager:9093","alerts":[` + strings.Join(alerts, ",") + `]}`
}

// oneAlert is an alert of a message; the parts change its members.
func oneAlert(parts map[string]any) string {
	alert := map[string]any{
		"status": "firing", "labels": map[string]string{"alertname": "Down", "job": "shop"}, "annotations": map[string]string{"summary": "It is down."},
		"startsAt": "2026-03-07T11:50:00.123Z", "endsAt": "0001-01-01T00:00:00Z",
		"generatorURL": "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0", "fingerprint": "5ab3a7d4e34e2dbb",
	}
	for name, value := range parts {
		alert[name] = value
		if value == "missing" {
			delete(alert, name)
		}
	}
	text, err := json.Marshal(alert)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// told is the handler over a receiver.
func told(o Alerts) *under {
	return newUnder(fixtureOptions(&fixture{}), func(options *Options) { options.Alerts = o })
}

func (u *under) tell(content string) *http.Response {
	return ask(u.public, "POST", alertsPath, content, "Content-Type", typeJSON, "User-Agent", "Alertmanager/0.25.0")
}

func TestWhatAnAlertmanagerTellsIsRead(t *testing.T) {
	began := noon().Add(-10*time.Minute + 123*time.Millisecond)
	down := uptime.ReceivedAlert{
		Fingerprint: "5ab3a7d4e34e2dbb", Group: `{}/{team="shop"}:{alertname="Down"}`, Labels: map[string]string{"alertname": "Down", "job": "shop"},
		Annotations: map[string]string{"summary": "It is down."}, StartsAt: began, ReceivedAt: noon(),
	}
	change := func(f func(*uptime.ReceivedAlert)) []uptime.ReceivedAlert {
		a := down
		f(&a)
		return []uptime.ReceivedAlert{a}
	}
	over := func(at time.Time) []uptime.ReceivedAlert {
		return change(func(a *uptime.ReceivedAlert) { a.EndsAt = at })
	}
	o := &teller{}
	u := told(o)
	for name, tc := range map[string]struct {
		content string
		want    []uptime.ReceivedAlert
	}{
		"it fires":                        {message(oneAlert(nil)), []uptime.ReceivedAlert{down}},
		"it fires until some later time":  {message(oneAlert(map[string]any{"endsAt": "2026-03-07T12:04:00Z"})), []uptime.ReceivedAlert{down}},
		"it fires though an end is past":  {message(oneAlert(map[string]any{"endsAt": "2026-03-07T11:58:00Z"})), []uptime.ReceivedAlert{down}},
		"it fires and says no end":        {message(oneAlert(map[string]any{"endsAt": "missing"})), []uptime.ReceivedAlert{down}},
		"it is resolved":                  {message(oneAlert(map[string]any{"status": "resolved", "endsAt": "2026-03-07T13:58:00+02:00"})), over(noon().Add(-2 * time.Minute))},
		"it is resolved in time to come":  {message(oneAlert(map[string]any{"status": "resolved", "endsAt": "2026-03-07T12:04:00Z"})), over(noon())},
		"it is resolved and says no end":  {message(oneAlert(map[string]any{"status": "resolved", "endsAt": "missing"})), over(noon())},
		"it is resolved before it began":  {message(oneAlert(map[string]any{"status": "resolved", "endsAt": "2026-03-07T11:00:00Z"})), over(began)},
		"it has no fingerprint":           {message(oneAlert(map[string]any{"fingerprint": "missing"})), change(func(a *uptime.ReceivedAlert) { a.Fingerprint = "e61254011e9728c1" })},
		"it has no annotations":           {message(oneAlert(map[string]any{"annotations": nil})), change(func(a *uptime.ReceivedAlert) { a.Annotations = nil })},
		"newer versions say more":         {message(oneAlert(map[string]any{"silencedBy": []string{"x"}, "isNew": true})), []uptime.ReceivedAlert{down}},
		"the message says more":           {strings.Replace(message(oneAlert(nil)), "{", `{"notificationReason":{"a":1},`, 1), []uptime.ReceivedAlert{down}},
		"the message leaves out the rest": {`{"version":"4","groupKey":"{}/{team=\"shop\"}:{alertname=\"Down\"}","alerts":[` + oneAlert(nil) + `]}`, []uptime.ReceivedAlert{down}},
		"there are several":               {message(oneAlert(nil), oneAlert(map[string]any{"fingerprint": "b"})), append(change(func(*uptime.ReceivedAlert) {}), change(func(a *uptime.ReceivedAlert) { a.Fingerprint = "b" })...)},
		"there are none":                  {message(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			*o = teller{}
			r := u.tell(tc.content)
			text := strings.TrimSpace(body(t, r))
			if want := fmt.Sprintf(`{"received":%d}`, len(tc.want)); r.StatusCode != http.StatusOK || text != want || o.calls != 1 {
				t.Fatalf("%d %s, want %s; called %d times", r.StatusCode, text, want, o.calls)
			}
			if diff := cmp.Diff(tc.want, o.alerts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMessageThatIsNoneIsRefusedByItsPlace(t *testing.T) {
	o := &teller{}
	u := told(o)
	for name, tc := range map[string]struct {
		content  string
		status   int
		location string
	}{
		"another version":        {strings.Replace(message(oneAlert(nil)), `"4"`, `"5"`, 1), 422, "body.version"},
		"no version":             {strings.Replace(message(oneAlert(nil)), `"version":"4",`, "", 1), 422, "body"},
		"a number as version":    {strings.Replace(message(oneAlert(nil)), `"4"`, "4", 1), 422, "body.version"},
		"no group":               {`{"version":"4","groupKey":"","alerts":[]}`, 422, "body.groupKey"},
		"no alerts":              {`{"version":"4","groupKey":"a"}`, 422, "body"},
		"alerts that are none":   {`{"version":"4","groupKey":"a","alerts":null}`, 422, "body.alerts"},
		"another status":         {message(oneAlert(map[string]any{"status": "s3cret"})), 422, "body.alerts[0].status"},
		"no start":               {message(oneAlert(nil), oneAlert(map[string]any{"startsAt": "missing"})), 422, "body.alerts[1]"},
		"a start of year one":    {message(oneAlert(nil), oneAlert(map[string]any{"startsAt": "0001-01-01T00:00:00Z"})), 422, "body.alerts[1].startsAt"},
		"a start that is none":   {message(oneAlert(map[string]any{"startsAt": "s3cret"})), 422, "body.alerts[0].startsAt"},
		"labels that are none":   {message(oneAlert(map[string]any{"labels": "s3cret"})), 422, "body.alerts[0].labels"},
		"a label that is none":   {message(oneAlert(map[string]any{"labels": map[string]any{"a": 311337}})), 422, "body.alerts[0].labels.a"},
		"too many alerts":        {message(strings.Split(strings.Repeat(`{"status":"firing","labels":{},"startsAt":"2026-03-07T11:50:00Z"} `, 1001), " ")[:1001]...), 422, "body.alerts"},
		"too large":              {message(oneAlert(map[string]any{"labels": map[string]string{"a": strings.Repeat("s3cret", 200_000)}})), 413, ""},
		"no JSON":                {`{"version":s3cret`, 400, ""},
		"nothing":                {"", 400, ""},
		"alerts of the API v2":   {`[{"labels":{"alertname":"Down"}}]`, 422, "body"},
		"fewer than none is out": {strings.Replace(message(oneAlert(nil)), `"truncatedAlerts":0`, `"truncatedAlerts":-1`, 1), 422, "body.truncatedAlerts"},
	} {
		t.Run(name, func(t *testing.T) {
			p, text := problemOf(t, u.tell(tc.content))
			if p.Status != tc.status || o.calls > 0 || strings.Contains(text, "s3cret") || strings.Contains(text, "311337") {
				t.Errorf("%d, want %d; called %d times: %s", p.Status, tc.status, o.calls, text)
			}
			if tc.location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != tc.location || p.Errors[0].Message == "") {
				t.Errorf("want %s: %s", tc.location, text)
			}
		})
	}
}

func TestAnAlertmanagerTellsAgainWhatWasNotStored(t *testing.T) {
	u := told(&teller{err: errors.New("s3cret of the disk")})
	r := u.tell(message(oneAlert(nil)))
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", r.StatusCode, r.Header.Get("Retry-After"))
	}
	p, text := problemOf(t, r)
	if strings.Contains(text, "s3cret") || p.RequestID == "" || !strings.Contains(u.log.String(), p.RequestID) || !strings.Contains(u.log.String(), "s3cret") {
		t.Errorf("%s\n%s", text, u.log)
	}
}

func TestWithoutAnythingThatAsksForAlertsTheyAreRefused(t *testing.T) {
	for name, alerts := range map[string]Alerts{"none": nil, "none at the moment": &teller{err: fmt.Errorf("x: %w", uptime.ErrNotFound)}} {
		p, text := problemOf(t, told(alerts).tell(message(oneAlert(nil))))
		if p.Status != http.StatusNotFound || !strings.Contains(p.Detail, "configure") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestWhatAMessageLeavesOutIsSaid(t *testing.T) {
	o := &teller{}
	u := told(o)
	r := u.tell(strings.Replace(message(oneAlert(nil)), `"truncatedAlerts":0`, `"truncatedAlerts":7`, 1))
	if text := strings.TrimSpace(body(t, r)); text != `{"received":1,"truncated":7}` || len(o.alerts) != 1 {
		t.Errorf("%s; %d alerts", text, len(o.alerts))
	}
	if !strings.Contains(u.log.String(), "left_out=7") || !strings.Contains(u.log.String(), "max_alerts") {
		t.Errorf("the log: %s", u.log)
	}
}

func TestHostileAlertsStayData(t *testing.T) {
	evil := "<script>alert(1)</script>\u202e\x00\x1b[31m\n'; DROP TABLE received_alert"
	many := map[string]string{evil: evil}
	for n := range 200 {
		many[fmt.Sprintf("z%d", n)] = strings.Repeat("ä", 900)
	}
	o := &teller{}
	if r := told(o).tell(message(oneAlert(map[string]any{"labels": many, "annotations": many}))); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, body(t, r))
	}
	got := o.alerts[0]
	if len(got.Labels) != 64 || got.Labels[evil] != evil || len(got.Labels["z0"]) != 1024 || len(got.Annotations["z0"]) != 1800 {
		t.Errorf("%d labels, %d bytes of z0", len(got.Labels), len(got.Labels["z0"]))
	}
	u := newUnder(fixtureOptions(&fixture{}), func(options *Options) { options.Records = &overheard{alerts: o.alerts} })
	r := ask(u.public, "GET", alertsPath, "")
	var list struct{ Items []receivedBody }
	if err := json.Unmarshal([]byte(body(t, r)), &list); err != nil || len(list.Items) != 1 || list.Items[0].Labels[evil] != evil {
		t.Errorf("%v: %+v", err, list)
	}
	if kind := r.Header.Get("Content-Type"); kind != typeJSON || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("it is sent as %s", kind)
	}
}

// overheard answers for the alerts that were received.
type overheard struct {
	Records
	alerts []uptime.ReceivedAlert
	since  time.Time
}

func (o *overheard) ReceivedAlerts(_ context.Context, since time.Time) ([]uptime.ReceivedAlert, error) {
	o.since = since
	return o.alerts, nil
}

func TestTheNewestAlertsAreListed(t *testing.T) {
	o := &overheard{}
	for n := range 1100 {
		a := uptime.ReceivedAlert{Fingerprint: fmt.Sprint(n), StartsAt: noon(), ReceivedAt: noon().Add(time.Duration(n) * time.Second)}
		if n%2 == 1 {
			a.EndsAt = noon()
		}
		o.alerts = append(o.alerts, a)
	}
	u := newUnder(fixtureOptions(&fixture{}), func(options *Options) { options.Records = o })
	list := func(query string) (items []receivedBody, leftOff int) {
		var answer struct {
			Items   []receivedBody
			LeftOff int `json:"left_off"`
		}
		if err := json.Unmarshal([]byte(body(t, ask(u.public, "GET", alertsPath+query, ""))), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Items, answer.LeftOff
	}
	items, leftOff := list("")
	if len(items) != 1000 || leftOff != 100 || items[0].Fingerprint != "1099" || items[0].Status != "resolved" || items[999].Fingerprint != "100" {
		t.Errorf("%d items, %d left off, the first %+v", len(items), leftOff, items[0])
	}
	if !o.since.Equal(noon().Add(-7 * 24 * time.Hour)) {
		t.Errorf("since %v", o.since)
	}
	items, leftOff = list("?firing=true")
	if len(items) != 550 || leftOff != 0 || items[0].Fingerprint != "1098" || items[0].EndsAt != nil {
		t.Errorf("%d fire, %d left off", len(items), leftOff)
	}
}

// kept receives alerts into the database that is used.
type kept struct{ db *store.DB }

func (k *kept) Receive(ctx context.Context, _ uptime.AlertGroup, alerts []uptime.ReceivedAlert) error {
	return k.db.SaveAlerts(ctx, alerts)
}

func TestTheLifeOfAnAlertByTheAPI(t *testing.T) {
	k := &kept{}
	c := newCaller(t, func(o *Options) { o.Alerts = k })
	k.db = c.db
	const at = "/alertmanager"
	began := c.now.Add(-time.Hour).Format(time.RFC3339)
	firing := message(oneAlert(map[string]any{"startsAt": began}))
	c.must(t, 403, uptime.Viewer, "POST", at, firing)
	audit := len(c.must(t, 200, uptime.Admin, "GET", "/audit?limit=500", "").items())
	for range 3 {
		c.must(t, 200, uptime.Responder, "POST", at, firing)
	}
	if all := c.must(t, 200, uptime.Viewer, "GET", at+"?firing=true", "").items(); len(all) != 1 {
		t.Errorf("%d alerts fire, want one: %v", len(all), all)
	}
	c.now = c.now.Add(time.Minute)
	c.must(t, 200, uptime.Responder, "POST", at, message(oneAlert(map[string]any{"startsAt": began, "status": "resolved", "endsAt": c.now.Format(time.RFC3339)})))
	all := c.must(t, 200, uptime.Viewer, "GET", at, "").items()
	if one := all[0].(map[string]any); len(all) != 1 || one["status"] != "resolved" || one["ends_at"] != c.now.Format(time.RFC3339) {
		t.Errorf("at the end %v", all)
	}
	if n := len(c.must(t, 200, uptime.Admin, "GET", "/audit?limit=500", "").items()); n != audit {
		t.Errorf("%d entries of the audit log, before %d", n, audit)
	}
}

// FuzzAlertmanagerMessage sends anything as a message: it is refused as a fault
// of the sender, or what is taken in keeps to its bounds.
func FuzzAlertmanagerMessage(f *testing.F) {
	f.Add(message(oneAlert(nil)))
	f.Add(message(oneAlert(map[string]any{"status": "resolved", "endsAt": "9999-12-31T23:59:59.999999999Z"}), oneAlert(map[string]any{"fingerprint": ""})))
	f.Add(message(oneAlert(map[string]any{"labels": map[string]string{"\x00": "\u202e"}, "annotations": nil, "startsAt": "0000-01-01T00:00:00-23:59"})))
	f.Add(`{"version":"4","groupKey":"` + strings.Repeat("g", 1100) + `","alerts":[{"status":"firing","labels":{"a":"\ud800"},"startsAt":"2026-03-07T11:50:00Z","Status":"x"}]}`)
	f.Add(`{"version":"4","groupKey":"g","truncatedAlerts":18446744073709551615,"alerts":[null]}`)
	f.Add(`null`)
	o := &teller{}
	u := newUnder(fixtureOptions(&fixture{}), func(options *Options) {
		options.Alerts = o
		options.Identity = &unlimited{}
	})
	f.Fuzz(func(t *testing.T, content string) {
		*o = teller{}
		r := u.tell(content)
		switch r.StatusCode {
		case http.StatusOK:
			judgeTaken(t, o.alerts)
		case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
			if o.calls > 0 {
				t.Errorf("refused with %d, and taken in", r.StatusCode)
			}
		default:
			t.Errorf("%d: %s", r.StatusCode, body(t, r))
		}
	})
}

// unlimited is another token each time, so that nobody calls too often.
type unlimited struct {
	fixture
	calls int
}

func (o *unlimited) Authenticate(context.Context, string, string) (uptime.Actor, error) {
	o.calls++
	return uptime.Actor{Kind: "token", ID: fmt.Sprint(o.calls), Role: uptime.Responder}, nil
}

func judgeTaken(t *testing.T, alerts []uptime.ReceivedAlert) {
	if len(alerts) > 1000 {
		t.Errorf("%d alerts", len(alerts))
	}
	for _, a := range alerts {
		if a.Fingerprint == "" || a.Group == "" || len(a.Group) > 1024 || a.StartsAt.IsZero() || !a.ReceivedAt.Equal(noon()) || !a.Firing() && a.EndsAt.Before(a.StartsAt) {
			t.Errorf("%+v", a)
		}
		if diff := cmp.Diff(a, a.Bounded()); diff != "" {
			t.Errorf("it is not bounded:\n%s", diff)
		}
		for name, value := range a.Labels {
			if !utf8.ValidString(name + value) {
				t.Errorf("label %q is %q", name, value)
			}
		}
	}
}
