package app

import (
	"context"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// receiver hands the engine what an Alertmanager tells, while the configuration
// in force asks for alerts (web.Alerts).
type receiver struct{ *App }

// Receive returns uptime.ErrNotFound where nothing asks for alerts: an
// Alertmanager is to hear that it talks to nobody.
func (r receiver) Receive(ctx context.Context, group uptime.AlertGroup, alerts []uptime.ReceivedAlert) error {
	if !asksForAlerts(r.current()) {
		return uptime.ErrNotFound
	}
	return r.engine.Receive(ctx, group, alerts)
}

func asksForAlerts(file *config.File) bool {
	for _, c := range file.Components {
		for _, m := range c.Monitors {
			if _, is := m.Settings.(*probes.Alertmanager); is {
				return true
			}
		}
	}
	return len(file.Alertmanager.Incidents) > 0
}
