package web

import (
	"context"

	"github.com/upheld/upheld/internal/uptime"
)

// teller keeps what it is told of alerts.
type teller struct {
	alerts []uptime.ReceivedAlert
	calls  int
	err    error
}

func (o *teller) Receive(_ context.Context, _ uptime.AlertGroup, alerts []uptime.ReceivedAlert) error {
	o.calls++
	if o.err == nil {
		o.alerts = append(o.alerts, alerts...)
	}
	return o.err
}
