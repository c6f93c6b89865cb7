package probes

import (
	"fmt"
	"runtime"
	"testing"
)

// atRest is how much memory a monitor's prober may hold between looks, in
// bytes.
const atRest = 10 << 10

func TestMonitorsAtRestAreSmall(t *testing.T) {
	const count = 1000
	env := testEnv()
	for name, settings := range map[string]func(i int) Settings{
		"http": func(i int) Settings {
			return &HTTP{URL: fmt.Sprintf("http://host%d.example.org/health", i), Expect: HTTPExpect{JSON: map[string]any{"$.status": "UP"}}}
		},
		"https": func(i int) Settings {
			return &HTTP{URL: fmt.Sprintf("https://host%d.example.org/health?key=%d", i, i), Headers: map[string]string{"Authorization": "Bearer 0123456789"}, Expect: HTTPExpect{BodyMatches: "status.*UP"}}
		},
		"tcp": func(i int) Settings { return &TCP{Address: fmt.Sprintf("host%d.example.org:25", i), StartTLS: "smtp"} },
		"grpc": func(i int) Settings {
			return &GRPC{Address: fmt.Sprintf("host%d.example.org:443", i), TLS: &TLSOptions{}}
		},
	} {
		var before, after runtime.MemStats
		kept := make([]Prober, count)
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range kept {
			var err error
			if kept[i], err = settings(i).Build(env); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / count
		t.Logf("%s: %d bytes each", name, each)
		if each > atRest {
			t.Errorf("an %s monitor holds %d bytes at rest", name, each)
		}
		runtime.KeepAlive(kept)
	}
}
