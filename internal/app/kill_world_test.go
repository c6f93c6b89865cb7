//go:build slow

package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

const (
	kills        = 30
	mailReaders  = 50
	hookReaders  = 5
	authors      = 2
	longestLife  = 2 * time.Second
	longestPause = time.Second           // between an author's requests
	longestWait  = 15 * time.Millisecond // for an end, once a request is begun
)

// Killed thirty times while messages go out, it keeps what it acknowledged and
// tells everybody all of it, in order. What is told twice is the same twice, and
// what is asked twice under one key is done once.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel() // beside Prometheus: both wait for most of their time
	s := newSiege(t)
	for n := range kills {
		s.start()
		s.down.Store(n/10 == 1)
		s.kill(n%2 == 0)
		s.write()
		_ = s.process.Wait()
	}
	s.down.Store(false)
	s.start()
	s.finish()
	s.drain()
	s.stop()
	s.check()
}

// siege is a process that is killed again and again, who writes to it, and who
// is told.
type siege struct {
	t       *testing.T
	random  *rand.Rand
	folder  string
	address string
	token   string
	down    *atomic.Bool
	office  *office
	hooks   map[string]*hooks // by recipient
	mails   map[string]string // recipients by address
	authors []*author

	process *exec.Cmd
	input   io.Closer
	log     *os.File

	trap                 atomic.Pointer[func()] // sprung by the next request that changes something
	unanswered, replayed atomic.Int64
}

