package app

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// A database that has the text of a shipped document on record, under the number
// that it then had, is no hindrance to a newer program with another text: that is
// a version of its own, and what was promised until then stays readable.
func TestAnOlderTextOfAShippedDocumentOnRecordIsNoHindrance(t *testing.T) {
	set := "page: {time_zone: UTC}\ncomponents:" + quick("Web", "http://127.0.0.1:1")
	u := begin(t, set)
	var older []uptime.PolicyVersion
	for _, name := range config.Profiles() {
		text, _ := config.Profile(name)
		old := regexp.MustCompile(`number: "[^"]*", effective_from: [0-9-]*`).ReplaceAllString(string(text), `number: "2023-1", effective_from: 2023-09-01`)
		old = strings.ReplaceAll(old, "    calendar: 24x7\n", "")
		older = append(older, uptime.PolicyVersion{
			Policy: uptime.PolicyID(name), Number: "2023-1", Title: name, EffectiveFrom: time.Date(2023, 9, 1, 0, 0, 0, 0, time.UTC),
			ApprovedBy: "The board", Digest: "of the old text", Text: old,
		})
	}
	if err := u.register.Learn(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	u.stop()
	u.write(strings.Replace(set, "components:", "policy: ["+strings.Join(config.Profiles(), ", ")+"]\ncomponents:", 1))
	u.start()
	kept, err := u.db.PolicyVersions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != 2*len(older) {
		t.Errorf("%d versions on record, want the old and the new of each of %d documents", len(kept), len(older))
	}
	for _, policy := range u.catalogueInForce().Policies {
		if now, _ := versionAt(kept, policy.ID, u.now()); policy.Number == "2023-1" || now.Number != policy.Number {
			t.Errorf("of %s version %s is in force, and %s is the newest on record", policy.ID, policy.Number, now.Number)
		}
	}
}
