package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

func TestPragmasOfEveryConnection(t *testing.T) {
	db := openFile(t)
	for _, c := range []struct {
		name  string
		g     *gorm.DB
		count int
		want  map[string]string
	}{
		{"writer", db.writer, 1, map[string]string{"query_only": "0", "secure_delete": "2"}},
		{"readers", db.reader, readers, map[string]string{"query_only": "1"}},
	} {
		pool, err := c.g.DB()
		if err != nil {
			t.Fatal(err)
		}
		if most := pool.Stats().MaxOpenConnections; most != c.count {
			t.Errorf("%s: at most %d connections, want %d", c.name, most, c.count)
		}
		for k, v := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
			c.want[k] = v
		}
		var held []*sql.Conn // all at once, so that each is another
		for range c.count {
			conn, err := pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, conn)
			for pragma, want := range c.want {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %s is %q (%v), want %q", c.name, pragma, got, err, want)
				}
			}
		}
		for _, conn := range held {
			conn.Close()
		}
	}
}

// A transaction that may write takes the lock when it begins: two that read
// first and write then cannot both be refused.
func TestTransactionsThatWriteBeginSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	db := open(t, "sqlite:"+path)
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx := db.writer.Begin()
	if _, err := other.BeginTx(t.Context(), nil); err == nil {
		t.Error("two transactions write at once")
	}
	// Reading goes on meanwhile.
	if _, err := db.OpenIncidents(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tx.Rollback().Error; err != nil {
		t.Fatal(err)
	}
	if err := db.reader.Exec("DELETE FROM segment").Error; err == nil {
		t.Error("a reader can write")
	}
}

func TestConstraintsAreTranslated(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			db := open(t, address(t))
			row := rowOfIncident(uptime.Incident{ID: "a"})
			once, twice := db.writer.Create(&row).Error, db.writer.Create(&row).Error
			if once != nil || !errors.Is(twice, gorm.ErrDuplicatedKey) {
				t.Errorf("a key that is there: %v, then %v", once, twice)
			}
			notice := noticeRow{ID: "n", Key: "k1"}
			once, twice = db.writer.Create(&notice).Error, db.writer.Create(&noticeRow{ID: "n", Key: "k2"}).Error
			if once != nil || !errors.Is(twice, gorm.ErrDuplicatedKey) {
				t.Errorf("a unique id that is there: %v, then %v", once, twice)
			}
			if err := db.writer.Create(&segmentRow{Series: 404, State: "up"}).Error; !errors.Is(err, gorm.ErrForeignKeyViolated) {
				t.Errorf("a series that is not there: %v", err)
			}
		})
	}
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made for it", "100% odd?name=#1&mode=ro")
	path := filepath.Join(folder, "it's a \"db\".sqlite")
	db := open(t, "sqlite:"+path)
	if err := db.SaveSignal(t.Context(), uptime.Signal{Monitor: "job"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + path
	}
	for _, c := range []struct{ address, want string }{
		{"", "neither sqlite:PATH nor postgres://"},
		{"upheld.db", "neither sqlite:PATH nor postgres://"},
		{"sqlite:", "neither sqlite:PATH nor postgres://"},
		{"mysql://root@localhost/db", "neither sqlite:PATH nor postgres://"},
		{"sqlite:" + folder, "is a directory"},
		{file("text", bytes.Repeat([]byte("page: {name: Example}\n"), 500)), "is no SQLite database"},
		{file("file", nil) + "/inner.db", "not a directory"},
	} {
		db, err := Open(t.Context(), c.address, quiet)
		if err == nil {
			t.Errorf("%q was opened", c.address)
			db.Close()
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.address, err, c.want)
		}
	}
}

func TestDamageIsFoundAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	db := open(t, "sqlite:"+path)
	if err := quickCheck(t.Context(), db.writer, path, 0, quiet); err != nil {
		t.Errorf("a whole file, by its tables: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := 2; page < len(content)/4096; page++ {
		copy(content[page*4096:], strings.Repeat("damage", 100))
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), "sqlite:"+path, quiet); err == nil || !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestEmptyFileIsANewDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, "sqlite:"+path).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// The tables are large and these queries are asked often: each finds its rows
// by a key, whatever the statistics say.
func TestPlans(t *testing.T) {
	db := openFile(t)
	for _, c := range []struct{ query, want string }{
		{db.dialect.tailsSQL(), "SEARCH x USING PRIMARY KEY (series=? AND slot>?)"},
		{"SELECT * FROM hourly r JOIN series s ON s.id = r.series WHERE r.start IN (?, ?) AND r.series IN (?)", "SEARCH r USING PRIMARY KEY (start=? AND series=?)"},
		{"SELECT * FROM daily r JOIN series s ON s.id = r.series WHERE r.start >= ? AND r.start < ? AND ? = ?", "SEARCH r USING PRIMARY KEY (start>? AND start<?)"},
		{"SELECT * FROM segment g JOIN series s ON s.id = g.series WHERE g.started < ? AND (g.ended > ? OR g.ended IS NULL)", "SEARCH g USING INDEX segment_ended (ended>?)"},
		{"SELECT * FROM signal WHERE monitor = ? AND at >= ? ORDER BY at, id", "SEARCH signal USING INDEX signal_monitor (monitor=? AND at>?)"},
		{firstOf(uptime.Claim{Lane: uptime.LaneSubscribers, Kind: uptime.ToMail}), "SEARCH d USING INDEX delivery_owed (lane=? AND kind=? AND due<?)"},
		{firstOf(uptime.Claim{Lane: uptime.LaneSubscribers, Kind: uptime.ToMail}), "SEARCH e USING INDEX delivery_thread (recipient=? AND thread=? AND seq<?)"},
		{firstOf(uptime.Claim{Lane: uptime.LaneSubscribers, Kind: uptime.ToMail}), "SEARCH e USING INDEX delivery_thread (recipient=?)"},
		{strings.Replace(dueOfSQL, "IN ?", "IN (?, ?)", 1), "SEARCH d USING INDEX delivery_thread (recipient=?)"},
		{"SELECT * FROM delivery WHERE " + unsettled + " AND recipient = ?", "SEARCH delivery USING INDEX delivery_thread (recipient=?)"},
		{"SELECT lane, count(*), min(owed) FROM delivery WHERE " + unsettled + " GROUP BY lane", "SCAN delivery USING INDEX delivery_owed"},
		{"SELECT notice, state, count(*) FROM delivery WHERE notice IN (?) GROUP BY notice, state", "USING COVERING INDEX delivery_count (notice=?)"},
		{listOf(uptime.DeliveryFilter{}), "SCAN d USING INDEX delivery_notice"},
		{listOf(uptime.DeliveryFilter{Notice: "n"}), "SEARCH d USING INDEX delivery_notice (notice=?)"},
		{listOf(uptime.DeliveryFilter{Subscriber: "s"}), "SEARCH d USING INDEX sqlite_autoindex_delivery_1 (id=?)"},
		{listOf(uptime.DeliveryFilter{Incident: "i"}), "SEARCH n USING COVERING INDEX notice_incident (incident=?)"},
		{listOf(uptime.DeliveryFilter{Incident: "i"}), "SEARCH d USING INDEX delivery_notice (notice=?)"},
		{listOf(uptime.DeliveryFilter{State: uptime.DeliveryDead}), "SEARCH d USING INDEX delivery_failed (state=?)"},
		{listOf(uptime.DeliveryFilter{State: uptime.DeliveryQueued}), "SCAN d USING INDEX delivery_thread"},
		{listOf(uptime.DeliveryFilter{State: uptime.DeliveryAccepted}), "SCAN d USING INDEX delivery_notice"},
		{"SELECT * FROM delivery d WHERE d.recipient = ? AND d.state = 'bounced' AND d.seq > ? ORDER BY d.seq DESC", "SEARCH d USING INDEX delivery_bounced (recipient=? AND seq>?)"},
		{"SELECT * FROM notice WHERE seq < ? AND incident = ? ORDER BY seq DESC", "SEARCH notice USING INDEX notice_incident (incident=? AND seq<?)"},
		{"SELECT * FROM subscriber WHERE state = ? AND seq < ? ORDER BY seq DESC", "SEARCH subscriber USING INDEX subscriber_state (state=? AND seq<?)"},
	} {
		args := make([]any, strings.Count(c.query, "?"))
		for i := range args {
			args[i] = 7
		}
		var plan []struct{ Detail string }
		if err := db.reader.Raw("EXPLAIN QUERY PLAN "+c.query, args...).Scan(&plan).Error; err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(fmt.Sprint(plan), c.want) {
			t.Errorf("%s\nis done as %v, want %s", c.query, plan, c.want)
		}
	}
}

func firstOf(c uptime.Claim) string {
	where, _ := first(c)
	return "SELECT d.recipient FROM delivery d WHERE " + where + " ORDER BY d.due, d.seq LIMIT ?"
}

func listOf(f uptime.DeliveryFilter) string {
	query, _ := ledger(f, nil)
	return query + " LIMIT ?"
}