func newSiege(t *testing.T) *siege {
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("UPHELD_TEST_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("UPHELD_TEST_SEED=%d", seed)
	s := &siege{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), folder: t.TempDir(), address: freeAddress(t),
		office: openOffice(t), hooks: map[string]*hooks{"on-call": openHooks(t)}, mails: map[string]string{},
	}
	target, down := target(t)
	s.down = down
	text := fmt.Sprintf(`
mail: {server: "%[1]s", tls: none, from: "Example Status <status@example.org>"}
egress: {allow: [127.0.0.0/8]}
channels: [{name: On call, type: webhook, url: "%[2]s", group: 1s}]
components:
  - {name: Mail, importance: critical, monitors: [{type: tcp, address: "%[1]s", interval: 10s}]}
  - {name: Web, importance: critical, monitors: [{type: http, url: "%[3]s", interval: 1s, timeout: 500ms, confirm: {failures: 2, retry: 100ms}}]}
`, s.office.address, s.hooks["on-call"].URL, target)
	u := begin(t, text)
	s.token = u.token()
	s.subscribe(u)
	u.stop()
	s.folder = filepath.Dir(u.data)
	listen := fmt.Sprintf("listen: {public: %q, ops: %q}\n", s.address, freeAddress(t))
	if err := os.WriteFile(filepath.Join(s.folder, "upheld.yaml"), []byte(listen+text), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range authors {
		s.authors = append(s.authors, &author{number: n, random: rand.New(rand.NewPCG(seed, uint64(n+1)))})
	}
	return s
}

func (s *siege) subscribe(u *upheld) {
	s.t.Helper()
	by := uptime.Actor{Kind: "command", Role: uptime.Admin}
	file := strings.Builder{}
	file.WriteString("email\n")
	for n := range mailReaders {
		fmt.Fprintf(&file, "reader%d@example.net\n", n)
	}
	how := subscribers.Import{Consent: "a test"}
	if report, err := u.subscribers.Import(s.t.Context(), by, strings.NewReader(file.String()), how); err != nil || report.Added != mailReaders {
		s.t.Fatalf("%+v %v", report, err)
	}
	for range hookReaders {
		receiver := openHooks(s.t)
		done, err := u.subscribers.Add(s.t.Context(), by, subscribers.Addition{Kind: uptime.ToWebhook, Address: receiver.URL, Consent: "a test"})
		if err != nil {
			s.t.Fatal(err)
		}
		receiver.secret = done.Secret
		s.hooks[string(done.Subscriber.ID)] = receiver
	}
	all, err := u.subscribers.List(s.t.Context(), uptime.SubscriberFilter{}, uptime.Cursor{})
	if err != nil || len(all) != mailReaders+hookReaders {
		s.t.Fatalf("%d subscribers: %v", len(all), err)
	}
	for _, one := range all {
		if one.Kind != uptime.ToMail {
			continue
		}
		s.mails[one.Address] = string(one.ID)
	}
}

// start runs the process until it answers.
func (s *siege) start() {
	s.t.Helper()
	program, err := os.Executable()
	if err == nil {
		s.log, err = os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer s.log.Close()
	s.process = exec.CommandContext(s.t.Context(), program)
	s.process.Env = append(os.Environ(), childFolder+"="+s.folder)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if s.input, err = s.process.StdinPipe(); err == nil {
		err = s.process.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := s.call(s.t.Context(), http.MethodGet, "/incidents?limit=1", "", nil); err == nil {
			return
		}
	}
	s.t.Fatalf("it does not answer; its log ends with\n%s", s.logged())
}

func (s *siege) wholeLog() string {
	text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return string(text)
}

// logged is the end of it.
func (s *siege) logged() string {
	text := s.wholeLog()
	return text[max(0, len(text)-10_000):]
}

// stop ends the process as an operator does.
func (s *siege) stop() {
	s.t.Helper()
	_ = s.input.Close()
	if err := s.process.Wait(); err != nil {
		s.t.Errorf("stopped with %v; its log ends with\n%s", err, s.logged())
	}
}

// kill kills the process at a random moment: while it has a request to answer,
// or whatever it does.
func (s *siege) kill(amidst bool) {
	process, alive := s.process.Process, s.within(longestLife)
	if !amidst {
		time.AfterFunc(alive, func() { _ = process.Kill() })
		return
	}
	wait := s.within(longestWait)
	time.AfterFunc(alive, func() {
		s.trap.Store(new(func() { time.AfterFunc(wait, func() { _ = process.Kill() }) }))
	})
}

func (s *siege) within(most time.Duration) time.Duration {
	return time.Duration(s.random.Int64N(int64(most)))
}

// write lets the authors write until the process is gone.
func (s *siege) write() {
	var writing sync.WaitGroup
	for _, a := range s.authors {
		writing.Go(func() {
			for a.act(s) {
				time.Sleep(time.Duration(a.random.Int64N(int64(longestPause))))
			}
		})
	}
	writing.Wait()
}

// finish repeats what was not answered and ends every incident.
func (s *siege) finish() {
	for _, a := range s.authors {
		for a.waiting != nil || a.open() {
			if !a.act(s) {
				s.t.Fatalf("it does not answer; its log ends with\n%s", s.logged())
			}
		}
	}
}

// drain waits until nothing is owed to anybody.
func (s *siege) drain() {
	s.t.Helper()
	began := time.Now()
	for time.Since(began) < 2*time.Minute {
		time.Sleep(500 * time.Millisecond)
		waiting := 0
		for _, state := range []string{"queued", "sending"} {
			answer, err := s.call(s.t.Context(), http.MethodGet, "/deliveries?limit=1&state="+state, "", nil)
			var list struct{ Items []json.RawMessage }
			if err == nil {
				err = json.Unmarshal(answer.body, &list)
			}
			if err != nil {
				s.t.Fatal(err)
			}
			waiting += len(list.Items)
		}
		if waiting == 0 {
			s.t.Logf("nothing waits %v after the last start", time.Since(began).Round(time.Millisecond))
			return
		}
	}
	s.t.Fatalf("something waits still; the log ends with\n%s", s.logged())
}

type answer struct {
	body     []byte
	replayed bool
}

// call calls the API. An error: there was no answer. What it answers is success.
func (s *siege) call(ctx context.Context, method, path, key string, body any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	if trap := s.trap.Load(); method == http.MethodPost && trap != nil && s.trap.CompareAndSwap(trap, nil) {
		(*trap)()
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 15 * time.Second}
	got, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, err
	}
	if got.StatusCode >= 300 {
		s.t.Errorf("%s %s with key %q: %s\n%s", method, path, key, got.Status, read)
	}
	return answer{read, got.Header.Get("Idempotency-Replayed") == "true"}, nil
}

// titleIn finds the titles of the authors' incidents in a message.
var titleIn = regexp.MustCompile(`Trouble \d+ of author \d+\.`)

// author opens incidents one after the other, says something of each and ends
// it. A request that is not answered is made again, under its key, until it is.
type author struct {
	number  int
	random  *rand.Rand
	told    []*story
	waiting *act
}

// story is an incident as it was acknowledged.
type story struct {
	id, title string
	bodies    []string // of the updates
	over      bool
}

type act struct {
	key, path, body string
	request         map[string]any
	tried           bool
}

func (a *author) open() bool { return len(a.told) > 0 && !a.told[len(a.told)-1].over }

// act makes one request. Every fourth time the author does not wait for the
// answer. False: nobody is there to answer.
func (a *author) act(s *siege) bool {
	if a.waiting == nil {
		a.waiting = a.next()
	}
	w, ctx := a.waiting, s.t.Context()
	impatient := !w.tried && a.random.IntN(4) == 0
	if impatient {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Duration(a.random.Int64N(int64(longestWait))))
		defer cancel()
	}
	got, err := s.call(ctx, http.MethodPost, w.path, w.key, w.request)
	if err != nil {
		s.unanswered.Add(1)
		w.tried = true
		return impatient
	}
	if got.replayed {
		s.replayed.Add(1)
		if !w.tried {
			s.t.Errorf("%s was answered as repeated the first time", w.key)
		}
	}
	a.waiting = nil
	var incident struct{ ID, Phase string }
	if err := json.Unmarshal(got.body, &incident); err != nil {
		s.t.Errorf("%v in %s", err, got.body)
		return true
	}
	if !a.open() {
		a.told = append(a.told, &story{id: incident.ID, title: w.request["title"].(string)})
	}
	current := a.told[len(a.told)-1]
	if incident.ID != current.id {
		s.t.Errorf("%s was about %s, and %s answers", w.key, current.id, incident.ID)
	}
	current.bodies, current.over = append(current.bodies, w.body), incident.Phase == "resolved"
	return true
}

func (a *author) next() *act {
	if !a.open() {
		n := len(a.told)
		title, body := fmt.Sprintf("Trouble %d of author %d.", n, a.number), fmt.Sprintf("Words %d-%d-0.", a.number, n)
		return &act{key: fmt.Sprintf("%d-%d", a.number, n), path: "/incidents", body: body, request: map[string]any{
			"title": title, "tier": 2, "body": body, "components": []string{"mail"}, "publish": true,
		}}
	}
	n := len(a.told) - 1
	current := a.told[n]
	phase := "identified"
	if len(current.bodies) > 1 && a.random.IntN(2) == 0 {
		phase = "resolved"
	}
	body := fmt.Sprintf("Words %d-%d-%d.", a.number, n, len(current.bodies))
	return &act{
		key: fmt.Sprintf("%d-%d-%d", a.number, n, len(current.bodies)), path: "/incidents/" + current.id + "/updates", body: body,
		request: map[string]any{"phase": phase, "body": body},
	}
}
