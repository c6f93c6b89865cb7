package subscribers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as in the program

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

func TestZonesAreNamesOfTheDatabase(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "  ": "", "Australia/Brisbane": "Australia/Brisbane", " Europe/London\n": "Europe/London", "UTC": "UTC", "Etc/GMT+10": "Etc/GMT+10",
		"America/Port-au-Prince": "America/Port-au-Prince", "America/Argentina/Buenos_Aires": "America/Argentina/Buenos_Aires",
	} {
		if zone, wrong := readZone(name); zone != want || wrong != "" {
			t.Errorf("%q: %q, %s", name, zone, wrong)
		}
	}
	for _, name := range []string{
		"Local", "Brisbane", "AEST", "+10:00", "../../etc/passwd", "/etc/localtime", "Australia", "Australia/", "Australia/Brisbane\x00",
		"a\r\nb", strings.Repeat("a", 100), "Éurope/Paris", "=cmd()",
	} {
		if zone, wrong := readZone(name); zone != "" || wrong != wrongZone {
			t.Errorf("%q: %q, %s", name, zone, wrong)
		}
	}
}

// A zone is given by whoever asks, kept through every change that says nothing
// of it, and in no log.
func TestAZoneIsKeptThroughChanges(t *testing.T) {
	u := newUnder(t)
	ask := func(zone string) {
		t.Helper()
		u.now = u.now.Add(time.Hour)
		u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", Zone: zone, IP: "192.0.2.1", Source: "form"}))
	}
	is := func(doing, want string) {
		t.Helper()
		if who := u.only(t); who.Zone != want {
			t.Errorf("%s: %q, want %q", doing, who.Zone, want)
		}
	}
	ask("Asia/Tokyo")
	is("asked", "Asia/Tokyo")
	ask("")
	is("asked again without", "Asia/Tokyo")
	ask("Europe/Paris")
	is("asked again", "Europe/Paris")
	id := u.only(t).ID
	_, err := u.Confirm(t.Context(), u.Word(ToConfirm, id), "198.51.100.7")
	u.applyMust(t, err)
	is("confirmed", "Europe/Paris")
	ask("Asia/Tokyo") // somebody else, perhaps
	is("asked once confirmed", "Europe/Paris")
	word := u.Word(ToManage, id)
	_, err = u.Manage(t.Context(), word, nil, []uptime.News{uptime.NewsReports})
	u.applyMust(t, err)
	is("chosen without", "Europe/Paris")
	zone := "Pacific/Auckland"
	who, err := u.Choose(t.Context(), word, Choice{News: []uptime.News{uptime.NewsReports}, Zone: &zone})
	u.applyMust(t, err)
	is("chosen", who.Zone)
	if who.Zone != zone {
		t.Errorf("told %q", who.Zone)
	}
	for _, bad := range []string{"Mars/Phobos", "Local"} {
		var invalid *Invalid
		if _, err := u.Choose(t.Context(), word, Choice{News: []uptime.News{uptime.NewsReports}, Zone: &bad}); !errors.As(err, &invalid) || !invalid.Has("zone") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	is("chosen wrongly", zone)
	none := ""
	_, err = u.Choose(t.Context(), word, Choice{News: []uptime.News{uptime.NewsReports}, Zone: &none})
	u.applyMust(t, err)
	is("taken back", "")
	for _, secret := range []string{"Tokyo", "Paris", "Auckland"} {
		if strings.Contains(fmt.Sprint(u.list.audit, u.list.notices), secret) {
			t.Errorf("%s stands outside its row", secret)
		}
	}
}

func TestARequestWithAZoneThatIsNoneIsRefused(t *testing.T) {
	u := newUnder(t)
	var invalid *Invalid
	err := u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", Zone: "Nowhere/Land", IP: "192.0.2.1"})
	if !errors.As(err, &invalid) || !invalid.Has("zone") || strings.Contains(err.Error(), "Nowhere") || len(u.list.all) != 0 {
		t.Errorf("asked: %v", err)
	}
	_, err = u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ada@example.org", Zone: "Nowhere/Land", Consent: "x"})
	if !errors.As(err, &invalid) || !invalid.Has("zone") || len(u.list.all) != 0 {
		t.Errorf("added: %v", err)
	}
	done, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ada@example.org", Zone: "Asia/Tokyo", Consent: "x"})
	if err != nil || done.Subscriber.Zone != "Asia/Tokyo" {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestZonesOfAFile(t *testing.T) {
	u := newUnder(t)
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "dan@example.org", Zone: "Asia/Tokyo", IP: "192.0.2.1"}))
	report := u.load(t, "email,Time Zone\nada@example.org,Australia/Brisbane\nbob@example.org,\ncy@example.org,Nowhere/Land\ndan@example.org,\neve@example.org,Australia/Brisbane\n", Import{SkipInvalid: true})
	want := []Problem{{4, 16, "Time Zone", LineInvalid, wrongZone}}
	if diff := cmp.Diff(want, report.Problems); diff != "" || report.Added != 4 {
		t.Errorf("%d added (-want +got):\n%s", report.Added, diff)
	}
	got := map[string]string{}
	for _, who := range u.list.all {
		got[who.Address] = who.Zone
	}
	zones := map[string]string{"ada@example.org": "Australia/Brisbane", "bob@example.org": "", "dan@example.org": "Asia/Tokyo", "eve@example.org": "Australia/Brisbane"}
	if diff := cmp.Diff(zones, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
