package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

const accountPath = "/console/account"

// accountPage is about the reader: their password and their tokens.
func (s *site) accountPage(c echo.Context) error {
	return s.visit(c).account(http.StatusOK, console.DeskView{}, "", nil, nil)
}

func (v visit) account(status int, view console.DeskView, formID string, typed url.Values, wrong wrongs) error {
	tokens, err := v.People.Tokens(v.ctx(), v.by)
	if err != nil {
		return err
	}
	view.Frame = v.frame("Account", accountPath)
	view.Lede = fmt.Sprintf("You are %s. Your role: %s.", v.by.Name, v.by.Role)
	if view.Done == "" {
		view.Done = v.doneText()
	}
	table := console.Table{Name: "Tokens", Heads: []string{"For", "Role", "Ends", "Do"}, Empty: "You have no tokens."}
	for _, t := range tokens {
		if t.Owner == v.by.ID {
			table.Rows = append(table.Rows, v.tokenRow(t))
		}
	}
	password := console.Form{
		ID: "password", Action: accountPath + "/password", Whose: v.by.Name, Text: "All your other sessions end with the former password.",
		Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Text: "Change the password"}},
		Fields: []console.Field{
			{Name: "current", Label: "Your password as it is", Kind: console.Secret, Needed: true, Fill: "current-password"},
			{Name: "password", Label: "Another password", Kind: console.Secret, Needed: true, Fill: "new-password", Help: "12 to 128 characters."},
			{Name: "again", Label: "The other password again", Kind: console.Secret, Needed: true, Fill: "new-password"},
		},
	}
	token := console.Form{
		ID: "token", Action: accountPath + "/tokens", Heading: "Make a token", Text: "It is told once. A program that has it acts as you, with no more than this role.",
		Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Text: "Make the token"}},
		Fields: []console.Field{
			{Name: "name", Label: "What it is for", Needed: true},
			{Name: "role", Label: "Role", Kind: console.Select, Choices: roleChoices(uptime.Viewer, v.by.Role)},
			{Name: "lifetime", Label: "Good for", Kind: console.Select, Choices: choices("90", "7", "7 days", "30", "30 days", "90", "90 days", "365", "a year")},
		},
	}
	for _, f := range []*console.Form{&password, &token} {
		if f.ID == formID {
			f.Fields, f.Problem = fill(f.Fields, typed, wrong), wrong.rest(namesOf(f.Fields)...)
		}
	}
	view.Sections = []console.Section{
		{Heading: "Your tokens", Table: &table, Forms: []console.Form{token}},
		{Heading: "Your password", Forms: []console.Form{password}},
		{Heading: "This session", Text: "It ends by itself after a time without use.",
			Forms: []console.Form{{ID: "out", Action: signOutPath, Buttons: []console.Button{{Text: "Sign out", Plain: true}}}}},
	}
	show(v.c, status, console.Desk(view))
	return nil
}

func (v visit) tokenRow(t uptime.Token) []console.Cell {
	ends := console.Cell{Time: v.moment(t.ExpiresAt)}
	over := !t.ExpiresAt.IsZero() && !v.now.Before(t.ExpiresAt)
	row := []console.Cell{{Text: t.Name, Note: t.ID}, {Text: t.Role.String()}, ends, {}}
	switch {
	case !t.RevokedAt.IsZero():
		row[2] = console.Cell{Mark: console.Mark{Class: "unk", Shape: "○", Text: "revoked"}, Time: v.moment(t.RevokedAt)}
	case over:
		row[2].Mark = console.Mark{Class: "unk", Shape: "○", Text: "over"}
	default:
		row[3].Form = &console.Form{
			ID: "revoke-" + t.ID, Action: accountPath + "/tokens/" + t.ID + "/revoke",
			Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Text: "Revoke", Plain: true}},
		}
	}
	return row
}

func (s *site) changePassword(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	if sent.Get("password") != sent.Get("again") {
		return v.account(http.StatusUnprocessableEntity, console.DeskView{}, "password", url.Values{}, wrongs{"again": "The two passwords differ."})
	}
	user, err := s.People.ChangePassword(v.ctx(), v.by, sent.Get("current"), sent.Get("password"))
	wrong := faultsOf(err)
	var wait *identity.WaitError
	switch {
	case errors.Is(err, identity.ErrRefused):
		wrong.add("current", "This is not your password")
	case errors.As(err, &wait):
		return busyError{wait.After}
	}
	if len(wrong) > 0 {
		return v.account(http.StatusUnprocessableEntity, console.DeskView{Problem: "Your password is as it was."}, "password", url.Values{}, wrong)
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, user); err != nil {
		return err
	}
	return v.goOn(accountPath, "password")
}

// makeToken makes a token and tells it, this once.
func (s *site) makeToken(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	role, err := uptime.ParseRole(sent.Get("role"))
	if err != nil || role > v.by.Role {
		return v.account(http.StatusUnprocessableEntity, console.DeskView{}, "token", sent, wrongs{"role": "This is no role that you can give."})
	}
	days, err := strconv.Atoi(sent.Get("lifetime"))
	if err != nil || days < 1 || days > 365 {
		return v.account(http.StatusUnprocessableEntity, console.DeskView{}, "token", sent, wrongs{"lifetime": "This is from 1 to 365 days."})
	}
	secret := ""
	again, err := v.pressed(sent, func() (err error) {
		_, secret, err = s.People.NewToken(v.ctx(), v.by, identity.NewToken{Name: sent.Get("name"), Role: role, Lifetime: time.Duration(days) * 24 * time.Hour})
		return err
	})
	if wrong := faultsOf(err); len(wrong) > 0 {
		return v.account(http.StatusUnprocessableEntity, console.DeskView{}, "token", sent, wrong)
	}
	switch {
	case err != nil:
		return err
	case again:
		return v.goOn(accountPath, "already")
	}
	return v.account(http.StatusOK, console.DeskView{Once: secret, OnceText: "The token is made. Copy it now: nobody can read it again."}, "", nil, nil)
}

func (s *site) revokeToken(c echo.Context) error {
	v := s.visit(c)
	return v.simple(accountPath, "revoked", func(url.Values) error { return s.People.Revoke(v.ctx(), v.by, c.Param("id")) })
}
