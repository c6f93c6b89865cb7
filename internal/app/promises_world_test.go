//go:build slow

package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/emersion/go-ical"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

const jobToken = "a-token-of-the-checkout-job"

// keeper is an Upheld by a clock that is set by hand, with promises to keep and
// a component that is up or down as its job says.
type keeper struct {
	*upheld
	clock  *hands
	office *office
	token  string
	up     bool
}

func newKeeper(t *testing.T) *keeper {
	k := &keeper{clock: &hands{}, office: openOffice(t), up: true}
	k.clock.turn(time.Until(monday))
	k.upheld = beginBy(t, k.clock.now, fmt.Sprintf(`
page: {name: Example, time_zone: Australia/Brisbane}
mail: {server: "%s", tls: none, from: "Example Status <status@example.org>"}
policy: customer-success
components:
  - {name: Checkout, importance: critical, monitors: [{type: heartbeat, every: 12h, interval: 10m, token: %s}]}
  - {name: Search, importance: important, monitors: [{type: heartbeat, every: 12h, interval: 10m, token: b-token-of-the-search-job}]}
services: [{name: Platform, components: [checkout], target: 99.95%%}]
`, k.office.address, jobToken))
	k.token = k.upheld.token()
	k.say()
	return k
}

// say has the job say how it is, and waits for the look that follows upon it:
// hands that turn on meanwhile would leave time of which nothing is known.
func (k *keeper) say() {
	k.t.Helper()
	path := "/heartbeat/" + jobToken
	if !k.up {
		path += "/fail"
	}
	said := k.now()
	k.postForm(path, url.Values{})
	k.within(25*time.Second, "the job's word is looked at", func() bool {
		return slices.ContainsFunc(k.engine.Healths(), func(h uptime.Health) bool {
			return h.Monitor == "checkout-heartbeat" && !h.Last.At.Before(said)
		})
	})
}

// pass lets time pass in steps in which each look still vouches.
func (k *keeper) pass(d time.Duration) {
	for ; d > 0; d -= 8 * time.Minute {
		k.clock.turn(min(d, 8*time.Minute))
		k.say()
	}
}

// until lets time pass until an instant.
func (k *keeper) until(at time.Time) { k.pass(at.Sub(k.now())) }

// shows waits for the page at a path to show a text.
func (k *keeper) shows(path, text string) {
	k.t.Helper()
	page := ""
	defer func() {
		if k.t.Failed() {
			k.t.Logf("%s:\n%s", path, page)
		}
	}()
	k.within(25*time.Second, path+" shows "+text, func() bool {
		_, page = k.get(path)
		return strings.Contains(page, text)
	})
}

// picture keeps one of the page, in the folder that UPHELD_SCREENSHOTS names.
func (k *keeper) picture(ctx context.Context, path, name string) {
	folder := os.Getenv("UPHELD_SCREENSHOTS")
	if folder == "" {
		return
	}
	for _, width := range []int64{390, 1280} {
		press(k.t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate("http://"+k.Public().String()+path), chromedp.WaitReady("h1"))
		image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), image, 0o644)
		}
		if err != nil {
			k.t.Error(err)
		}
	}
}

func browse(t *testing.T) context.Context {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(needs.Chromium(t)), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoSandbox,
		chromedp.NoDefaultBrowserCheck, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil { // starts it, without a deadline
		t.Fatal(err)
	}
	return ctx
}

func press(t testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(deadline, actions...); err != nil {
		t.Fatal(err)
	}
}

func reading(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	text, err := chromedp.Run(deadline, chromedp.TextContent(selector))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(text), " ")
}

