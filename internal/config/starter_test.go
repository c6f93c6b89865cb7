package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFromURLs(t *testing.T) {
	file, err := FromURLs([]string{
		"https://www.example.org", "https://api.example.org:8443/health/", "http://www.example.org/",
		"https://www.example.org/a?b=${env:PORT}", "http://[::1]:8080/", "https://例え.example",
	}, kinds())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range file.Components {
		m := c.Monitors[0]
		if c.Importance != "critical" || m.Type != "http" || m.Interval.D() != 30*time.Second || len(c.Monitors) != 1 {
			t.Errorf("%+v", c)
		}
		got = append(got, fmt.Sprintf("%s | %s | %s", c.ID, c.Name, m.Settings.(*web).URL))
	}
	want := []string{
		"www-example-org | www.example.org | https://www.example.org",
		"api-example-org-8443-health | api.example.org:8443/health | https://api.example.org:8443/health/",
		"http-www-example-org | http://www.example.org | http://www.example.org/",
		"www-example-org-a | www.example.org/a | https://www.example.org/a?b=${env:PORT}",
		"1-8080 | [::1]:8080 | http://[::1]:8080/",
		"example | 例え.example | https://例え.example",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFromURLsSameSlug(t *testing.T) {
	file, err := FromURLs([]string{"https://a.example/b", "https://a.example/-b", "https://a.example/_b"}, kinds())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{file.Components[0].ID, file.Components[1].ID, file.Components[2].ID}
	if diff := cmp.Diff([]string{"a-example-b", "a-example-b-2", "a-example-b-3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFromURLsLong(t *testing.T) {
	file, err := FromURLs([]string{"https://a.example/" + strings.Repeat("long/", 50), "https://a.example/" + strings.Repeat("long/", 51)}, kinds())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := file.Components[0].Monitors[0].ID, file.Components[1].Monitors[0].ID; a == b || len(a) > maxID || len(b) > maxID {
		t.Errorf("%s, %s", a, b)
	}
}

func TestFromURLsRefuses(t *testing.T) {
	for _, urls := range [][]string{
		nil, {""}, {"www.example.org"}, {"ftp://a.example"}, {"https://"}, {"https://a.example", "https://a.example"}, {"https://a.example", "https://a.example/"}, {"http://a b"}, {"://"},
	} {
		if file, err := FromURLs(urls, kinds()); err == nil {
			t.Errorf("%v was accepted: %v", urls, file)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: not one line: %v", urls, err)
		}
	}
	_, err := FromURLs([]string{"https://u:hunter2@a.example", "https://u:hunter2@a.example"}, kinds())
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestSelfWatch(t *testing.T) {
	for ops, want := range map[string]string{
		"127.0.0.1:8081": "http://127.0.0.1:8081/healthz", ":9": "http://127.0.0.1:9/healthz", "0.0.0.0:9": "http://127.0.0.1:9/healthz",
		"[::]:9": "http://[::1]:9/healthz", "[::1]:9": "http://[::1]:9/healthz", "10.1.2.3:9": "http://10.1.2.3:9/healthz",
	} {
		file, err := SelfWatch(ops, kinds())
		if err != nil {
			t.Fatal(err)
		}
		c := file.Components[0]
		if got := c.Monitors[0].Settings.(*web).URL; got != want || c.Name != "Upheld itself" || c.ID != "upheld-itself" {
			t.Errorf("%s: %s, want %s", ops, got, want)
		}
	}
	if _, err := SelfWatch("nonsense", kinds()); err == nil {
		t.Error("nonsense was accepted")
	}
}

func TestTheCommandLineIsHeldToTheFilesRules(t *testing.T) {
	for want, o := range map[string]Override{
		"":                       {Listen: "127.0.0.1:9000", Ops: "127.0.0.1:9001", Database: "postgres://u@h/d"},
		"--listen":               {Listen: "9000"},
		"--ops":                  {Ops: ":8080"},
		"--database":             {Database: "mysql://u:hunter2@h/d"},
		"are the same address":   {Listen: "127.0.0.1:8081"},
		"is no database that is": {Database: "sqlite3"},
	} {
		file := parse(t, least)
		before := file.Listen
		err := file.Override(o)
		if want == "" {
			if err != nil || file.Listen.Public != o.Listen || file.Listen.Ops != o.Ops || file.Database != o.Database {
				t.Errorf("%+v: %v, %+v", o, err, file.Listen)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") || file.Listen != before {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
