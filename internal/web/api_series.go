package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

func seriesOperations() []operation {
	row := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: apiPrefix + path, Summary: summary, Tags: []string{"Planned work"}}
	}
	made := row("repeat-work", http.MethodPost, "/series", "Let maintenance recur by a rule")
	made.DefaultStatus = http.StatusCreated
	stopped := row("stop-series", http.MethodPost, "/series/{id}/stop", "Announce no more of it; what is announced stays")
	stopped.Errors = []int{http.StatusPreconditionFailed}
	return []operation{
		op(viewer, row("list-series", http.MethodGet, "/series", "List recurring maintenance"), listSeries),
		op(publisher, made, repeatWork),
		op(publisher, stopped, stopSeries),
	}
}

type seriesBody struct {
	ID            string     `json:"id"`
	Title         string     `json:"title"`
	Body          string     `json:"body" doc:"Markdown."`
	Components    []string   `json:"components" nullable:"false"`
	Regions       []string   `json:"regions" nullable:"false"`
	Rule          string     `json:"rule" doc:"RRULE of RFC 5545."`
	Zone          string     `json:"zone"`
	Start         time.Time  `json:"start" doc:"The first occurrence; its time on the wall in the zone recurs."`
	LengthSeconds int64      `json:"length_seconds"`
	AheadSeconds  int64      `json:"ahead_seconds" doc:"How long before its start each occurrence is announced."`
	CreatedAt     time.Time  `json:"created_at"`
	StoppedAt     *time.Time `json:"stopped_at"`
	Version       int64      `json:"version"`
}

func showSeries(s uptime.Series) seriesBody {
	return seriesBody{
		ID: string(s.ID), Title: s.Title, Body: s.Body, Components: words(s.Components), Regions: words(s.Regions), Rule: s.Rule,
		Zone: zoneText(s.Zone), Start: s.Start.UTC(), LengthSeconds: int64(s.Length / time.Second), AheadSeconds: int64(s.Ahead / time.Second),
		CreatedAt: s.CreatedAt.UTC(), StoppedAt: instant(s.StoppedAt), Version: s.Version,
	}
}

type seriesList struct {
	Body struct {
		Items []seriesBody `json:"items" nullable:"false"`
	}
}

func listSeries(ctx context.Context, s *site, _ *struct{}) (*seriesList, error) {
	all, err := s.Plans.Series(ctx)
	if err != nil {
		return nil, err
	}
	out := &seriesList{}
	out.Body.Items = []seriesBody{}
	for _, one := range all {
		out.Body.Items = append(out.Body.Items, showSeries(one))
	}
	return out, nil
}

type oneSeries struct {
	ETag     string `header:"ETag" doc:"The version, for If-Match."`
	Replayed string `header:"Idempotency-Replayed" doc:"true: it was done before, under this key."`
	Body     seriesBody
}

type repeatInput struct {
	Once
	Body struct {
		Title         string    `json:"title" doc:"One line: what customers see."`
		Body          string    `json:"body,omitempty" doc:"Markdown."`
		Components    []string  `json:"components,omitempty"`
		Regions       []string  `json:"regions,omitempty"`
		Rule          string    `json:"rule" doc:"RRULE of RFC 5545 without DTSTART, as FREQ=WEEKLY;BYDAY=SU."`
		Zone          string    `json:"zone" doc:"IANA name of the zone by whose clocks it recurs."`
		Start         time.Time `json:"start" doc:"The first occurrence."`
		LengthSeconds int64     `json:"length_seconds" minimum:"60" maximum:"2592000"`
		AheadSeconds  int64     `json:"ahead_seconds" minimum:"0" maximum:"31536000" doc:"How long before its start each occurrence is announced."`
	}
}

func repeatWork(ctx context.Context, s *site, in *repeatInput) (*oneSeries, error) {
	b := in.Body
	zone, err := time.LoadLocation(b.Zone)
	if err != nil || b.Zone == "" || b.Zone == "Local" {
		return nil, incidents.Invalid{{Field: "zone", Text: "is no zone: write an IANA name such as Europe/Vienna"}}
	}
	by, _ := actorOf(ctx)
	once := in.named(ctx, s.Now(), "repeat-work", b)
	made, err := s.Planner.Repeat(ctx, by, uptime.Series{
		Title: b.Title, Body: b.Body, Components: named[uptime.ComponentID](b.Components), Regions: named[uptime.RegionID](b.Regions),
		Rule: b.Rule, Zone: zone, Start: b.Start, Length: time.Duration(b.LengthSeconds) * time.Second, Ahead: time.Duration(b.AheadSeconds) * time.Second,
	}, once)
	out := &oneSeries{ETag: etag(made.Version), Body: showSeries(made)}
	if err == nil && once != nil && once.Result != "" {
		out.Replayed = "true"
	}
	return out, err
}

func stopSeries(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The series' id."`
	Match
}) (*oneSeries, error) {
	expect, err := in.expect()
	if err != nil {
		return nil, err
	}
	by, _ := actorOf(ctx)
	stopped, err := s.Planner.StopSeries(ctx, by, uptime.SeriesID(in.ID), expect)
	return &oneSeries{ETag: etag(stopped.Version), Body: showSeries(stopped)}, unmatched(expect, err)
}
