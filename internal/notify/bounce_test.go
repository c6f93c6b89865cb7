package notify

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// reports are mails as servers send them, in testdata/bounces.
var reports = map[string]Bounce{
	"postfix.eml":   {Delivery: "d0c5f00d", Status: "5.1.1", Permanent: true, Reply: "550 5.1.1 <…>: Recipient address rejected: User unknown in virtual mailbox table"},
	"exchange.eml":  {Delivery: "0123456789abcdef0123456789abcdef", Status: "5.1.10", Permanent: true, Reply: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"},
	"delayed.eml":   {Delivery: "d0c5f00d", Status: "4.4.1", Reply: "connect to mx.example.net[203.0.113.7]:25: Connection timed out"},
	"expired.eml":   {Delivery: "d0c5f00d", Status: "4.4.7", Reply: "delivery time expired"},
	"no_verp.eml":   {Delivery: "d0c5f00d", Status: "5.2.2", Permanent: true, Reply: "552 5.2.2 mailbox full"},
	"base64.eml":    {Delivery: "d0c5f00d", Status: "5.7.1", Permanent: true, Reply: "550 5.7.1 blocked"},
	"truncated.eml": {Delivery: "d0c5f00d", Status: "5.1.1", Permanent: true, Reply: "550 no such user"},
	// These are none.
	"vacation.eml":  {},
	"delivered.eml": {},
	"stranger.eml":  {},
	"plain.eml":     {},
}

func TestReportsOfBounces(t *testing.T) {
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) != len(reports) {
		t.Fatalf("%d files for %d reports (%v)", len(files), len(reports), err)
	}
	for name, want := range reports {
		raw, err := os.ReadFile(filepath.Join("testdata", "bounces", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, ending := range []string{"\n", "\r\n"} {
			got, err := ParseBounce(strings.NewReader(strings.ReplaceAll(string(raw), "\n", ending)))
			if diff := cmp.Diff(want, got); diff != "" || (want == Bounce{}) != errors.Is(err, ErrNoBounce) || err != nil && !errors.Is(err, ErrNoBounce) {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
	}
	if _, err := ParseBounce(strings.NewReader("\x00\x01")); err == nil || errors.Is(err, ErrNoBounce) {
		t.Errorf("what is no mail: %v", err)
	}
}

// realID is the id of a delivery as the ledger has it.
var realID = uptime.DeliveryID("2026-03-07-api/opened", uptime.Recipient{Kind: uptime.ToMail, ID: "k2zv7cy4adzmc64oqxb3e5f7ga"})

// Whatever the address is that a mail of realID comes back to, its delivery is
// found in it.
func TestTheReturnPathNamesTheDelivery(t *testing.T) {
	from := sender{returnPath: "bounces+eu@example.org"}
	for _, id := range []string{realID, "d0c5f00d", "0123456789abcdef0123456789abcdef", "A strange\r\nid@x", "a..b", ".a", "a.", ""} {
		path := from.envelope(id)
		if !isAddress(path) || deliveryIn([]string{"<" + path + ">"}) != token(id) {
			t.Errorf("%q: %s names %q", id, path, deliveryIn([]string{path}))
		}
	}
	if token(realID) != realID {
		t.Errorf("the delivery %s is called %s, and nobody can look that up", realID, token(realID))
	}
	from.returnPath = strings.Repeat("a", 30) + "@example.org"
	if path := from.envelope(realID); path != from.returnPath {
		t.Errorf("without room for the delivery, reports go to %s", path)
	}
}

// A report that returns our mail is about the delivery of the ledger.
func TestAReturnedMailNamesTheDelivery(t *testing.T) {
	raw, err := os.ReadFile("testdata/bounces/postfix.eml")
	if err != nil {
		t.Fatal(err)
	}
	report := strings.ReplaceAll(string(raw), "d0c5f00d", realID)
	for name, text := range map[string]string{
		"by the address":    report,
		"by the Message-ID": strings.ReplaceAll(report, "+"+realID, ""),
	} {
		if b, err := ParseBounce(strings.NewReader(text)); err != nil || b.Delivery != realID || !b.Permanent {
			t.Errorf("%s: %+v %v", name, b, err)
		}
	}
}

// Reports come from anybody: damaged in transit, or made to do harm.
func TestDamagedReports(t *testing.T) {
	raw, err := os.ReadFile("testdata/bounces/postfix.eml")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := slices.Clone(raw)
		for range rapid.IntRange(1, 30).Draw(t, "bytes") {
			damaged[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		if b, err := ParseBounce(bytes.NewReader(damaged)); (err == nil) != (b.Delivery != "") || strings.ContainsAny(b.Reply, "@\r\n") {
			t.Fatalf("%+v %v", b, err)
		}
	})
	head := "To: a+b@c\nContent-Type: multipart/report; boundary=B\n\n"
	status := head + "--B\nContent-Type: message/delivery-status\n\n"
	for name, text := range map[string]string{
		"many parts":            head + strings.Repeat("--B\n\n", 200_000),
		"many fields":           status + strings.Repeat("a:b\n", 200_000),
		"many recipients":       status + strings.Repeat("a:b\n\n", 200_000),
		"nothing":               status + strings.Repeat("\n", 900_000),
		"many headers":          strings.Repeat("A: b\n", 200_000) + head,
		"addresses":             status + "Action: failed\nDiagnostic-Code: smtp; " + strings.Repeat("a@", 400_000),
		"an odd recipient":      status + "Action: failed\nFinal-Recipient: rfc822; \xff\xfe\xfd(@x\nDiagnostic-Code: smtp; no \xff\n",
		"a boundary in another": head + strings.Repeat("--B\nContent-Type: multipart/report; boundary=B\n\n", 10_000),
	} {
		if b, err := ParseBounce(strings.NewReader(text)); len(b.Reply) > 4*longestLine || err == nil && b.Delivery != "b" {
			t.Errorf("%s: %+v %v", name, b, err)
		}
	}
}

func FuzzParseBounce(f *testing.F) {
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		b, err := ParseBounce(strings.NewReader(raw))
		if (err == nil) != (b.Delivery != "") {
			t.Errorf("%+v %v", b, err)
		}
		if err == nil && (token(b.Delivery) != b.Delivery || len(b.Status) > 9 || utf8.RuneCountInString(b.Reply) > longestLine || strings.ContainsAny(b.Reply, "\r\n@")) {
			t.Errorf("%+v", b)
		}
		if b.Permanent && strings.HasPrefix(b.Status, "4.") {
			t.Errorf("%+v", b)
		}
	})
}
