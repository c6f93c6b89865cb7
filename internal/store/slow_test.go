//go:build slow

package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

// TestKill kills a process that writes, again and again: whatever it was told
// to be written is there when the next one opens the file.
func TestKill(t *testing.T) {
	folder := t.TempDir()
	for round := range 20 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), "UPHELD_TEST_CHILD="+folder)
		var said bytes.Buffer
		child.Stderr = &said
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(50+rand.IntN(250)) * time.Millisecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatalf("round %d: %v: %s", round, err, said.String())
		}
		_ = child.Wait()
		if said.Len() > 0 {
			t.Fatalf("round %d: the writer failed: %s", round, said.String())
		}
	}

	ledger, err := os.ReadFile(filepath.Join(folder, "acknowledged"))
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := strings.Fields(string(ledger))
	if len(acknowledged) < 100 {
		t.Fatalf("only %d writes were acknowledged", len(acknowledged))
	}
	db := open(t, "sqlite:"+filepath.Join(folder, "upheld.db"))
	for _, id := range acknowledged {
		found, whole, err := counted(db, 9, `SELECT (SELECT count(*) FROM segment JOIN series ON id = series WHERE monitor = @k)
			+ (SELECT count(*) FROM incident WHERE id = @k) + (SELECT count(*) FROM notice WHERE id = @k)
			+ (SELECT count(*) FROM delivery WHERE thread = @k AND state IN ('queued', 'accepted')) + (SELECT count(*) FROM audit WHERE object = @k)
			+ (SELECT count(*) FROM signal WHERE monitor = @k)
			+ (SELECT count(*) FROM sample JOIN series ON id = series WHERE monitor = @k)
			+ (SELECT sum(passed) FROM hourly JOIN series ON id = series WHERE monitor = @k)`, id)
		if err != nil || found != whole {
			t.Errorf("%s was acknowledged, and %d of its %d rows are there (%v)", id, found, whole, err)
		}
	}
	if c, err := db.VerifyAudit(t.Context()); err != nil || c.Broken != 0 || c.Entries < int64(len(acknowledged)) {
		t.Errorf("the audit log: %+v (%v)", c, err)
	}
	// What was not acknowledged is whole or absent.
	var torn int
	err = db.reader.Raw(`SELECT count(*) FROM incident WHERE id NOT IN (SELECT id FROM notice)
		OR id NOT IN (SELECT monitor FROM series JOIN segment ON series = id) OR id NOT IN (SELECT object FROM audit)
		OR (SELECT count(*) FROM delivery WHERE thread = incident.id) <> 2`).Row().Scan(&torn)
	if err != nil || torn != 0 {
		t.Errorf("%d changes are torn (%v)", torn, err)
	}
	t.Logf("%d writes were acknowledged", len(acknowledged))
}

// TestSampleStaysSmall holds a sample on SQLite to 24 bytes, with the samples
// of many monitors coming in turn.
func TestSampleStaysSmall(t *testing.T) {
	db := openFile(t)
	const monitors, each = 500, 400
	for i := range each {
		looks := make([]uptime.Observation, monitors)
		for m := range looks {
			slot := time.UnixMilli(1_800_000_000_000 + int64(i)*10_000 + int64(m)*20)
			looks[m] = uptime.Observation{
				Monitor: uptime.MonitorID(fmt.Sprintf("monitor-%d", m)), Vantage: uptime.Local, Slot: slot,
				At: slot.Add(time.Duration(m%5) * time.Millisecond), Took: time.Duration(5000+rand.IntN(200_000)) * time.Microsecond,
				Outcome: uptime.Pass, Code: uptime.OK,
			}
		}
		if err := db.Record(t.Context(), looks); err != nil {
			t.Fatal(err)
		}
	}
	var bytes int64
	if err := db.reader.Raw("SELECT sum(pgsize) FROM dbstat WHERE name = 'sample'").Row().Scan(&bytes); err != nil {
		t.Fatal(err)
	}
	if per := float64(bytes) / (monitors * each); per > 24 {
		t.Errorf("a sample takes %.1f bytes", per)
	} else {
		t.Logf("a sample takes %.1f bytes", per)
	}
}

// TestPostgresRestart stops a server hard and starts it again: the store finds
// it without help, and everything that was acknowledged.
func TestPostgresRestart(t *testing.T) {
	server := startPostgres(t)
	db := open(t, server.address)
	save := func(n int) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return db.SaveSignal(ctx, uptime.Signal{Monitor: "job", At: time.Unix(1_800_000_000+int64(n), 0)})
	}
	for n := range 20 {
		if err := save(n); err != nil {
			t.Fatal(err)
		}
	}
	server.run("stop", "-m", "immediate")
	if save(20) == nil || db.Ping(t.Context()) == nil {
		t.Error("a database that is stopped answers")
	}
	server.run("start")
	began := time.Now()
	for db.Ping(t.Context()) != nil {
		if time.Since(began) > 5*time.Second {
			t.Fatal("the database was not found again within 5 s")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := save(21); err != nil {
		t.Error(err)
	}
	if got, err := db.Signals(t.Context(), "job", time.Time{}); err != nil || len(got) != 21 {
		t.Errorf("%d signals (%v), want 21", len(got), err)
	}
}

type postgresServer struct {
	run     func(verb string, more ...string)
	address string
}

// startPostgres starts a server of the test's own; as root, as Debian's user
// postgres, because it refuses to run as root.
func startPostgres(t *testing.T) postgresServer {
	initdb, control := needs.Program(t, "postgresql", "initdb"), needs.Program(t, "postgresql", "pg_ctl")
	folder, err := os.MkdirTemp("/tmp", "upheld-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	identity := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		account, err := user.Lookup("postgres")
		if err != nil {
			t.Skipf("could not run: the server refuses root, and there is no user postgres: %v", err)
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		identity.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(folder, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	start := func(program string, args ...string) {
		t.Helper()
		log, err := os.Create(filepath.Join(t.TempDir(), "log")) // a file: the server keeps a pipe open
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		command := exec.Command(program, args...)
		command.Dir, command.SysProcAttr, command.Stdout, command.Stderr = folder, identity, log, log
		if err := command.Run(); err != nil {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("%s %v: %v: %s", program, args, err, said)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	data := filepath.Join(folder, "data")
	start(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
	run := func(verb string, more ...string) {
		t.Helper()
		args := append([]string{verb, "-D", data, "-w", "-l", filepath.Join(folder, "log")}, more...)
		if verb == "start" {
			args = append(args, "-o", fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=", port))
		}
		start(control, args...)
	}
	run("start")
	t.Cleanup(func() { run("stop", "-m", "immediate") })
	return postgresServer{run, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
}
