package app

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// blank is a record in which nothing has happened yet.
type blank struct{}

func (blank) Healths() []uptime.Health { return nil }

func (blank) SegmentsBetween(context.Context, time.Time, time.Time) ([]uptime.Segment, error) {
	return nil, nil
}

func (blank) PublishedIncidents(context.Context, time.Time, time.Time, int) ([]uptime.Incident, error) {
	return nil, nil
}

func (blank) PublishedIncident(context.Context, uptime.IncidentID) (uptime.Incident, error) {
	return uptime.Incident{}, uptime.ErrNotFound
}

func (blank) Statements(context.Context, time.Time, time.Time) ([]uptime.Statement, error) {
	return nil, nil
}

func (blank) DailyRollups(context.Context, uptime.MonitorID, time.Time, time.Time) ([]uptime.Rollup, error) {
	return nil, nil
}

func (blank) PublishedPlans(context.Context, time.Time, time.Time) ([]uptime.Plan, error) {
	return nil, nil
}

func (blank) PublishedPlan(context.Context, uptime.PlanID) (uptime.Plan, error) {
	return uptime.Plan{}, uptime.ErrNotFound
}

func (blank) Proofs(context.Context, map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	return nil, nil
}

// published answers with the pages of a configuration in which nothing has
// happened yet.
func published(t *testing.T, text string) (body func(path string) string) {
	t.Helper()
	page := statuspage.NewPublisher(planOf(t, text).Catalogue, statuspage.Options{
		Live: blank{}, Source: blank{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return november },
	})
	return func(path string) string {
		t.Helper()
		doc, err := page.Document(t.Context(), path)
		if err != nil || doc.Status != 200 {
			t.Fatalf("%s: %v", path, err)
		}
		return string(doc.Body)
	}
}

// words are what a reader reads of a page, with one space between words.
func words(t testing.TB, body string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "style" {
			out.WriteString(node.Data + " ")
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// tells wants the page of a promise to say this, and its list of all promises to
// lead there.
func tells(t *testing.T, id string, says ...string) {
	t.Helper()
	body := published(t, promisesFile)
	if !strings.Contains(body("/commitments"), `href="/commitments/`+id+`"`) {
		t.Errorf("nothing leads to %s", id)
	}
	page := body("/commitments/" + id)
	for _, want := range says {
		if !strings.Contains(page, want) && !strings.Contains(words(t, page), want) {
			t.Errorf("%s does not say %q: %s", id, want, words(t, page))
		}
	}
}

func TestE1ThePageListsEachAnswer(t *testing.T) {
	body := published(t, promisesFile)
	page := body("/commitments")
	read, listed := words(t, page), 0
	for _, c := range planOf(t, promisesFile).Catalogue.Policies[1].Commitments {
		listed++
		if !strings.Contains(page, `<li id="`+string(c.ID)+`"`) || !strings.Contains(read, c.Says) {
			t.Errorf("%s is not listed: %q", c.ID, c.Says)
		}
	}
	if listed != 57 {
		t.Errorf("%d answers", listed)
	}
}

func TestE3TheLabelStandsOnThePage(t *testing.T) {
	body := published(t, promisesFile)
	if page := words(t, body("/commitments")); !strings.Contains(page, "A statement of intent, not a contract.") {
		t.Error("the page does not say that the document is no contract")
	}
	tells(t, "E3", "A statement of intent, not a contract.")
}

// Contacts stand on the page, and can be followed.
func TestE9SupportIsShown(t *testing.T) {
	tells(t, "E9", "Support", "support@example.org", `href="mailto:support@example.org"`)
}

func TestE13WhereToBeginIsShown(t *testing.T) {
	tells(t, "E13", "First contact", `href="mailto:support@example.org"`)
}

func TestE14TheContactForEmergenciesIsShown(t *testing.T) {
	tells(t, "E14", "Emergency support", "1300 975 707", `href="mailto:emergency@example.org"`, "At every hour, for trouble of tier 1")
}

func TestE20WhereTier1IsSentIsShown(t *testing.T) {
	tells(t, "E20", "Tier 1", `href="mailto:support@example.org"`)
}

func TestE24WhereTier2IsSentIsShown(t *testing.T) {
	tells(t, "E24", "Tier 2", `href="mailto:support@example.org"`)
}

func TestE44GuidesAreLinked(t *testing.T) {
	tells(t, "E44", "Guides", `href="https://help.example.org/guides"`)
}

func TestE49AChangeMayCost(t *testing.T) {
	tells(t, "E49", "What a change costs is agreed on before it is made.")
}

func TestE50ThePriceIsShown(t *testing.T) {
	tells(t, "E50", "500 dollars for each person and day. Nothing is charged from this page.")
}

func TestE56TheChiefOperatingOfficerCanBeCalled(t *testing.T) {
	tells(t, "E56", "Chief operating officer", `href="tel:+61255500123"`, `href="mailto:coo@example.org"`, "In an emergency at every hour")
}

// The page says which version holds, since when and who approved it. What began
// before it is shown where work is planned.
func TestI1TheVersionAndItsDateStandOnThePage(t *testing.T) {
	body := published(t, promisesFile)
	const line = "version 2023-2 · in force since 1 Oct 2023 · approved by Chief operating officer"
	if n := strings.Count(words(t, body("/commitments")), line); n != 2 {
		t.Errorf("%q of %d documents, want 2", line, n)
	}
}

const customerSuccess = "../../docs/examples/customer-success.yaml"

// example is the set-up that ships for the document of what platforms for
// employees answer.
func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(customerSuccess)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// components wants these to be components of the example, on its page.
func components(t *testing.T, names ...string) {
	t.Helper()
	text := example(t)
	home := words(t, published(t, text)("/"))
	all := map[string]uptime.Component{}
	for _, c := range planOf(t, text).Catalogue.Components {
		all[c.Name] = c
	}
	for _, name := range names {
		if c, known := all[name]; !known || len(c.Monitors) == 0 || !strings.Contains(home, name) {
			t.Errorf("%s is %+v, or not on the page: %s", name, c, home)
		}
	}
}

func TestE4EachAbilityIsAComponent(t *testing.T) {
	components(t, "Messages", "Documents", "Tasks", "1-1s and job chats", "Anonymous line")
	tells(t, "E4", "a component of this page")
}

// What a part matters to its users decides of which tier its outage is.
func TestE5TheFiveFeaturesAreComponents(t *testing.T) {
	components(t, "My dashboard", "Team dashboard", "1-1s and job chats", "Kudos", "Surveys")
	tiers := map[uptime.Importance]bool{}
	for _, c := range planOf(t, example(t)).Catalogue.Components {
		tiers[c.Importance] = true
	}
	if len(tiers) != 3 {
		t.Errorf("importance %v", tiers)
	}
	tells(t, "E5", "a component of this page")
}
