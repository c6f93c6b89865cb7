package app

import (
	"errors"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/monitoring"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// Kinds is the table of the types of probes and channels as the configuration
// reads them. Each is built once, for the problems that it finds with the
// settings.
func Kinds() config.Kinds {
	env := newEnvironment(&jobs{})
	kinds := config.Kinds{Monitors: config.Table{}, Channels: config.Table{}, Civil: civil{}}
	for _, t := range notify.Types() {
		kinds.Channels[t.Name] = func() any {
			settings := t.New()
			return config.Checked{Settings: settings, Check: func(config.Duration) error {
				_, err := settings.Build(notify.Env{Egress: env.egress, Public: env.egress})
				return err
			}}
		}
	}
	for _, t := range probes.Types() {
		kinds.Monitors[t.Name] = func() any {
			settings := t.New()
			return config.Checked{Settings: settings, Check: func(timeout config.Duration) error {
				_, err := settings.Build(probes.Env{Timeout: timeout.D(), Egress: env.egress, Shared: env.shared, Signals: env.signals, Alerts: env.signals})
				return err
			}}
		}
	}
	return kinds
}

// Plan is a configuration turned into what is watched and how.
type Plan struct {
	Catalogue uptime.Catalogue
	Watches   []monitoring.Watch
	Versions  []uptime.PolicyVersion // the policies in force, as they are kept
	Remarks   []string               // for whoever wrote the file
}

// environment is what probers are built from.
type environment struct {
	egress  *egress.Guard
	public  *egress.Guard // where redirects from the internet may lead
	shared  *probes.Shared
	signals *jobs // what jobs and an Alertmanager have said
	now     func() time.Time
}

func newEnvironment(signals *jobs) environment {
	return environment{
		egress:  egress.New(egress.Policy{Asker: egress.Author}, nil),
		shared:  probes.NewShared(),
		signals: signals,
		now:     time.Now,
	}
}

// NewPlan turns a file into a plan. Its error is config.Problems: settings that
// a probe refuses, each with its line.
func NewPlan(file *config.File, env environment) (Plan, error) {
	plan := Plan{Catalogue: uptime.Catalogue{Page: page(file)}}
	env.public = publicGuard(file)
	var problems config.Problems
	for _, c := range file.Components {
		component, err := component(c)
		problems = append(problems, located(file, "", err)...)
		for _, m := range c.Monitors {
			watch, err := watch(file, component.ID, m, env)
			problems = append(problems, located(file, m.Path, err)...)
			component.Monitors = append(component.Monitors, watch.Monitor.ID)
			plan.Watches = append(plan.Watches, watch)
			plan.Catalogue.Monitors = append(plan.Catalogue.Monitors, watch.Monitor)
		}
		plan.Catalogue.Components = append(plan.Catalogue.Components, component)
	}
	for _, s := range file.Services {
		service, err := service(file, s)
		problems = append(problems, located(file, "", err)...)
		plan.Catalogue.Services = append(plan.Catalogue.Services, service)
	}
	plan.Catalogue.Regions, plan.Catalogue.Jobs = regionsOf(file), jobsOf(file)
	plan.Catalogue.Watchdog, plan.Catalogue.AlertRules = probes.MatchOf(file.Alertmanager.Watchdog), alertRules(file, plan.Catalogue.Components)
	policies, versions, remarks, err := policiesOf(file, env.now())
	problems = append(problems, located(file, "", err)...)
	plan.Catalogue.Policies, plan.Versions, plan.Remarks = policies, versions, remarks
	if len(problems) > 0 {
		return Plan{}, problems
	}
	return plan, nil
}

// located gives each refused setting its line.
func located(file *config.File, path string, err error) (problems config.Problems) {
	if err == nil {
		return nil
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, e := range errs {
		place, text := path, e.Error()
		if setting := config.Fault(nil); errors.As(e, &setting) {
			at, what := setting.Setting()
			place, text = path+"."+at, what
		}
		problems = append(problems, file.Problem(place, text, ""))
	}
	return problems
}

// publicGuard lets pass what anybody may reach, and what the file allows.
func publicGuard(file *config.File) *egress.Guard {
	policy := egress.Policy{Asker: egress.RunTime}
	for _, network := range file.Egress.Allow {
		policy.Allow = append(policy.Allow, network.Prefix)
	}
	return egress.New(policy, nil)
}

func page(file *config.File) uptime.Page {
	return uptime.Page{Name: file.Page.Name, URL: file.Page.URL, Zone: file.Page.TimeZone.Location}
}

func component(c config.Component) (uptime.Component, error) {
	importance, err := uptime.ParseImportance(c.Importance)
	var depends []uptime.ComponentID
	for _, id := range c.DependsOn {
		depends = append(depends, uptime.ComponentID(id))
	}
	var regions []uptime.RegionID
	for _, id := range c.Regions {
		regions = append(regions, uptime.RegionID(id))
	}
	return uptime.Component{
		ID: uptime.ComponentID(c.ID), Name: c.Name, Group: c.Group,
		Description: c.Description, Importance: importance, Tags: c.Tags, DependsOn: depends, Regions: regions,
	}, err
}

func watch(file *config.File, component uptime.ComponentID, m config.Monitor, env environment) (monitoring.Watch, error) {
	monitor := uptime.Monitor{
		ID: uptime.MonitorID(m.ID), Component: component, Type: m.Type,
		Interval: m.Interval.D(), Timeout: m.Timeout.D(), Grace: m.Grace.D(),
		Confirm: uptime.Confirmation{Failures: m.Confirm.Failures, Successes: m.Confirm.Successes, Retry: m.Confirm.Retry.D()},
	}
	settings, known := m.Settings.(probes.Settings)
	if !known {
		return monitoring.Watch{}, fmt.Errorf("monitor type %q cannot be built", m.Type)
	}
	watch := monitoring.Watch{}
	if job, is := settings.(*probes.Heartbeat); is {
		heartbeatDefaults(file, m, job, &monitor)
		watch.Token = string(job.Token)
	}
	if alerts, is := settings.(*probes.Alertmanager); is {
		alertDefaults(file, m, &monitor)
		watch.Match = probes.MatchOf(alerts.Match)
	}
	prober, err := settings.Build(probes.Env{
		Monitor: monitor.ID, Timeout: monitor.Timeout, Egress: env.egress, Public: env.public,
		Shared: env.shared, Signals: env.signals, Alerts: env.signals, Now: env.now,
	})
	if err != nil {
		return monitoring.Watch{Monitor: monitor}, err
	}
	monitor.Class = classOf(settings.Target())
	watch.Monitor, watch.Prober = monitor, prober
	return watch, nil
}

// heartbeatDefaults sets what other defaults would make no sense of: a job's
// silence is believed when its time is over, without asking again.
func heartbeatDefaults(file *config.File, m config.Monitor, job *probes.Heartbeat, monitor *uptime.Monitor) {
	if !file.Given(m.Path + ".interval") {
		monitor.Interval = min(max(job.Every.D()/4, time.Second), 15*time.Second)
		monitor.Timeout = monitor.Interval
		monitor.Grace = max(monitor.Interval/2, 5*time.Second)
	}
	if !file.Given(m.Path + ".confirm.failures") {
		monitor.Confirm.Failures = 1
	}
	if !file.Given(m.Path + ".confirm.successes") {
		monitor.Confirm.Successes = 1
	}
	monitor.Confirm.Retry = min(monitor.Confirm.Retry, monitor.Interval)
}

// classOf tells through which network a target is reached. What is connected to
// nothing shares the loopback's property of having no uplink to lose.
func classOf(target string) uptime.Class {
	if target == "" {
		return uptime.Loopback
	}
	switch egress.ClassifyHost(target) {
	case egress.Loopback:
		return uptime.Loopback
	case egress.Private:
		return uptime.Private
	default:
		return uptime.Internet
	}
}

func service(file *config.File, s config.Service) (uptime.Service, error) {
	service := uptime.Service{ID: uptime.ServiceID(s.ID), Name: s.Name, Zone: s.TimeZone.Location}
	if service.Zone == nil {
		service.Zone = file.Page.TimeZone.Location
	}
	for _, c := range s.Components {
		service.Components = append(service.Components, uptime.ComponentID(c))
	}
	switch s.Composition {
	case "any_of":
		service.Composition = uptime.AnyOf
	case "weighted_mean":
		service.Composition = uptime.WeightedMean
	}
	switch s.Window {
	case config.CalendarYear:
		service.Window.Kind = uptime.CalendarYear
	case config.CalendarMonth, "":
	default:
		service.Window = uptime.Window{Kind: uptime.Rolling, Days: s.Window.Days()}
	}
	if s.Target == "" {
		return service, nil
	}
	target, err := uptime.ParsePercent(string(s.Target))
	service.Target = target
	return service, err
}
