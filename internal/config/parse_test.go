package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const least = "components: [{name: A, monitors: [{type: http, url: 'https://a.example'}]}]\n"

func TestDefaults(t *testing.T) {
	got := parse(t, least+"services: [{name: S, components: [a]}]\n")
	seconds := func(n int) Duration { return Duration(time.Duration(n) * time.Second) }
	want := &File{
		Page:     Page{Name: "Status", TimeZone: Zone{time.UTC}},
		Listen:   Listen{Public: ":8080", Ops: "127.0.0.1:8081"},
		Database: "sqlite",
		Components: []Component{{ID: "a", Name: "A", Importance: "important", Monitors: []Monitor{{
			Type: "http", ID: "a-http", Interval: seconds(60), Timeout: seconds(10), Grace: seconds(30),
			Confirm:  Confirm{Failures: 3, Successes: 2, Retry: seconds(10)},
			Settings: &web{URL: "https://a.example", Method: "GET"},
			Path:     "components[0].monitors[0]", Line: 1,
		}}}},
		Services: []Service{{ID: "s", Name: "S", Composition: "all_of", Components: []string{"a"},
			Window: "calendar_month", TimeZone: Zone{time.UTC}}},
		Mail:         Mail{TLS: "starttls"},
		Incidents:    Incidents{Publish{Tier1: "at_once", Tier2: "draft", Tier3: "draft"}},
		Alertmanager: Alertmanager{Watchdog: Labels{"alertname": {"Watchdog"}}},
		Retention:    Retention{Raw: Duration(14 * 24 * time.Hour), Hourly: Duration(400 * 24 * time.Hour), Ledger: Duration(400 * 24 * time.Hour)},
		Metrics:      Metrics{Detail: "default"},
		Blackbox:     Blackbox{Reach: "any", Concurrency: 64},
		Log:          Log{Level: "info", Format: "text"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(File{})); diff != "" {
		t.Error(diff)
	}
}

func TestDerivedTimes(t *testing.T) {
	for interval, want := range map[string][3]string{ // timeout, retry, grace
		"1s": {"1s", "1s", "500ms"}, "4s": {"4s", "4s", "2s"}, "10s": {"10s", "10s", "5s"}, "5m": {"10s", "10s", "2m30s"},
	} {
		m := parse(t, strings.Replace(least, "type:", "interval: "+interval+", type:", 1)).Components[0].Monitors[0]
		got := [3]string{m.Timeout.String(), m.Confirm.Retry.String(), m.Grace.String()}
		if got != want {
			t.Errorf("interval %s: %v, want %v", interval, got, want)
		}
	}
}

func TestExamples(t *testing.T) {
	t.Setenv("PAYROLL_TOKEN", "s3cret-token")
	t.Setenv("BACKUP_SYD_TOKEN", "s3cret-token-1")
	t.Setenv("BACKUP_MEL_TOKEN", "s3cret-token-2")
	t.Setenv("SMTP_PASSWORD", "hunter2")
	t.Setenv("UPHELD_SECRET", "0123456789abcdef0123456789abcdef")
	for name, count := range map[string]int{"minimal.yaml": 1, "full.yaml": 4} {
		file, err := Load(filepath.Join("../../docs/examples", name), kinds(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(file.Components) != count {
			t.Errorf("%s: %d components, want %d", name, len(file.Components), count)
		}
	}
}

func TestFullExample(t *testing.T) {
	file, err := Load("../../docs/examples/full.yaml", kinds(), env)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, c := range file.Components {
		for _, m := range c.Monitors {
			ids = append(ids, c.ID+"/"+m.ID)
		}
	}
	if diff := cmp.Diff([]string{"sign-in/sign-in-http", "api/api", "api/api-tls", "payroll-export/payroll-export-heartbeat", "backups/backup-syd", "backups/backup-mel"}, ids); diff != "" {
		t.Error(diff)
	}
	signIn, payroll := file.Components[0].Monitors[0], file.Components[2].Monitors[0]
	if signIn.Interval.D() != 30*time.Second || signIn.Timeout.D() != 5*time.Second {
		t.Errorf("merged keys: %v %v", signIn.Interval, signIn.Timeout)
	}
	want := expect{Status: []int{200}, BodyContains: "ok", JSON: map[string]any{"$.status": "UP"},
		SlowerThan: Duration(800 * time.Millisecond), ValidFor: Duration(14 * 24 * time.Hour)}
	if diff := cmp.Diff(want, signIn.Settings.(*web).Expect); diff != "" {
		t.Error(diff)
	}
	settings := payroll.Settings.(*beat)
	if settings.Token != "s3cret-token" || settings.TimeZone.String() != "Pacific/Auckland" {
		t.Errorf("heartbeat: %+v", settings)
	}
	if settings.Grace.D() != 2*time.Hour || payroll.Grace.D() != 2*time.Hour {
		t.Errorf("grace belongs to both: %v %v", settings.Grace, payroll.Grace)
	}
	if !file.Given(payroll.Path+".grace") || file.Given(payroll.Path+".interval") {
		t.Error("Given must tell what the file says from what is a default")
	}
	if s := file.Services[0]; s.Target != "99.95" || s.TimeZone.String() != "Australia/Brisbane" {
		t.Errorf("service: %+v", s)
	}
	if s := file.Services[1]; s.Window.Days() != 30 || s.TimeZone.String() != "Pacific/Auckland" {
		t.Errorf("service: %+v", s)
	}
	if p := file.Policies; len(p) != 1 || p[0].Document.Profile != "customer-success" || p[0].Services["platform"] != "platform" || len(p[0].Contacts) != 1 {
		t.Errorf("policies: %+v", p)
	}
	if h := file.Holidays[0]; h.AsOf != "2026-11-01" || len(h.Days) != 2 || h.Days[0].Date != "2026-12-24" {
		t.Errorf("holidays: %+v", h)
	}
	if file.Canaries[0].Address != "192.0.2.53:53" {
		t.Errorf("canary: %+v", file.Canaries[0])
	}
}

func TestChannels(t *testing.T) {
	file := parse(t, least+`page: {time_zone: Australia/Brisbane}
mail: {server: "smtp.example.org:587", username: u, password: "${env:SECRET}", from: "S <s@example.org>"}
channels:
  - {name: On call, type: chat, url: "${env:URL}", route: {tiers: [1], components: [a]}}
  - {id: night, name: N, type: chat, url: "x", group: 1m, remind: 30m, quiet_hours: {from: "22:00", to: "7:30", except_tier: 0}}
`)
	onCall, night := file.Channels[0], file.Channels[1]
	if onCall.ID != "on-call" || onCall.Group.D() != 30*time.Second || onCall.Remind != 0 || onCall.Quiet.TimeZone.Location != nil ||
		onCall.Settings.(*chat).URL != "https://user:hunter2@example.org" {
		t.Errorf("%#v: %+v", onCall, onCall.Route)
	}
	want := QuietHours{From: Clock(22 * time.Hour), To: Clock(7*time.Hour + 30*time.Minute), TimeZone: file.Page.TimeZone}
	if night.ID != "night" || night.Quiet != want {
		t.Errorf("%+v", night.Quiet)
	}
	for _, shown := range []string{fmt.Sprintf("%v %#v", onCall, onCall), fmt.Sprintf("%v %#v", file.Mail, file.Mail), fmt.Sprintf("%+v", *file)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("a secret is shown: %s", shown)
		}
	}
}

func TestLocate(t *testing.T) {
	file := parse(t, `components:
  - name: A
    monitors:
      - type: http
        url: https://a.example
        expect:
          status: [200, 201]
          json: {"$.a.b": 1}
`)
	m := file.Components[0].Monitors[0]
	for path, want := range map[string][2]int{
		"":                                 {1, 1},
		m.Path:                             {4, 9},
		m.Path + ".url":                    {5, 9},
		m.Path + ".expect.status[1]":       {7, 25},
		m.Path + `.expect.json["$.a.b"]`:   {8, 18},
		m.Path + ".expect.body_contains":   {6, 9}, // not given: what it would stand in
		m.Path + ".interval":               {4, 9},
		m.Path + ".url_of_something_else":  {4, 9},
		"services[3].name":                 {1, 1},
		"components[0].monitors[1].expect": {3, 5},
	} {
		if line, column := file.Locate(path); [2]int{line, column} != want {
			t.Errorf("%s: %d:%d, want %v", path, line, column, want)
		}
	}
	got := file.Problem(m.Path+".expect.status[1]", "201 cannot be", "use 200").Error()
	if want := "upheld.yaml:7:25: components[0].monitors[0].expect.status[1]: 201 cannot be; use 200"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestReferences(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"crlf": "a: b\r\n", "lines": "one\ntwo\n\n", "huge": strings.Repeat("x", maxSecretFile+1)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := expander{env: env, folder: folder}
	for text, want := range map[string]string{
		"plain":                         "plain",
		"${env:PORT}":                   "8443",
		"a${env:PORT}b${env:PORT}":      "a8443b8443",
		"${file:crlf}":                  "a: b",
		"${file:lines}":                 "one\ntwo\n",
		"${file:" + folder + "/crlf}":   "a: b",
		"$${env:PORT}":                  "${env:PORT}",
		"$$${env:PORT}":                 "$${env:PORT}",
		"^x$ $ $$":                      "^x$ $ $$",
		"$${a} ${env:PORT} $${b}":       "${a} 8443 ${b}",
		"^[a-z]{2}$${":                  "^[a-z]{2}${",
		"{\"a\": \"${env:PORT}\"}":      "{\"a\": \"8443\"}",
		"${env:SECRET}: - [not, yaml]#": "hunter2 hunter2: - [not, yaml]#",
	} {
		if got, _, err := e.expand(text); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${", "${env:PORT", "${}", "${PORT}", "${env:}", "${env:NONE}", "${file:none}", "${file:}", "${file:huge}", "${cmd:id}"} {
		if got, _, err := e.expand(text); err == nil {
			t.Errorf("%q was accepted as %q", text, got)
		}
	}
}

// A number, a time and a yes or no may come from the environment as well.
func TestReferencesToEveryKind(t *testing.T) {
	lookup := func(name string) (string, bool) {
		value, found := map[string]string{"N": "7", "D": "45s", "B": "true", "S": "204", "T": "http"}[name]
		return value, found
	}
	file, err := Parse("upheld.yaml", []byte(`components:
  - name: A
    monitors:
      - {type: http, url: x, interval: "${env:D}", confirm: {failures: "${env:N}"}, follow: "${env:B}", expect: {status: ["${env:S}"]}}
`), kinds(), lookup)
	if err != nil {
		t.Fatal(err)
	}
	m := file.Components[0].Monitors[0]
	settings := m.Settings.(*web)
	if m.Interval.D() != 45*time.Second || m.Confirm.Failures != 7 || !settings.Follow || settings.Expect.Status[0] != 204 {
		t.Errorf("%v %+v %+v", m.Interval, m.Confirm, settings)
	}
}

// Whatever prints a file, no secret is in it; and what others say of it can be
// cleaned.
func TestNothingPrintsSecrets(t *testing.T) {
	file := parse(t, `database: postgres://u:${env:PAYROLL_TOKEN}@h/db
components: [{name: A, monitors: [{type: heartbeat, every: 1d, token: "${env:SECRET}"}]}]
`)
	if !strings.Contains(file.Database, "s3cret") {
		t.Fatal("the reference was not expanded")
	}
	var out bytes.Buffer
	for _, value := range []any{file, *file, file.Components, file.Components[0], file.Components[0].Monitors[0]} {
		fmt.Fprintf(&out, "%v %+v %#v %s\n", value, value, value, value)
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)
	}
	path := file.Components[0].Monitors[0].Path + ".token"
	fmt.Fprintln(&out, file.Problem(path, `"s3cret-token" is too short`, "not s3cret-token").Error())
	fmt.Fprintln(&out, file.Redact("dial postgres://u:hunter2+hunter2@h/db or hunter2%20hunter2 or hunter2 hunter2"))
	if text := out.String(); strings.Contains(text, "hunter2") || strings.Contains(text, "s3cret") {
		t.Error(text)
	}
	if !strings.Contains(out.String(), `"***" is too short`) {
		t.Error("the problem itself must stay readable")
	}
}

// Values that are well-formed and yet refused are not shown either, nor are
// they in what is proposed instead.
func TestProblemsShowNoValues(t *testing.T) {
	values := map[string]string{"NET": "10.98.76.54/9", "ADDRESS": "10.98.76.54", "SHORT": "7ms", "LONG": "86h", "HOST": "secret.example:80", "ID": "Top Secret", "WINDOW": "37h", "TARGET": "176.5"}
	lookup := func(name string) (string, bool) { value, found := values[name]; return value, found }
	_, err := Parse("upheld.yaml", []byte(`listen: {public: "${env:HOST}", ops: "${env:HOST}"}
retention: {raw: "${env:LONG}", hourly: "${env:LONG}1h"}
trusted_proxies: ["${env:NET}", "${env:ADDRESS}"]
components:
  - name: A
    id: ${env:ID}
    monitors:
      - {type: http, url: x, interval: "${env:SHORT}"}
      - {type: http, url: x, timeout: "${env:LONG}", confirm: {retry: "${env:LONG}"}}
services: [{name: S, components: ["${env:ID}"], window: "${env:WINDOW}", target: "${env:TARGET}"}]
`), kinds(), lookup)
	problems, _ := err.(Problems)
	if len(problems) < 9 {
		t.Errorf("only %d problems: %v", len(problems), err)
	}
	for _, shown := range []string{"10.", "7ms", "86h", "3d14h", "secret", "Secret", "37h", "176.5"} {
		if strings.Contains(err.Error(), shown) {
			t.Errorf("%s is shown:\n%v", shown, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, bytes.Repeat([]byte("# comment\n"), 1_800_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"testdata/none.yaml": "testdata/none.yaml: cannot be read: no such file or directory; check the path and its permissions",
		"testdata":           "testdata: cannot be read: is a directory; check the path and its permissions",
		large:                large + ": is larger than 16 MiB; use anchors for what repeats, or watch less with one Upheld",
	} {
		_, err := Load(path, kinds(), env)
		if problems, ok := err.(Problems); !ok || len(problems) != 1 || problems[0].Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What looks odd but is right.
func TestAccepted(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark":     "\ufeff" + least,
		"crlf":                strings.ReplaceAll(least, "\n", "\r\n"),
		"document mark":       "---\n" + least + "...\n",
		"json":                `{"components": [{"name": "A", "monitors": [{"type": "http", "url": "x"}]}]}`,
		"tab in a text":       least + "page: {name: Status\t}\n",
		"numbers as text":     strings.Replace(least, "name: A", "name: 2024", 1),
		"yes":                 strings.Replace(least, "url:", "follow: yes, url:", 1),
		"several extensions":  "x-a: {b: [c, ~, {d: e}]}\nx-b: 3\n" + least,
		"port zero twice":     "listen: {public: ':0', ops: ':0'}\n" + least,
		"other hosts":         "listen: {public: '192.0.2.1:80', ops: '127.0.0.1:80'}\n" + least,
		"path in page.url":    "page: {url: 'https://example.org/status/'}\n" + least,
		"socket of postgres":  "database: postgres:///db?host=/run/postgresql\n" + least,
		"merge list":          "x-a: &a {interval: 30s}\nx-b: &b {interval: 5s, timeout: 4s}\n" + strings.Replace(least, "url:", "<<: [*a, *b], url:", 1),
		"alias of a monitor":  "x-m: &m {type: http, url: x}\ncomponents: [{name: A, monitors: [*m, *m]}, {name: B, monitors: [*m]}]\n",
		"timeout is interval": strings.Replace(least, "url:", "interval: 1s, timeout: 1s, url:", 1),
		"any of nothing":      strings.Replace(least, "url:", "expect: {json: {a: ~}}, url:", 1),
	} {
		if _, err := Parse("upheld.yaml", []byte(text), kinds(), env); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMergeOrder(t *testing.T) {
	m := parse(t, "x-a: &a {interval: 30s}\nx-b: &b {interval: 5s, timeout: 4s, grace: 1s}\n"+
		strings.Replace(least, "url:", "<<: [*a, *b], grace: 2s, url:", 1)).Components[0].Monitors[0]
	if got := fmt.Sprint(m.Interval, m.Timeout, m.Grace); got != "30s 4s 2s" {
		t.Errorf("%s: own keys win over merged ones, and earlier over later", got)
	}
}

func TestPageURLEndsWithoutSlash(t *testing.T) {
	if got := parse(t, "page: {url: 'https://example.org/status/'}\n"+least).Page.URL; got != "https://example.org/status" {
		t.Error(got)
	}
}

// Two files of the same text give the same values; nothing is left over from
// the first.
func TestParseTwice(t *testing.T) {
	a, b := parse(t, least), parse(t, least)
	if a.Components[0].Monitors[0].Settings == b.Components[0].Monitors[0].Settings {
		t.Error("settings are shared")
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("the same text gave two different files")
	}
}

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(paths, "../../docs/examples/full.yaml", "../../docs/examples/minimal.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("upheld.yaml", text, kinds(), env)
		problems, _ := err.(Problems)
		if (file == nil) != (err != nil) || err != nil && len(problems) == 0 {
			t.Fatalf("%v, %v", file, err)
		}
		lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + bytes.Count(text, []byte("\u2028")) + bytes.Count(text, []byte("\u2029")) + bytes.Count(text, []byte("\u0085")) + 1
		for _, p := range problems {
			if p.What == "" || p.Remedy == "" || p.Line < 1 || p.Line > lines || p.Column < 1 || strings.Contains(p.Error(), "hunter2") && !bytes.Contains(text, []byte("hunter2")) {
				t.Errorf("%#v", p)
			}
		}
	})
}
