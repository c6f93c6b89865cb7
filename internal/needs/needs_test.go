package needs

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A recorder is a test that notes how it was ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()           {}
func (r *recorder) Fatal(args ...any) { r.ended = "failed: " + fmt.Sprint(args...); runtime.Goexit() }
func (r *recorder) Skip(args ...any)  { r.ended = "skipped: " + fmt.Sprint(args...); runtime.Goexit() }

// endOf runs the need in a test of its own and says how that ended.
func endOf(need func(testing.TB)) string {
	r, done := &recorder{}, make(chan struct{})
	go func() {
		defer close(done)
		need(r)
	}()
	<-done
	return r.ended
}

func TestMissingPart(t *testing.T) {
	t.Setenv("UPHELD_TEST_POSTGRES", "")
	for name, need := range map[string]func(testing.TB){
		"PostgreSQL":    func(t testing.TB) { Postgres(t) },
		"debian-nobody": func(t testing.TB) { Program(t, "debian-nobody", "no-such-program") },
	} {
		for ci, want := range map[string]string{"true": "failed: ", "": "skipped: "} {
			t.Setenv("CI", ci)
			if got := endOf(need); !strings.HasPrefix(got, want) || !strings.Contains(got, name) {
				t.Errorf("%s, CI=%q: %q", name, ci, got)
			}
		}
	}
}

func TestPartThatIsThere(t *testing.T) {
	t.Setenv("UPHELD_TEST_POSTGRES", "postgres://here")
	if got := Postgres(t); got != "postgres://here" {
		t.Error(got)
	}
	if got := Program(t, "coreutils", "no-such-program", "sh"); !strings.HasSuffix(got, "/sh") {
		t.Error(got)
	}
}
