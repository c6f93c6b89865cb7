package app

import (
	"testing"
	"time"

	"github.com/upheld/upheld/internal/config"
)

// One look of a monitor that goes by alerts is enough, and an incident has the
// tier of the most important component.
func TestAlertsAreHandedOver(t *testing.T) {
	file, err := config.Parse("upheld.yaml", []byte(`components:
  - {name: Shop, importance: critical, monitors: [{type: alertmanager, match: {service: shop}}]}
  - {name: Blog, importance: non_essential, monitors: [{type: alertmanager, match: {service: blog}, interval: 1m, confirm: {failures: 2}}]}
alertmanager:
  incidents:
    - {name: both, match: {team: [a, b]}, components: [blog, shop]}
    - {name: blog, match: {team: c}, components: [blog], publish: true}
`), Kinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(file, newEnvironment(&jobs{}))
	if err != nil {
		t.Fatal(err)
	}
	shop, blog := plan.Watches[0], plan.Watches[1]
	if m := shop.Monitor; m.Interval != 30*time.Second || m.Grace != 15*time.Second || m.Confirm.Failures != 1 || m.Confirm.Successes != 1 {
		t.Errorf("%+v", m)
	}
	if m := blog.Monitor; m.Interval != time.Minute || m.Confirm.Failures != 2 || !blog.Match.Matches(map[string]string{"service": "blog"}) {
		t.Errorf("%+v", blog)
	}
	rules := plan.Catalogue.AlertRules
	if len(rules) != 2 || rules[0].Tier != 1 || rules[0].Publish || rules[1].Tier != 3 || !rules[1].Publish || !rules[0].Match.Matches(map[string]string{"team": "b"}) {
		t.Errorf("%+v", rules)
	}
	if !plan.Catalogue.Watchdog.Matches(map[string]string{"alertname": "Watchdog"}) {
		t.Errorf("%+v", plan.Catalogue.Watchdog)
	}
}
