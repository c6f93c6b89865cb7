//go:build slow

package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/static"
)

// A real browser keeps the cookie, sends our own forms as our own, and needs no
// script for any of it.
func TestABrowserSetsUpSignsOutAndSignsIn(t *testing.T) {
	docs := samplePages()
	for _, asset := range static.Assets() {
		docs[asset.Path] = document(asset.ContentType, string(asset.Body), http.StatusOK)
	}
	w := newWorld(func(o *Options) { o.Documents = docs })
	w.serve(newSite(w.site.Options, append(loginRoutes(), pageRoutes()[0], route{consolePath, []string{http.MethodGet}, admin,
		func(s *site, c echo.Context) error {
			show(c, http.StatusOK, problemPage(c, problem{Title: "Inside", Detail: "Signed in."}))
			return nil
		}}), publicPolicies()...))
	secret, err := w.service.OfferSetUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.public)
	defer server.Close()

	ctx := chromium(t)
	steps(t, ctx,
		chromedp.Navigate(server.URL+setUpPath),
		chromedp.SendKeys("#token", secret), chromedp.SendKeys("#name", "anna"),
		chromedp.SendKeys("#password", goodPassword), chromedp.SendKeys("#again", goodPassword),
		chromedp.Click("main button"), chromedp.WaitVisible(".who"))
	reads(t, ctx, "main", "Signed in.")
	reads(t, ctx, ".who", "anna, admin")
	steps(t, ctx, chromedp.Click(".who button"), chromedp.WaitVisible("#password"))
	reads(t, ctx, "main", "You are signed out.")
	steps(t, ctx, chromedp.Navigate(server.URL+consolePath), chromedp.WaitVisible("#password"))
	steps(t, ctx, chromedp.SendKeys("#name", "anna"), chromedp.SendKeys("#password", "not this one"),
		chromedp.Click("main button"), chromedp.WaitVisible(".bad"))
	reads(t, ctx, ".bad", "The name or the password is wrong.")
	steps(t, ctx, chromedp.SendKeys("#password", goodPassword), chromedp.Click("main button"), chromedp.WaitVisible(".who"))
	reads(t, ctx, "main", "Signed in.")
}

// chromium is a browser that runs no script.
func chromium(t *testing.T) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(needs.Chromium(t)),
		chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.NoDefaultBrowserCheck,
	}
	for _, off := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(off, true))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancel(); stop() })
	steps(t, ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	return ctx
}

func steps(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil { // starts it, without a deadline: it would end with that
		t.Fatal(err)
	}
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(deadline, actions...); err != nil {
		t.Fatal(err)
	}
}

func reads(t *testing.T, ctx context.Context, selector, want string) {
	t.Helper()
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if text, err := chromedp.Run(deadline, chromedp.TextContent(selector)); err != nil || !strings.Contains(text, want) {
		t.Fatalf("%s reads %q, want %q: %v", selector, text, want, err)
	}
}
