package probes

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

// Loopback answers where the process may ask. Where it may not, the look tells
// nothing and says what to do about it.
func TestICMPLoopback(t *testing.T) {
	o := look(t, &ICMP{Host: "127.0.0.1", Count: 3})
	if o.Code == uptime.NoResources {
		if o.Outcome != uptime.Unseen || !strings.Contains(o.Detail, "CAP_NET_RAW") {
			t.Errorf("%v: %s", o.Outcome, o.Detail)
		}
		needs.Missing(t, "the right to send echo requests (CAP_NET_RAW)")
	}
	wants(t, o, uptime.Pass, uptime.OK)
	want := uptime.Facts{PacketsSent: 3, IPVersion: 4}
	if diff := cmp.Diff(want, o.Facts); diff != "" {
		t.Error(diff)
	}
	if o.Phases[uptime.RTT] <= 0 || o.Phases[uptime.RTT] > o.Took {
		t.Errorf("the round trip took %v of %v", o.Phases[uptime.RTT], o.Took)
	}
	wants(t, look(t, &ICMP{Host: "localhost", IP: IPv4, Count: 1}), uptime.Pass, uptime.OK)
	wants(t, look(t, &ICMP{Host: "127.0.0.1", Count: 1, Expect: ICMPExpect{SlowerThan: 1}}), uptime.Slow, uptime.TooSlow)
}

func TestICMPRefusedAndUnknown(t *testing.T) {
	env := testEnv()
	env.Egress = guardAsking(nameServer(t))
	wants(t, lookIn(t, &ICMP{Host: "metadata.example.org."}, env), uptime.Unseen, uptime.NotAllowed)
	wants(t, lookIn(t, &TCP{Address: "metadata.example.org.:80"}, env), uptime.Unseen, uptime.NotAllowed)
	wants(t, lookIn(t, &ICMP{Host: "nowhere.example.org."}, env), uptime.Fail, uptime.NameNotFound)
	wants(t, lookIn(t, &ICMP{Host: "servfail.example.org."}, env), uptime.Unseen, uptime.ResolverFailed)
}

func TestICMPLoss(t *testing.T) {
	for name, row := range map[string]struct {
		sent, back int
		over       config.Percent
		outcome    uptime.Outcome
		code       uptime.Code
	}{
		"all":              {4, 4, "", uptime.Pass, uptime.OK},
		"a quarter":        {4, 3, "", uptime.Pass, uptime.OK},
		"half":             {4, 2, "", uptime.Slow, uptime.PacketLoss},
		"half is accepted": {4, 2, "50", uptime.Pass, uptime.OK},
		"one of twenty":    {20, 19, "4.9", uptime.Slow, uptime.PacketLoss},
		"exactly as much":  {20, 19, "5", uptime.Pass, uptime.OK},
		"none":             {4, 0, "", uptime.Fail, uptime.TimedOut},
		"none, all may go": {4, 0, "100", uptime.Fail, uptime.TimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			prober, err := (&ICMP{Host: "192.0.2.1", Expect: ICMPExpect{LossOver: row.over}}).Build(testEnv())
			if err != nil {
				t.Fatal(err)
			}
			packets := &trips{sent: map[int]time.Time{}}
			for i := range row.sent {
				packets.sent[i] = time.Now()
			}
			for range row.back {
				packets.took = append(packets.took, 3*time.Millisecond)
			}
			var r Result
			prober.(*icmpProber).judge(packets, &r)
			if r.Outcome != row.outcome || r.Code != row.code {
				t.Errorf("%v, %s; want %v, %s", r.Outcome, r.Code, row.outcome, row.code)
			}
			if row.back > 0 && r.Phases[uptime.RTT].Round(time.Microsecond) != 3*time.Millisecond {
				t.Errorf("mean round trip %v", r.Phases[uptime.RTT])
			}
		})
	}
}

func TestICMPRefusesSettings(t *testing.T) {
	for name, row := range map[string]struct {
		settings ICMP
		paths    []string
	}{
		"nothing":  {ICMP{}, []string{"host"}},
		"metadata": {ICMP{Host: "fd00:ec2::254"}, []string{"host"}},
		"version":  {ICMP{Host: "::1", IP: IPv4}, []string{"ip"}},
		"count":    {ICMP{Host: "a.example", Count: 21}, []string{"count"}},
		"less":     {ICMP{Host: "a.example", Count: -1}, []string{"count"}},
		"loss":     {ICMP{Host: "a.example", Expect: ICMPExpect{LossOver: "101"}}, []string{"expect.loss_over"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