// An operator plans a window twenty hours ahead, which is refused, and takes the
// earliest lawful start. It is announced, counted down to, worked in, and
// overrun by four minutes: what was announced is excluded, what overran counts.
func TestAWindowThatKeepsItsNoticeFromThePlanToTheFigures(t *testing.T) {
	k := newKeeper(t)
	k.subscribeTo(k.office, "reader@example.com", []string{"incidents", "maintenance"})
	ctx := browse(t)
	k.plans(t, ctx)

	from := time.Date(2026, 12, 8, 7, 0, 0, 0, time.UTC) // 17:00 on the wall
	to := from.Add(2 * time.Hour)
	k.invited(t, "reader@example.com", from, to)
	k.shows("/", "30 h 4") // 30 h and 4x min ahead
	k.shows("/", "24 h promised")
	k.picture(ctx, "/", "planned")

	k.clock.turn(29 * time.Hour)
	k.say()
	k.until(from.Add(2 * time.Second))
	k.shows("/", "Maintenance in progress")
	k.until(from.Add(5 * time.Minute))
	k.up = false
	k.say()
	down := k.now()
	k.until(to.Add(-20 * time.Minute))
	k.shows("/", "under way")
	k.picture(ctx, "/", "under-way")
	if open := k.open(); len(open) > 0 {
		t.Errorf("an outage within announced work opened %v", open)
	}
	k.until(to.Add(2 * time.Minute))
	k.within(25*time.Second, "what overruns opens an incident", func() bool { return len(k.open()) == 1 })
	if started := k.open()[0]; !started.Equal(to) {
		t.Errorf("the incident is dated %s, and the window ended %s", started, to)
	}
	k.shows("/", "overrun")
	k.picture(ctx, "/", "overrun")
	k.until(to.Add(4 * time.Minute))
	k.up = true
	k.say()
	back := k.now()
	k.within(25*time.Second, "the incident is over", func() bool { return len(k.open()) == 0 })
	k.figures(t, down, back, from, to)
	k.picture(ctx, "/services/platform", "working")
	k.picture(ctx, "/commitments", "commitments")
}

// plans does what the operator does in the console.
func (k *keeper) plans(t *testing.T, ctx context.Context) {
	t.Helper()
	home := "http://" + k.Public().String()
	press(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(home+"/console"), chromedp.WaitVisible("#password"),
		chromedp.SendKeys("#name", "ada"), chromedp.SendKeys("#password", "a battery, a horse and a staple"),
		chromedp.Click("main button"), chromedp.WaitVisible(".who"),
		chromedp.Navigate(home+"/console/plans/new?kind=maintenance"), chromedp.WaitVisible("#plan-title"),
		chromedp.SendKeys("#plan-title", "New disks for the checkout"),
		chromedp.SendKeys("#plan-body", "We put in new disks. Nobody can pay meanwhile."),
		chromedp.SetValue("#plan-from", monday.Add(20*time.Hour).In(k.zone()).Format("2006-01-02T15:04")),
		chromedp.SetValue("#plan-length", "2 hours"),
		chromedp.Click("#part-checkout"), chromedp.Click("button[value=check]:not(.first)"), chromedp.WaitVisible("#answer"))
	if answer := reading(t, ctx, "#answer"); !strings.Contains(answer, "24 h") || !strings.Contains(answer, "17:00") {
		t.Errorf("a window twenty hours ahead is answered by %q", answer)
	}
	k.shot(ctx, "console-refused")
	press(t, ctx, chromedp.Click("#answer button[name=take]"), chromedp.WaitVisible("#answer.kept"))
	k.shot(ctx, "console-lawful")
	press(t, ctx, chromedp.Click("button[value=announce]"), chromedp.WaitVisible(".done"))
	k.shot(ctx, "console-announced")
}

func (k *keeper) zone() *time.Location { return k.catalogueInForce().Page.Zone }

func (k *keeper) shot(ctx context.Context, name string) {
	folder := os.Getenv("UPHELD_SCREENSHOTS")
	if folder == "" {
		return
	}
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), image, 0o644)
	}
	if err != nil {
		k.t.Error(err)
	}
}

// open is when the open incidents began.
func (k *keeper) open() (began []time.Time) {
	var list struct {
		Items []struct {
			StartedAt time.Time `json:"started_at"`
		} `json:"items"`
	}
	k.call(k.token, http.MethodGet, "/incidents?open=true", struct{}{}, &list)
	for _, i := range list.Items {
		began = append(began, i.StartedAt)
	}
	return began
}

// invited wants the newest letter to an address to carry the invitation.
func (k *keeper) invited(t *testing.T, address string, from, to time.Time) {
	t.Helper()
	k.within(20*time.Second, "the mail with the invitation comes", func() bool { return len(k.office.to(address)) == 2 })
	entries := invitations(t, k.office.to(address)[1])
	if len(entries) != 1 {
		t.Fatalf("%d entries are in it", len(entries))
	}
	e := entries[0]
	start, err := e.DateTimeStart(time.UTC)
	if err != nil || !start.Equal(from) {
		t.Errorf("it invites to %s: %v", start, err)
	}
	if end, err := e.DateTimeEnd(time.UTC); err != nil || !end.Equal(to) {
		t.Errorf("until %s: %v", end, err)
	}
	if n := e.Props.Get(ical.PropSequence); n == nil || n.Value != "0" {
		t.Errorf("its sequence is %v", n)
	}
}

