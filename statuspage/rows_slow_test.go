//go:build slow

package statuspage

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// On paper every promise stands with its verdict, and so do the date and the
// digest, which the JSON to take away carries too. See docs/coverage.md.
func TestP41OnPaperEveryPromiseStandsWithTheDigest(t *testing.T) {
	in := samplePromised()
	base := served(t, in)
	ctx, cancel := context.WithTimeout(browser(t), time.Minute)
	defer cancel()
	err := chromedp.Do(ctx, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}),
		chromedp.EmulateViewport(794, 1123), chromedp.Navigate(base+"/commitments"), chromedp.WaitReady("h1"))
	if err != nil {
		t.Fatal(err)
	}
	// The text that is drawn: of what is hidden innerText tells nothing.
	rows, err := chromedp.Run(ctx, chromedp.Evaluate[map[string]string](
		`Object.fromEntries([...document.querySelectorAll(".promises>li")].filter(l => l.checkVisibility()).map(l => [l.id, l.innerText]))`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".seal").innerText`))
	if err != nil {
		t.Fatal(err)
	}
	contains := func(where, all, want string) {
		t.Helper()
		if !strings.Contains(strings.Join(strings.Fields(all), " "), want) {
			t.Errorf("%s does not say %q: %q", where, want, all)
		}
	}
	b := open(in, sampleNow)
	for _, st := range b.register() {
		c := st.Commitment
		contains(string(c.ID), rows[string(c.ID)], c.Says)
		contains(string(c.ID), rows[string(c.ID)], presentMark(st).Word)
	}
	var exported struct{ Digest string }
	if err := json.Unmarshal(b.document("/commitments.json").Body, &exported); err != nil || len(exported.Digest) != 64 {
		t.Fatalf("%q, %v", exported.Digest, err)
	}
	contains("the end of the page", text, exported.Digest)
	contains("the end of the page", text, fmt.Sprint(sampleNow.In(sampleZone()).Day(), " Nov"))
}
