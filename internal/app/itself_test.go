package app

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func TestTheMetricsTellOfTheConfigurationAndThePageFromTheStart(t *testing.T) {
	u := begin(t, "components:"+quick("Sign-in", "http://"+newSite(t).address))
	if status, _ := u.get("/"); status != 200 {
		t.Fatalf("the page has status %d", status)
	}
	_, metrics := u.ops("/metrics")
	for _, want := range []string{
		"\nupheld_config_last_reload_successful 1\n",
		"\nupheld_config_last_reload_success_timestamp_seconds 1",
		"\nupheld_page_age_seconds ",
		"\nupheld_page_render_duration_seconds ",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
}

// Whoever sends readers here knows that it stops while looks are still waited
// for.
func TestNotReadyFromTheMomentThatItStops(t *testing.T) {
	hangs, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hangs.Close()
	accepted := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := hangs.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	u := begin(t, `components:
  - name: Hangs
    monitors: [{type: http, url: "http://`+hangs.Addr().String()+`", interval: 3s, timeout: 2s}]
`)
	conn := <-accepted // a look is under way, for two seconds
	defer conn.Close()
	u.cancel()
	deadline := time.Now().Add(time.Second)
	for u.ready(t.Context()) == nil {
		if time.Now().After(deadline) {
			t.Fatal("still ready a second after it was told to stop")
		}
		time.Sleep(5 * time.Millisecond)
	}
	select {
	case err := <-u.done:
		t.Errorf("it did not wait for the look: %v", err)
		u.done <- err
	default:
	}
}

// Signals are dated by the loop, so they must be judged by the same time: with
// the machine's, an hour behind, a job that failed to report would be missed an
// hour late.
func TestHeartbeatsAreJudgedByTheTimeThatTheyAreDatedBy(t *testing.T) {
	u := begin(t, "components:"+quick("Sign-in", "http://"+newSite(t).address))
	u.stop()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(u.data, databaseFile), u.App.log)
	if err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().Add(time.Hour)
	if err := db.Record(t.Context(), []uptime.Observation{{Monitor: "other", Vantage: uptime.Local, Slot: ahead, At: ahead}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	u.start()
	if now := u.env.now(); now.Before(ahead.Truncate(time.Millisecond)) {
		t.Errorf("jobs are judged at %v, %v before what is written", now, ahead.Sub(now))
	}
}
