package probes

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

func TestMain(m *testing.M) {
	// net/http lingers for half a second on a connection that it refused.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// lookTimeout is the timeout of looks in tests that do not wait for it.
const lookTimeout = 5 * time.Second

func testEnv() Env {
	return Env{
		Monitor: "it", Timeout: lookTimeout,
		Egress: egress.New(egress.Policy{Asker: egress.Author}, nil),
		Shared: NewShared(),
	}
}

// look builds the settings and looks once.
func look(t testing.TB, s Settings) uptime.Observation {
	t.Helper()
	return lookIn(t, s, testEnv())
}

func lookIn(t testing.TB, s Settings, env Env) uptime.Observation {
	t.Helper()
	prober, err := s.Build(env)
	if err != nil {
		t.Fatalf("the settings are refused: %v", err)
	}
	return Look(context.Background(), prober, uptime.Monitor{ID: "it", Timeout: env.Timeout}, time.Now(), time.Now())
}

// wants compares an observation with what is wanted of it.
func wants(t testing.TB, o uptime.Observation, outcome uptime.Outcome, code uptime.Code) {
	t.Helper()
	if o.Outcome != outcome || o.Code != code {
		t.Errorf("the look came to %v, %s (%s); want %v, %s", o.Outcome, o.Code, o.Detail, outcome, code)
	}
	if outcome != uptime.Pass && o.Detail == "" {
		t.Errorf("%v without a detail", outcome)
	}
}

// refusedAt lists the paths of settings that Build refuses.
func refusedAt(t testing.TB, s Settings) (paths []string) {
	t.Helper()
	_, err := s.Build(testEnv())
	joined, _ := err.(interface{ Unwrap() []error })
	if err != nil && joined == nil {
		t.Fatalf("%v is not joined", err)
	}
	if joined != nil {
		for _, one := range joined.Unwrap() {
			var setting *SettingError
			if !errors.As(one, &setting) {
				t.Fatalf("%v is no *SettingError", one)
			}
			paths = append(paths, setting.Path)
		}
		return paths
	}
	return nil
}
