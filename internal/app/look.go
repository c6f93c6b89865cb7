package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// LookOnce looks once with one monitor of the configuration at path. Nothing
// is written down.
func LookOnce(ctx context.Context, path, monitor string) (uptime.Observation, error) {
	file, err := config.Load(path, Kinds(), nil)
	if err != nil {
		return uptime.Observation{}, err
	}
	plan, err := NewPlan(file, newEnvironment(&jobs{}))
	if err != nil {
		return uptime.Observation{}, err
	}
	var names []string
	for _, w := range plan.Watches {
		if string(w.Monitor.ID) == monitor && w.Token != "" {
			return uptime.Observation{}, fmt.Errorf("%s waits for a job, so there is nothing to look at; the job calls %s/heartbeat/TOKEN with the token of the configuration, and upheld serve judges it",
				monitor, pageURL(file, file.Listen.Public))
		}
		if string(w.Monitor.ID) == monitor && len(w.Match) > 0 {
			return uptime.Observation{}, fmt.Errorf("%s goes by what an Alertmanager tells upheld serve, so there is nothing to look at; GET %s/api/v1/alertmanager lists what it told",
				monitor, pageURL(file, file.Listen.Public))
		}
		if string(w.Monitor.ID) == monitor {
			now := time.Now().UTC()
			return probes.Look(ctx, w.Prober, w.Monitor, now.Truncate(time.Millisecond), now), nil
		}
		names = append(names, string(w.Monitor.ID))
	}
	return uptime.Observation{}, fmt.Errorf("%s has no monitor %q; it has %s", path, monitor, someOf(names))
}

func someOf(names []string) string {
	const enough = 12
	if len(names) > enough {
		return strings.Join(names[:enough], ", ") + fmt.Sprintf(" and %d more", len(names)-enough)
	}
	return strings.Join(names, ", ")
}

// Schema is the JSON Schema of the configuration, settings of every type of
// probe included.
func Schema() ([]byte, error) { return config.Schema(Kinds()) }
