package web

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

// The commands of docs/api.md, read as a shell and curl read them.
func TestTheCallsOfThePageWork(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	c, id := newCaller(t), ""
	calls := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(calls) != 5 {
		t.Fatalf("%d calls", len(calls))
	}
	for _, call := range calls {
		text := strings.ReplaceAll(call[1], "$ID", id)
		address := regexp.MustCompile(`"\$UPHELD_SERVER/api/v1([^"]+)"`).FindStringSubmatch(text)
		if address == nil || !strings.Contains(text, `-H "Authorization: Bearer $UPHELD_TOKEN"`) {
			t.Fatalf("no address or no token: %s", text)
		}
		method, content, fields := "GET", "", []string{}
		if data := regexp.MustCompile(`(?s)-d '([^']*)'`).FindStringSubmatch(text); data != nil {
			method, content = "POST", data[1]
		}
		for _, field := range regexp.MustCompile(`-H "((?:Idempotency-Key|Content-Type)): ([^"]*)"`).FindAllStringSubmatch(text, -1) {
			fields = append(fields, field[1], field[2])
		}
		a := c.call(t, uptime.Publisher, method, address[1], content, fields...)
		if a.status >= 300 {
			t.Errorf("%s %d: %v", text, a.status, a.body)
		}
		if id == "" {
			id = a.text("id")
		}
		if method == "GET" && len(a.items()) == 0 {
			t.Errorf("%s lists nothing", text)
		}
	}
}
