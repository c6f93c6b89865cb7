package web

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/uptime"
)

// Alerts takes in what an Alertmanager tells (*monitoring.Engine).
type Alerts interface {
	// Receive stores the alerts and acts on them. It returns once they are
	// stored. uptime.ErrNotFound: nothing is configured that asks for alerts; any
	// other error, uptime.ErrTooManyAlerts among them: they must be told again.
	Receive(ctx context.Context, group uptime.AlertGroup, alerts []uptime.ReceivedAlert) error
}

// What is listed of received alerts.
const (
	alertsListed = 1000
	alertsBack   = 7 * 24 * time.Hour
)

func alertOperations() []operation {
	row := func(id, method, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: apiPrefix + "/alertmanager", Summary: summary, Description: description, Tags: []string{"Alertmanager"},
		}
	}
	told := row("receive-alerts", http.MethodPost, "Take in what an Alertmanager tells of alerts",
		"The receiver for Alertmanager's `webhook_configs`, version 4 of its message. A message is state and no event: it may be told "+
			"twice and in any order. It is answered once it is stored; at 503 Alertmanager tells it again. Fields that are not described are not read.")
	told.Errors = []int{http.StatusNotFound, http.StatusServiceUnavailable}
	return []operation{
		op(responder, told, receiveAlerts),
		op(viewer, row("list-alerts", http.MethodGet, "List the alerts as they were told of last",
			"Those that fire, and those that were told of within seven days; the newest message first, 1,000 at most."), listAlerts),
	}
}

// alertMessage is the body of Alertmanager's webhook. What is not in it is what
// newer versions add, and what says nothing more.
type alertMessage struct {
	Version   string            `json:"version" enum:"4" doc:"Of the message."`
	GroupKey  string            `json:"groupKey" minLength:"1" doc:"Of the group: its alerts make one incident."`
	Labels    map[string]string `json:"groupLabels,omitempty" nullable:"true" doc:"That all alerts of the group have. What truncatedAlerts leaves out is not known of monitors that could match alerts with these."`
	Truncated int64             `json:"truncatedAlerts,omitempty" minimum:"0" doc:"How many alerts the message leaves out (max_alerts)."`
	Alerts    []toldAlert       `json:"alerts" nullable:"false" maxItems:"1000"`
	_         struct{}          `additionalProperties:"true"`
}

