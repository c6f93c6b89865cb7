package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

const peoplePath = "/console/people"

func roleChoices(chosen uptime.Role, most uptime.Role) (out []console.Choice) {
	for role := uptime.Viewer; role <= most; role++ {
		out = append(out, console.Choice{Value: role.String(), Text: role.String(), Chosen: role == chosen})
	}
	return out
}

// peoplePage lists who may sign in.
func (s *site) peoplePage(c echo.Context) error {
	return s.visit(c).people(http.StatusOK, "", nil, nil)
}

func (v visit) people(status int, problem string, typed url.Values, wrong wrongs) error {
	all, err := v.People.Users(v.ctx(), v.by)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b uptime.User) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	table := console.Table{Name: "People", Heads: []string{"Name", "Role", "Since", "Change"}}
	for _, u := range all {
		table.Rows = append(table.Rows, v.personRow(u))
	}
	fresh := console.Form{
		ID: "new", Action: peoplePath, Heading: "Let somebody sign in", Problem: wrong.rest("name", "role", "password"),
		Text:   "Tell them the password in person; they change it in their account.",
		Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Text: "Add"}},
		Fields: fill([]console.Field{
			{Name: "name", Label: "Name", Needed: true},
			{Name: "role", Label: "Role", Kind: console.Select, Choices: roleChoices(uptime.Viewer, uptime.Admin)},
			{Name: "password", Label: "Password", Kind: console.Secret, Needed: true, Fill: "new-password", Help: "12 to 128 characters."},
		}, typed, wrong),
	}
	show(v.c, status, console.Desk(console.DeskView{
		Frame: v.frame("People", peoplePath), Done: v.doneText(), Problem: problem,
		Lede:     "A viewer reads; a responder writes drafts; a publisher decides what the public sees and is told; an admin keeps people, subscribers and channels.",
		Sections: []console.Section{{Table: &table}, {Forms: []console.Form{fresh}}},
	}))
	return nil
}

func (v visit) personRow(u uptime.User) []console.Cell {
	name := console.Cell{Text: u.Name}
	if u.ID == v.by.ID {
		name.Note = "you"
	}
	off := console.Button{Name: "do", Value: "disable", Text: "Keep from signing in", Plain: true, Unchecked: true}
	if u.Disabled {
		name.Mark = console.Mark{Class: "down", Shape: "■", Text: "cannot sign in"}
		off = console.Button{Name: "do", Value: "enable", Text: "Let sign in again", Plain: true, Unchecked: true}
	}
	return []console.Cell{name, {Text: u.Role.String()}, {Time: v.moment(u.CreatedAt)}, {Form: &console.Form{
		ID: "change-" + u.ID, Action: peoplePath + "/" + u.ID, Heading: "Change", Folded: true, Hidden: []console.Hidden{onceKey()}, Whose: u.Name,
		Text: "Another role or password ends their sessions.",
		Fields: []console.Field{
			{Name: "role", Label: "Role", Kind: console.Select, Choices: roleChoices(u.Role, uptime.Admin)},
			{Name: "password", Label: "Another password", Kind: console.Secret, Fill: "new-password", Help: "Empty: as it is."},
		},
		Buttons: []console.Button{{Name: "do", Value: "change", Text: "Change"}, off},
	}}}
}

func (s *site) addPerson(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	role, err := uptime.ParseRole(sent.Get("role"))
	if err != nil {
		return v.people(http.StatusUnprocessableEntity, "", sent, wrongs{"role": "This is no role."})
	}
	again, err := v.pressed(sent, func() error {
		_, err := s.People.CreateUser(v.ctx(), v.by, identity.NewUser{Name: sent.Get("name"), Role: role, Password: sent.Get("password")})
		return err
	})
	wrong := faultsOf(err)
	if errors.Is(err, uptime.ErrConflict) {
		wrong.add("name", "This name is taken")
	}
	switch {
	case len(wrong) > 0:
		return v.people(http.StatusUnprocessableEntity, "Nobody was added.", sent, wrong)
	case err != nil:
		return err
	case again:
		return v.goOn(peoplePath, "already")
	}
	return v.goOn(peoplePath, "person")
}

// changePerson changes what is asked for and differs.
func (s *site) changePerson(c echo.Context) error {
	v, id := s.visit(c), c.Param("id")
	return v.simple(peoplePath, "changed", func(sent url.Values) error {
		switch sent.Get("do") {
		case "disable":
			return s.People.Disable(v.ctx(), v.by, id)
		case "enable":
			return s.People.Enable(v.ctx(), v.by, id)
		}
		role, err := uptime.ParseRole(sent.Get("role"))
		if err != nil {
			return refusal{http.StatusUnprocessableEntity, "This is no role. Go back and choose one."}
		}
		now, err := s.Records.User(v.ctx(), id)
		if err != nil {
			return err
		}
		if password := sent.Get("password"); password != "" {
			if err := s.People.SetPassword(v.ctx(), v.by, id, password); err != nil {
				return err
			}
		}
		if now.Role != role {
			return s.People.SetRole(v.ctx(), v.by, id, role)
		}
		return nil
	})
}
