//go:build slow

package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/static"
)

// The console in a real browser without a script, on a phone and on a desk:
// nothing is asked of anybody else, nothing is complained about, and nothing
// stands out of the window. UPHELD_SCREENSHOTS names a folder for pictures of it.
func TestTheConsoleInABrowser(t *testing.T) {
	docs := samplePages()
	for _, asset := range static.Assets() {
		docs[asset.Path] = document(asset.ContentType, string(asset.Body), http.StatusOK)
	}
	o := newBureau(t, func(o *Options) { o.Documents = docs })
	server := httptest.NewServer(o.public)
	defer server.Close()
	path := o.opened(t, uptime.Publisher, "publish", "part", "api=down", "tier", "1", "title", "Signing in fails for some customers",
		"body", "Since 14:02 about **one sign-in in five** fails. We are looking into the session store.\n\n- What works: everybody who is signed in.")
	o.settle(t, uptime.DeliveryAccepted)
	o.settle(t, uptime.DeliveryDead)
	o.opened(t, uptime.Responder, "draft", "title", "Search is slow", "tier", "3")
	action, fields := o.planForm(t, o.monday(20))
	_, fields = o.post(t, uptime.Publisher, action, fields).form(t, "plan")
	planned, _, _ := strings.Cut(o.post(t, uptime.Publisher, action, with(fields, "do", "announce")).location, "?")
	// A window that breaks two promises, checked by its address.
	check := plansPath + "/new?" + url.Values{"title": {"Database upgrade"}, "body": {"Signing in is **slow** for some minutes."}, "part": {"sign-in"},
		"region": {"eu"}, "from": {o.monday(10).In(o.catalogue.Page.Zone).Format("2006-01-02T15:04")}, "length": {"1 h"}}.Encode()
	ctx := chromium(t)
	var mu sync.Mutex
	var said, asked []string
	if err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, server.URL) && !strings.HasPrefix(e.Request.URL, "about:") && !strings.HasPrefix(e.Request.URL, "data:") {
				asked = append(asked, e.Request.URL)
			}
		case *log.EventEntryAdded:
			said = append(said, e.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	steps(t, ctx, tell(network.Enable, network.EnableParams{}), tell(log.Enable, cdp.Empty{}))
	for _, width := range []int64{390, 1280, 320} {
		steps(t, ctx, tell(network.ClearBrowserCookies, cdp.Empty{}), chromedp.EmulateViewport(width, 844))
		steps(t, ctx, chromedp.Navigate(server.URL+consolePath), chromedp.WaitVisible("#password"))
		o.look(t, ctx, width, "sign-in")
		steps(t, ctx, chromedp.SendKeys("#name", "publisher"), chromedp.SendKeys("#password", goodPassword),
			chromedp.Click("main button"), chromedp.WaitVisible(".who"))
		o.look(t, ctx, width, "overview")
		steps(t, ctx, chromedp.Navigate(server.URL+newPath), chromedp.WaitVisible("#compose-title"))
		o.look(t, ctx, width, "new")
		steps(t, ctx, chromedp.SendKeys("#compose-title", "Invoices come late"),
			chromedp.SendKeys("#compose-body", "Invoices of today come **late**. None is lost."),
			chromedp.Click("#compose .buttons button"), chromedp.WaitVisible("#send"))
		o.look(t, ctx, width, "preview")
		steps(t, ctx, chromedp.Click("#send .buttons button"), chromedp.WaitVisible(".done"))
		reads(t, ctx, "main", "Invoices come late")
		for name, address := range map[string]string{"incident": path, "ledger": "/console/ledger", "channels": "/console/channels",
			"plans": plansPath, "plan-new": plansPath + "/new", "plan": planned, "commitments": commitmentsPath, "commitment": commitmentsPath + "/S2",
			"noncompliance": noncompliancePath, "series": seriesPath, "series-new": seriesPath + "/new", "check": check,
			"account": accountPath, "templates": templatesPath, "update": path + "/update", "incidents": "/console/incidents"} {
			steps(t, ctx, chromedp.Navigate(server.URL+address))
			o.look(t, ctx, width, name)
		}
		if all, _ := o.db.Notices(t.Context(), uptime.NoticeFilter{Reason: uptime.WentDown}, uptime.Cursor{Limit: 50}); len(all) > 0 {
			steps(t, ctx, chromedp.Navigate(server.URL+ledgerPath+"/"+all[len(all)-1].Notice.ID))
			o.look(t, ctx, width, "notice")
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(said) > 0 || len(asked) > 0 {
		t.Errorf("the browser said %q and asked for %q", said, asked)
	}
}

func tell[P any](call cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, call, params)
		return err
	})
}

// look wants that nothing stands out of the window, and takes a picture.
func (o *bureau) look(t *testing.T, ctx context.Context, width int64, name string) {
	t.Helper()
	over, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil || over > 0 {
		t.Errorf("%s at %d px stands out by %d px: %v", name, width, over, err)
	}
	folder := os.Getenv("UPHELD_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("console-%s-%d.png", name, width)), picture, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}
