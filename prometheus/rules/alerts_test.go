package rules

import (
	"fmt"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// of is a series of Upheld's job.
func of(name, labels string) string {
	if labels != "" {
		labels = "," + labels
	}
	return name + `{job="upheld",instance="a:1"` + labels + "}"
}

// days is so many seconds, and some more.
func days(n, more int) string { return fmt.Sprint(n*86400 + more) }

// TestEachAlertFiresAndResolves runs all alerts but those of burn rates through
// one hour. Steps are of half a minute; what is wrong is so from the 10th to the
// 69th: from minute 5 on, and last at 34.5.
func TestEachAlertFiresAndResolves(t *testing.T) {
	t.Parallel()
	wrong := func(right, bad string) string { return steady(right, 10) + steady(bad, 60) + steady(right, 30) }
	onOff, offOn := wrong("1", "0"), wrong("0", "1")
	state := func(component, state string) string {
		return of("upheld_component_state", fmt.Sprintf("component=%q,state=%q", component, state))
	}
	var histories []history
	add := func(series, values string) { histories = append(histories, history{series, values}) }
	for tier := 1; tier <= 3; tier++ {
		id := fmt.Sprintf("c%d", tier)
		add(of("upheld_component_info", fmt.Sprintf(`component=%q,tier="%d"`, id, tier)), steady("1", 100))
		add(state(id, "down"), offOn)
		add(state(id, "up"), onOff)
		add(state("u"+id, "unknown"), offOn)
		add(of("upheld_component_info", fmt.Sprintf(`component="u%s",tier="%d"`, id, tier)), steady("1", 100))
	}
	add(of("upheld_component_info", `component="worked",tier="1"`), steady("1", 100))
	add(state("worked", "down"), offOn)
	add(of("upheld_component_maintenance", `component="worked"`), steady("0", 5)+steady("1", 35)+steady("0", 60)) // to minute 19.5
	add(of("upheld_commitment_verdict", `policy="p",commitment="P1",verdict="breached"`), offOn)
	add(of("upheld_commitment_verdict", `policy="p",commitment="P1",verdict="overdue"`), steady("0", 100))
	add(of("upheld_commitment_verdict", `policy="p",commitment="P2",verdict="overdue"`), offOn)
	add(of("probe_ssl_earliest_cert_expiry", `component="c1",monitor="m1"`), wrong(days(100, 0), days(14, 600)))
	add(of("probe_ssl_earliest_cert_expiry", `component="c1",monitor="m2"`), wrong(days(100, 0), days(3, 600)))
	add(of("upheld_build_info", ""), steady("1", 10)+nothing(60)+steady("1", 30))
	add(of("upheld_vantage_blind", `class="internet"`), offOn)
	add(of("upheld_vantage_blind", `class="private"`), steady("0", 100))
	add(of("upheld_outbox_oldest_age_seconds", `lane="operators"`), wrong("300", "301"))
	add(of("upheld_outbox_oldest_age_seconds", `lane="subscribers"`), wrong("301", "1801"))
	add(of("upheld_outbox_oldest_age_seconds", `lane="bulk"`), steady("1800", 100))
	add(of("upheld_outbox_dead", `lane="subscribers"`), wrong("7", "9"))
	add(of("upheld_page_age_seconds", ""), wrong("60", "61"))
	add(of("upheld_page_stale_seconds", ""), steady("60", 100))
	add(of("upheld_loop_age_seconds", `loop="courier"`), wrong("30", "31"))
	add(of("upheld_loop_limit_seconds", `loop="courier"`), steady("30", 100))
	add(of("upheld_loop_age_seconds", `loop="pages"`), steady("31", 100))
	add(of("upheld_loop_limit_seconds", `loop="pages"`), steady("60", 100))
	add(of("upheld_samples_dropped_total", ""), steady("5", 10)+"6+1x49 "+steady("55", 40))
	add(of("upheld_disk_free_bytes", ""), wrong("1073741824", "1073741823"))
	add(of("upheld_config_last_reload_successful", ""), onOff)

	s := scenario{name: "alerts", step: DefaultInterval, history: histories}
	minute := func(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
	for _, tc := range []struct {
		alert       string
		first, last float64 // minutes at which it fires first and last
	}{
		{firing("UpheldComponentDown", `component="c1"`, `tier="1"`, `severity="page"`), 6, 34.5},
		{firing("UpheldComponentDown", `component="c2"`, `severity="ticket"`), 6, 34.5},
		{firing("UpheldComponentDown", `component="c3"`, `severity="info"`), 6, 34.5},
		{firing("UpheldComponentDown", `component="worked"`), 21, 34.5}, // a minute after the work is over
		{firing("UpheldComponentUnknown", `component="uc1"`, `severity="ticket"`), 20, 34.5},
		{firing("UpheldComponentUnknown", `component="uc2"`, `severity="ticket"`), 20, 34.5},
		{firing("UpheldComponentUnknown", `component="uc3"`, `severity="info"`), 20, 34.5},
		{firing("UpheldPromiseBroken", `commitment="P1"`, `policy="p"`, `severity="ticket"`), 5, 34.5},
		{firing("UpheldPromiseOverdue", `commitment="P2"`, `severity="ticket"`), 5, 34.5},
		{firing("UpheldCertificateExpires", `monitor="m1"`, `severity="ticket"`), 10.5, 34.5},
		{firing("UpheldCertificateExpires", `monitor="m2"`, `severity="ticket"`), 5, 10},
		{firing("UpheldCertificateExpires", `monitor="m2"`, `severity="page"`), 10.5, 34.5},
		{firing("UpheldAbsent", `severity="page"`), 7, 34.5},
		{firing("UpheldVantageBlind", `class="internet"`, `severity="page"`), 7, 34.5},
		{firing("UpheldOutboxBacklog", `lane="operators"`, `severity="page"`), 7, 34.5},
		{firing("UpheldOutboxBacklog", `lane="subscribers"`, `severity="ticket"`), 7, 34.5},
		{firing("UpheldNoticesDead", `lane="subscribers"`, `severity="ticket"`), 5, 34.5},
		{firing("UpheldPageStale", `severity="page"`), 6, 34.5},
		{firing("UpheldLoopStalled", `loop="courier"`, `severity="ticket"`), 7, 34.5},
		{firing("UpheldSamplesDropped", `severity="ticket"`), 5, 39},
		{firing("UpheldDiskFull", `severity="ticket"`), 10, 34.5},
		{firing("UpheldConfigRefused", `severity="ticket"`), 5, 34.5},
	} {
		s.asks = append(s.asks,
			ask{minute(tc.first - .5), tc.alert, ""}, ask{minute(tc.first), tc.alert, "1"},
			ask{minute(tc.last), tc.alert, "1"}, ask{minute(tc.last + .5), tc.alert, ""})
	}
	for m, want := range map[float64]string{0: "1", 20: "1", 45: "1"} {
		s.asks = append(s.asks, ask{minute(m), firing("Watchdog"), want})
	}
	// all at once at minute 22, and nothing but the watchdog at 45
	s.asks = append(s.asks, ask{minute(22), `count(ALERTS{alertstate="firing"})`, "22"}, ask{minute(45), `count(ALERTS)`, "1"})
	prove(t, made(t, uptime.Catalogue{}, Options{}), s)
}

func TestADiskThatFillsIsToldADayAhead(t *testing.T) {
	t.Parallel()
	const step = 10 * time.Minute
	full := firing("UpheldDiskFull")
	f := made(t, uptime.Catalogue{}, Options{Interval: LongestInterval})
	f.Groups = f.Groups[1:]
	f.Groups[0].Interval = step
	prove(t, f, scenario{
		name: "fills", step: step,
		history: []history{{of("upheld_disk_free_bytes", ""), "9000000000-100000000x30 " + steady("6000000000", 40)}},
		asks: []ask{
			{2*time.Hour + 50*time.Minute, full, ""}, // three hours have to be there
			{3*time.Hour + 20*time.Minute, full, "1"},
			{5 * time.Hour, full, "1"},
			{11 * time.Hour, full, ""}, // for six hours it has stayed as it is
		},
	})
}
