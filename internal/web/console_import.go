package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// carried is the number of bytes of a file that go from the dry run to the
// import by themselves. A longer one is chosen again.
const carried = 1 << 20

// importForm takes in a list of confirmed subscribers.
func importForm(typed url.Values, wrong wrongs) console.Form {
	f := console.Form{
		ID: "import", Action: subscribersPath + "/import", Heading: "Import a list", Folded: true, Upload: true,
		Text: "A CSV file with the column email, and components, kinds, state, confirmed_at if you like. It is looked at first: nothing is changed before you have seen what would happen.",
		Fields: fill([]console.Field{
			{Name: "file", Label: "The file", Kind: console.File, Help: "At most 20 MB."},
			{Name: "csv", Label: "Or its lines", Kind: console.Area},
			{Name: "consent", Label: "How they all said yes", Needed: true, Help: "One line, for the audit log."},
			{Name: "skip", Label: "Leave lines out that are wrong", Kind: console.Tick, Value: "yes"},
		}, typed, wrong),
		Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Name: "do", Value: "check", Text: "Look at it"}},
	}
	return f
}

// importSubscribers looks at a file, or takes it in.
func (s *site) importSubscribers(c echo.Context) error {
	v := s.visit(c)
	sent, text, err := upload(c)
	if err != nil {
		return err
	}
	dry := sent.Get("do") != "import"
	how := subscribers.Import{Consent: sent.Get("consent"), DryRun: dry, SkipInvalid: sent.Get("skip") != ""}
	if dry && strings.TrimSpace(how.Consent) == "" {
		return v.imported(http.StatusUnprocessableEntity, subscribers.Report{}, "", sent, wrongs{"consent": "This is empty: say in one line how they agreed."})
	}
	var report subscribers.Report
	run := func() (err error) {
		report, err = s.SubscriberList.Import(v.ctx(), v.by, strings.NewReader(text), how)
		return err
	}
	again := false
	if dry {
		err = run()
	} else {
		again, err = v.pressed(sent, run)
	}
	wrong := faultsOf(err)
	switch {
	case len(wrong) > 0:
		return v.imported(http.StatusUnprocessableEntity, report, text, sent, wrong)
	case err != nil:
		return err
	case again:
		return v.goOn(subscribersPath, "already")
	case report.Applied:
		return v.goOn(subscribersPath, "added")
	}
	return v.imported(http.StatusOK, report, text, sent, nil)
}

// upload reads the form of an import, whichever way it was sent.
func upload(c echo.Context) (sent url.Values, text string, err error) {
	r := c.Request()
	if mediaType(r) != typeMultipart {
		sent, err = form(c)
		return sent, sent.Get("csv"), err
	}
	if err := r.ParseMultipartForm(importBody); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, "", tooLarge
		}
		return nil, "", refusal{http.StatusBadRequest, "The form cannot be read; send it again."}
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // what was kept on the disk, if anything
	sent = url.Values(r.MultipartForm.Value)
	text = sent.Get("csv")
	if files := r.MultipartForm.File["file"]; len(files) > 0 && files[0].Size > 0 {
		file, err := files[0].Open()
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = file.Close() }()
		whole, err := io.ReadAll(file)
		if err != nil {
			return nil, "", err
		}
		text = string(whole)
	}
	return sent, text, nil
}

// imported shows what a dry run came to.
func (v visit) imported(status int, r subscribers.Report, text string, sent url.Values, wrong wrongs) error {
	view := console.DeskView{Frame: v.frame("Import of subscribers", subscribersPath)}
	typed := url.Values{"consent": sent["consent"], "skip": sent["skip"], "csv": sent["csv"]}
	if len(wrong) > 0 {
		view.Problem = "Nothing was imported. " + wrong.rest("consent", "csv", "file")
	} else {
		view.Lede = fmt.Sprintf("Nothing was changed yet. Of %s, %d would be added; %d are on the list already, %d are repeated, %d are left out on purpose, %d are wrong.",
			uptime.Count(r.Lines, "line"), r.Added, r.Known, r.Repeated, r.Passed, r.Invalid)
		view.Sections = append(view.Sections, v.problems(r))
	}
	if r.Added > 0 && len(wrong) == 0 {
		confirm := console.Form{
			ID: "confirm", Action: subscribersPath + "/import", Upload: true,
			Hidden:  []console.Hidden{onceKey(), {Name: "consent", Value: sent.Get("consent")}, {Name: "skip", Value: sent.Get("skip")}},
			Buttons: []console.Button{{Name: "do", Value: "import", Text: "Add " + uptime.Count(r.Added, "subscriber")}},
		}
		if len(text) <= carried {
			confirm.Hidden = append(confirm.Hidden, console.Hidden{Name: "csv", Value: text})
		} else {
			confirm.Fields = []console.Field{{Name: "file", Label: "Choose the file again: it is too large to be kept in this page", Kind: console.File, Needed: true}}
		}
		view.Sections = append(view.Sections, console.Section{Forms: []console.Form{confirm}})
	}
	again := importForm(typed, wrong)
	again.Heading, again.Folded = "Look at another file", len(wrong) == 0
	view.Sections = append(view.Sections, console.Section{Forms: []console.Form{again}})
	show(v.c, status, console.Desk(view))
	return nil
}

func (v visit) problems(r subscribers.Report) console.Section {
	table := console.Table{Name: "Lines", Heads: []string{"Line", "Column", "What", "Why"}, Empty: "No line is wrong."}
	for _, p := range r.Problems {
		table.Rows = append(table.Rows, []console.Cell{
			{Text: fmt.Sprint(p.Line)}, {Text: fmt.Sprint(p.Column), Note: p.Field}, {Text: word(p.Kind)}, {Text: p.Text},
		})
	}
	out := console.Section{Heading: "Line by line", Table: &table}
	if len(r.Ignored) > 0 {
		out.Text = "Columns that are not read: " + strings.Join(r.Ignored, ", ") + "."
	}
	return out
}
