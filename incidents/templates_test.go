package incidents

import (
	"errors"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

func TestTemplatesAreSavedReplacedAndDeleted(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	made, err := d.SaveTemplate(ctx, editor, uptime.Template{
		Name: "Outage ", Title: "We are down", Phase: uptime.Investigating, Impact: uptime.ImpactMajor, Body: "We look.\r\n",
	})
	if err != nil || made.ID == "" || made.Name != "Outage" || made.Body != "We look." {
		t.Fatalf("%+v, %v", made, err)
	}
	made.Body = "We still look."
	if _, err := d.SaveTemplate(ctx, editor, made); err != nil || d.ledger.templates[made.ID].Body != made.Body {
		t.Errorf("%+v, %v", d.ledger.templates, err)
	}
	_, err = d.SaveTemplate(ctx, editor, uptime.Template{Name: "OUTAGE"})
	faulty(t, err, "name")
	_, err = d.SaveTemplate(ctx, editor, uptime.Template{Title: "a\nb", Phase: "x", Impact: "x", Body: strings.Repeat("x", MaxBody+1)})
	faulty(t, err, "name", "title", "phase", "impact", "body")
	_, err = d.SaveTemplate(ctx, editor, uptime.Template{Name: "y", Phase: uptime.PostmortemOut})
	faulty(t, err, "phase")
	if _, err := d.SaveTemplate(ctx, editor, uptime.Template{ID: "absent", Name: "y"}); !errors.Is(err, uptime.ErrNotFound) {
		t.Error(err)
	}
	if err := d.DeleteTemplate(ctx, editor, made.ID); err != nil || len(d.ledger.templates) != 0 {
		t.Errorf("%v, %v", err, d.ledger.templates)
	}
	if err := d.DeleteTemplate(ctx, editor, made.ID); !errors.Is(err, uptime.ErrNotFound) {
		t.Error(err)
	}
	if n := len(d.ledger.audit); n != 3 || d.ledger.audit[2].Action != "template.delete" || d.ledger.audit[0].Action != "template.save" {
		t.Errorf("audit %+v", d.ledger.audit)
	}
}