type toldAlert struct {
	Status      string            `json:"status" enum:"firing,resolved" doc:"Decides, whatever endsAt says."`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty" nullable:"true"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt,omitzero" doc:"When it was resolved."`
	Fingerprint string            `json:"fingerprint,omitempty" maxLength:"1024" doc:"Of its labels; worked out unless given."`
	_           struct{}          `additionalProperties:"true"`
}

type alertsTaken struct {
	Body struct {
		Received  int   `json:"received" doc:"How many alerts were stored and taken in."`
		Truncated int64 `json:"truncated,omitempty" doc:"How many the message left out: what they do is not known."`
	}
}

func receiveAlerts(ctx context.Context, s *site, in *struct{ Body alertMessage }) (*alertsTaken, error) {
	const unasked = "Nothing here asks for alerts: configure a monitor of type alertmanager, or rules under alertmanager."
	alerts, err := in.Body.read(s.Now().UTC())
	if err != nil {
		return nil, err
	}
	if s.Alerts == nil {
		return nil, refusal{http.StatusNotFound, unasked}
	}
	switch err := s.Alerts.Receive(ctx, in.Body.group(), alerts); {
	case errors.Is(err, uptime.ErrNotFound):
		return nil, refusal{http.StatusNotFound, unasked}
	case errors.Is(err, uptime.ErrTooManyAlerts):
		return nil, refusal{http.StatusServiceUnavailable, "So many alerts fire that no further one is kept: none of this message was. Send those alone that are asked for here."}
	case err != nil:
		return nil, storeError{err}
	}
	if in.Body.Truncated > 0 {
		who, _ := actorOf(ctx)
		s.Log.Warn("an Alertmanager left alerts out of a message, so what they do is not known; set max_alerts: 0 in its webhook_configs",
			"group", shortened(in.Body.GroupKey), "told", len(alerts), "left_out", in.Body.Truncated, "token", who.Name)
	}
	out := &alertsTaken{}
	out.Body.Received, out.Body.Truncated = len(alerts), in.Body.Truncated
	return out, nil
}

// shortened is the beginning of a text, for the log.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return text
}

// group is whom the message is about.
func (m alertMessage) group() uptime.AlertGroup {
	bounded := uptime.ReceivedAlert{Group: m.GroupKey, Labels: m.Labels}.Bounded()
	return uptime.AlertGroup{Key: bounded.Group, Labels: bounded.Labels, LeftOut: m.Truncated}
}

// read makes our own nouns of the message, bounded as they are stored.
func (m alertMessage) read(now time.Time) ([]uptime.ReceivedAlert, error) {
	out := make([]uptime.ReceivedAlert, len(m.Alerts))
	for i, told := range m.Alerts {
		if told.StartsAt.IsZero() {
			return nil, fieldError{fmt.Sprintf("body.alerts[%d].startsAt", i), "is no time at which an alert can have begun"}
		}
		a := uptime.ReceivedAlert{
			Fingerprint: told.Fingerprint, Group: m.GroupKey, Labels: told.Labels, Annotations: told.Annotations,
			StartsAt: told.StartsAt.UTC(), ReceivedAt: now,
		}
		if a.Fingerprint == "" {
			a.Fingerprint = fingerprint(told.Labels)
		}
		if told.Status == "resolved" {
			a.EndsAt = ended(told.StartsAt, told.EndsAt, now).UTC()
		}
		out[i] = a.Bounded()
	}
	return out, nil
}

// ended is when an alert that is over ended: when it says so, but not after it
// was told of, and not before it began by the same clock.
func ended(began, said, now time.Time) time.Time {
	if said.IsZero() || said.After(now) {
		said = now
	}
	if said.Before(began) {
		return began
	}
	return said
}

// fingerprint names an alert by its labels as Alertmanager does: FNV-1a of names
// and values in the order of the names, each ended by a byte 255.
func fingerprint(labels map[string]string) string {
	sum := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		_, _ = sum.Write([]byte(name + "\xff" + labels[name] + "\xff")) // a hash takes everything
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}

type receivedBody struct {
	Group       string            `json:"group"`
	Fingerprint string            `json:"fingerprint"`
	Status      string            `json:"status" enum:"firing,resolved"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"starts_at"`
	EndsAt      *time.Time        `json:"ends_at"`
	ReceivedAt  time.Time         `json:"received_at" doc:"When the newest message came that told of it."`
}

func showReceived(a uptime.ReceivedAlert) receivedBody {
	out := receivedBody{
		a.Group, a.Fingerprint, "resolved", map[string]string{}, map[string]string{}, a.StartsAt.UTC(), instant(a.EndsAt), a.ReceivedAt.UTC(),
	}
	if a.Firing() {
		out.Status = "firing"
	}
	maps.Copy(out.Labels, a.Labels)
	maps.Copy(out.Annotations, a.Annotations)
	return out
}

type receivedList struct {
	Body struct {
		Items   []receivedBody `json:"items" nullable:"false"`
		LeftOff int            `json:"left_off,omitempty" doc:"How many more there are, told of earlier."`
	}
}

func listAlerts(ctx context.Context, s *site, in *struct {
	Firing bool `query:"firing" doc:"Only those that fire."`
}) (*receivedList, error) {
	found, err := s.Records.ReceivedAlerts(ctx, s.Now().Add(-alertsBack))
	if err != nil {
		return nil, err
	}
	if in.Firing {
		found = slices.DeleteFunc(found, func(a uptime.ReceivedAlert) bool { return !a.Firing() })
	}
	slices.SortStableFunc(found, func(a, b uptime.ReceivedAlert) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	out := &receivedList{}
	out.Body.Items = []receivedBody{}
	for _, a := range found[:min(alertsListed, len(found))] {
		out.Body.Items = append(out.Body.Items, showReceived(a))
	}
	out.Body.LeftOff = len(found) - len(out.Body.Items)
	return out, nil
}