// invitations are the entries of the calendar that a letter carries.
func invitations(t testing.TB, l letter) (events []ical.Event) {
	t.Helper()
	var walk func(kind, encoding string, body io.Reader)
	walk = func(kind, encoding string, body io.Reader) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(media, "multipart/") {
			for parts := multipart.NewReader(body, params["boundary"]); ; {
				part, err := parts.NextPart() // decodes quoted-printable
				if err != nil {
					return
				}
				walk(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
			}
		}
		if media != "text/calendar" || len(events) > 0 {
			return
		}
		if strings.EqualFold(encoding, "base64") {
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		calendar, err := ical.NewDecoder(body).Decode()
		if err != nil {
			t.Fatalf("the invitation cannot be read: %v", err)
		}
		events = calendar.Events()
	}
	walk(l.header.Get("Content-Type"), "", bytes.NewReader([]byte(l.body)))
	return events
}

// counted is one of the three figures with what it is made of.
type counted struct {
	Seconds                 struct{ Window, Excluded, Unknown, Measured, Down, Bad string }
	Commitment, Raw, Strict struct {
		Percent string `json:"pct"`
	}
	Name string
}

// figures wants the three figures of the month to be what the rules come to.
func (k *keeper) figures(t *testing.T, down, back, from, to time.Time) {
	t.Helper()
	var numbers struct {
		Periods    []counted
		Components []struct {
			Segments []struct {
				From, To time.Time
				State    string
			}
		}
	}
	var month counted
	defer func() {
		if t.Failed() {
			t.Logf("%+v; down at %s, back at %s", month, down, back)
		}
	}()
	k.within(25*time.Second, "the figures have it", func() bool {
		_, text := k.get("/services/platform.json")
		if err := json.Unmarshal([]byte(text), &numbers); err != nil || len(numbers.Periods) == 0 {
			t.Fatalf("%v in %s", err, text)
		}
		month = numbers.Periods[0]
		for _, s := range numbers.Components[0].Segments {
			if s.State == "down" && s.To.Sub(back).Abs() < time.Second && s.From.Sub(down).Abs() < time.Second {
				down, back = s.From, s.To // as it was recorded
				return month.Seconds.Down == seconds(back.Sub(to))
			}
		}
		return false
	})
	rat := func(text string) *big.Rat {
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number", text)
		}
		return r
	}
	overrun, whole := rat(seconds(back.Sub(to))), rat(seconds(back.Sub(down)))
	if got := rat(month.Seconds.Excluded); got.Cmp(rat(seconds(to.Sub(from)))) != 0 {
		t.Errorf("%s s are excluded", month.Seconds.Excluded)
	}
	measured := rat(month.Seconds.Measured)
	everything := new(big.Rat).Add(measured, rat(month.Seconds.Excluded)) // all of the window was seen
	for _, c := range []struct {
		name, got string
		bad, of   *big.Rat
	}{
		{"commitment", month.Commitment.Percent, overrun, measured},
		{"raw", month.Raw.Percent, whole, everything},
		{"strict", month.Strict.Percent, whole, everything},
	} {
		share := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(c.bad, c.of))
		floored := new(big.Rat).Mul(share, big.NewRat(1_000_000, 1))
		want := new(big.Rat).SetFrac(new(big.Int).Quo(floored.Num(), floored.Denom()), big.NewInt(10_000)).FloatString(4)
		if c.got != want {
			t.Errorf("the %s figure is %s, and %s is 1 - %s/%s", c.name, c.got, want, c.bad.FloatString(3), c.of.FloatString(3))
		}
	}
	t.Logf("%s: commitment %s, raw %s, strict %s; %s s overran", month.Name, month.Commitment.Percent, month.Raw.Percent, month.Strict.Percent, overrun.FloatString(3))
}

func seconds(d time.Duration) string {
	return strings.TrimRight(strings.TrimRight(new(big.Rat).SetFrac64(d.Milliseconds(), 1000).FloatString(3), "0"), ".")
}
