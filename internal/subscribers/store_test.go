package subscribers

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

var quiet = slog.New(slog.DiscardHandler)

// stored is a service on a database of its own.
func stored(t testing.TB, change ...func(*Options)) (u *under, db *store.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "upheld.db")
	db, err := store.Open(t.Context(), "sqlite:"+path, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	u = newUnder(t, append(change, func(o *Options) { o.Store = db })...)
	return u, db, path
}

func (u *under) one(t testing.TB) uptime.Subscriber {
	t.Helper()
	list, err := u.Store.Subscribers(t.Context(), uptime.SubscriberFilter{}, uptime.Cursor{Limit: 2})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	return list[0]
}

// send claims what is owed in the bulk lane and settles it.
func send(t testing.TB, db *store.DB, now time.Time, state uptime.DeliveryState, reply string) []uptime.Delivery {
	t.Helper()
	owed, err := db.Claim(t.Context(), uptime.Claim{Lane: uptime.LaneBulk, Now: now, Lease: time.Minute, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range owed {
		_, err := db.Settle(t.Context(), []uptime.Settlement{{Delivery: d.ID, Attempt: d.Attempt, State: state, At: now, Reply: reply}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return owed
}

func TestWhoLeavesLeavesNothingInTheDatabase(t *testing.T) {
	u, db, path := stored(t)
	const address, hook = "Ada.Unmistakable@example.org", "https://example.org/unmistakable"
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: address, IP: "192.0.2.1", Components: []uptime.ComponentID{"api"}, Source: "form"}))
	mail := u.one(t).ID
	owed := send(t, db, u.now, uptime.DeliveryAccepted, "250 queued for <ada.unmistakable@example.org>")
	if len(owed) != 1 || owed[0].Recipient.Address != address || owed[0].Recipient.ID != string(mail) {
		t.Fatalf("owed: %+v", owed)
	}
	_, err := u.Confirm(t.Context(), u.Word(ToConfirm, mail), "192.0.2.1")
	u.applyMust(t, err)
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToWebhook, Address: hook, IP: "192.0.2.1", Source: "api"}))
	send(t, db, u.now, uptime.DeliveryAccepted, "200")
	u.applyMust(t, u.Bounce(t.Context(), operator, owed[0].ID, true, "550 <"+address+"> unknown"))
	if !strings.Contains(dump(t, path), "nmistakable") {
		t.Fatal("this test looks at nothing")
	}
	list, err := u.List(t.Context(), uptime.SubscriberFilter{}, uptime.Cursor{Limit: 10})
	u.applyMust(t, err)
	for _, who := range list {
		u.applyMust(t, u.Leave(t.Context(), u.Word(ToLeave, who.ID)))
	}
	if left := dump(t, path); strings.Contains(strings.ToLower(left), "nmistakable") || strings.Contains(left, "192.0.2.1\"") {
		t.Errorf("something is left:\n%s", left)
	}
	check, err := db.VerifyAudit(t.Context())
	if err != nil || check.Broken != 0 || check.Entries != 4 {
		t.Errorf("audit: %+v, %v", check, err)
	}
}

// dump is everything that stands in a database.
func dump(t testing.TB, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var out strings.Builder
	for _, table := range column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table'") {
		columns := column(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
		for i, name := range columns {
			columns[i] = "quote(\"" + name + "\")"
		}
		for _, row := range column(t, db, "SELECT "+strings.Join(columns, " || ' ' || ")+" FROM \""+table+"\"") {
			fmt.Fprintln(&out, table, row)
		}
	}
	return out.String()
}

func column(t testing.TB, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

func TestThreeBouncesInARowQuarantine(t *testing.T) {
	u, db, _ := stored(t)
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", IP: "192.0.2.1"}))
	id := u.one(t).ID
	_, err := u.Confirm(t.Context(), u.Word(ToConfirm, id), "")
	u.applyMust(t, err)
	bounce := func(i int) {
		u.now = u.now.Add(MailEvery)
		u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", IP: fmt.Sprintf("192.0.3.%d", i)}))
		owed := send(t, db, u.now, uptime.DeliverySent, "")
		u.applyMust(t, u.Bounce(t.Context(), operator, owed[len(owed)-1].ID, true, "550"))
		u.applyMust(t, u.Bounce(t.Context(), operator, owed[len(owed)-1].ID, true, "550")) // the report comes twice
	}
	for i := range uptime.BouncesToQuarantine {
		if who := u.one(t); who.State != uptime.SubscriberConfirmed || who.Bounces != i {
			t.Fatalf("after %d: %+v", i, who)
		}
		bounce(i)
	}
	if who := u.one(t); who.State != uptime.SubscriberQuarantined {
		t.Fatalf("%+v", who)
	}
	u.now = u.now.Add(time.Hour)
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", IP: "192.0.4.1"}))
	if owed := send(t, db, u.now, uptime.DeliverySent, ""); len(owed) != 0 {
		t.Errorf("who is quarantined is sent %+v", owed)
	}
	u.applyMust(t, u.Release(t.Context(), operator, id))
	if who := u.one(t); who.State != uptime.SubscriberConfirmed || who.Bounces != 0 {
		t.Errorf("%+v", who)
	}
	bounce(9)
	if who := u.one(t); who.State != uptime.SubscriberConfirmed || who.Bounces != 1 {
		t.Errorf("the count did not begin anew: %+v", who)
	}
}

func TestAStoredListIsExportedAndImported(t *testing.T) { testStoredList(t, 20) }

func testStoredList(t *testing.T, size int) {
	t.Helper()
	u, db, _ := stored(t)
	var file strings.Builder
	file.WriteString("email,components,kinds\n")
	for i := range size {
		fmt.Fprintf(&file, "a%d@example.org,%s,%s\n", i, []string{"", "api", "api;web"}[i%3], []string{"", "reports"}[i%2])
	}
	report, err := u.Import(t.Context(), operator, strings.NewReader(file.String()), Import{Consent: said})
	if err != nil || report.Added != size {
		t.Fatalf("%+v, %v", report, err)
	}
	counts, err := db.CountSubscribers(t.Context())
	if err != nil || counts[uptime.SubscriberConfirmed] != report.Added {
		t.Errorf("%v, %v", counts, err)
	}
	var first, second bytes.Buffer
	u.applyMust(t, u.Export(t.Context(), operator, &first))
	v, _, _ := stored(t)
	if report, err := v.Import(t.Context(), operator, bytes.NewReader(first.Bytes()), Import{Consent: said}); err != nil || report.Added != size {
		t.Fatalf("%+v, %v", report, err)
	}
	u.applyMust(t, v.Export(t.Context(), operator, &second))
	if !slices.Equal(lines(first.String()), lines(second.String())) {
		t.Error("the lists differ")
	}
	if report, err := v.Import(t.Context(), operator, bytes.NewReader(first.Bytes()), Import{Consent: said}); err != nil || report.Known != size || report.Added != 0 {
		t.Errorf("once more: %+v, %v", report, err)
	}
}

// lines are those of an export in order, without where they came from.
func lines(export string) (lines []string) {
	for line := range strings.Lines(strings.ReplaceAll(export, ",form\n", ",import\n")) {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}
