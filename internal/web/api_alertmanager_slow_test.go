//go:build slow

package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

// A real Alertmanager delivers with a token: grouped, after we failed, repeated,
// resolved and firing anew.
func TestARealAlertmanagerIsUnderstood(t *testing.T) {
	k := &failing{fails: 2}
	c := newCaller(t, func(o *Options) { o.Alerts, o.Now = k, time.Now })
	k.db = c.db
	server := httptest.NewServer(c.public)
	defer server.Close()
	m := startAlertmanager(t, server.URL+alertsPath, c.secrets[uptime.Responder])

	known := func() map[string]uptime.ReceivedAlert {
		all, err := c.db.ReceivedAlerts(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]uptime.ReceivedAlert{}
		for _, a := range all {
			out[a.Labels["alertname"]+a.Labels["instance"]] = a
		}
		return out
	}
	m.post(`[{"labels":{"alertname":"Down","instance":"a"},"annotations":{"summary":"<b>a</b> is down"}},
		{"labels":{"alertname":"Down","instance":"b"}},{"labels":{"alertname":"Other"}}]`)
	m.within("three alerts fire", func() bool { return len(known()) == 3 })
	first := known()
	a, b, other := first["Downa"], first["Downb"], first["Other"]
	if a.Group != b.Group || a.Group == other.Group || !strings.Contains(a.Group, `alertname="Down"`) {
		t.Errorf("groups %q, %q and %q", a.Group, b.Group, other.Group)
	}
	for _, one := range first {
		if !one.Firing() || one.Fingerprint != fingerprint(one.Labels) || time.Since(one.StartsAt) > time.Minute {
			t.Errorf("%+v, of which we make the fingerprint %s", one, fingerprint(one.Labels))
		}
	}
	if k.failed() != 2 || a.Annotations["summary"] != "<b>a</b> is down" {
		t.Errorf("%d failures; %q", k.failed(), a.Annotations)
	}
	m.within("the alerts are repeated", func() bool { return known()["Other"].ReceivedAt.After(other.ReceivedAt) })
	if n := len(known()); n != 3 {
		t.Errorf("%d alerts after they were repeated", n)
	}

	m.post(`[{"labels":{"alertname":"Down","instance":"a"},"startsAt":"` + a.StartsAt.Format(time.RFC3339Nano) + `","endsAt":"` + time.Now().UTC().Format(time.RFC3339Nano) + `"}]`)
	m.within("one is resolved", func() bool { return !known()["Downa"].Firing() })
	now := known()
	if ended := now["Downa"].EndsAt; time.Since(ended) > time.Minute || ended.Before(a.StartsAt) || !now["Downb"].Firing() || !now["Other"].Firing() {
		t.Errorf("%+v", now)
	}
	m.post(`[{"labels":{"alertname":"Down","instance":"a"}}]`)
	m.within("it fires anew", func() bool { return known()["Downa"].Firing() })
	if began := known()["Downa"].StartsAt; !began.After(a.StartsAt) {
		t.Errorf("it began %v, at first %v", began, a.StartsAt)
	}
}

// failing stores nothing at first.
type failing struct {
	kept
	mu    sync.Mutex
	fails int
	times int
}

func (f *failing) Receive(ctx context.Context, group uptime.AlertGroup, alerts []uptime.ReceivedAlert) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times < f.fails {
		f.times++
		return errors.New("the disk is full")
	}
	return f.kept.Receive(ctx, group, alerts)
}

func (f *failing) failed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.times
}

type alertmanager struct {
	t      *testing.T
	url    string
	client *http.Client
}

// startAlertmanager starts Debian's, which tells the address of every alert.
func startAlertmanager(t *testing.T, address, token string) *alertmanager {
	t.Helper()
	program, folder := needs.Alertmanager(t), t.TempDir()
	file := filepath.Join(folder, "alertmanager.yml")
	settings := fmt.Sprintf(`
route: {receiver: upheld, group_by: [alertname], group_wait: 100ms, group_interval: 1s, repeat_interval: 2s}
receivers:
  - name: upheld
    webhook_configs:
      - url: %s
        http_config: {authorization: {credentials: %s}}
`, address, token)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "--config.file="+file, "--storage.path="+folder, "--web.listen-address="+listen, "--cluster.listen-address=")
	command.Stdout, command.Stderr = t.Output(), t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	m := &alertmanager{t, "http://" + listen, &http.Client{Timeout: 5 * time.Second}}
	m.within("it is ready", func() bool {
		answer, err := m.client.Get(m.url + "/-/ready")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return m
}

func (m *alertmanager) post(alerts string) {
	m.t.Helper()
	answer, err := m.client.Post(m.url+"/api/v2/alerts", typeJSON, strings.NewReader(alerts))
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		m.t.Fatalf("posting alerts: %s", answer.Status)
	}
}

// within asks until it is so.
func (m *alertmanager) within(what string, is func() bool) {
	m.t.Helper()
	ask := time.NewTicker(50 * time.Millisecond)
	defer ask.Stop()
	for over := time.After(30 * time.Second); !is(); {
		select {
		case <-over:
			m.t.Fatalf("it did not come about that %s", what)
		case <-ask.C:
		}
	}
}
