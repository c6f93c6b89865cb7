package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/upheld/upheld/internal/uptime"
)

const nameLongest = 64 // characters

// normalName writes a name in the one way (Unicode NFC, no space around it).
func normalName(name string) string { return norm.NFC.String(strings.TrimSpace(name)) }

// checkName refuses what cannot be told from another name where it is read.
func checkName(name string) error {
	wrong := func(text string) error { return &RuleError{"name", text} }
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return wrong("The name is empty.")
	case n > nameLongest:
		return wrong("The name is longer than 64 characters.")
	case !utf8.ValidString(name):
		return wrong("The name holds bytes that are no characters.")
	}
	for _, r := range name {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' {
			return wrong("The name holds a character that cannot be seen.")
		}
	}
	return nil
}

// possibleName tells whether somebody could have this name.
func possibleName(name string) bool { return checkName(name) == nil }

func checkRole(role uptime.Role) error {
	if role < uptime.Viewer || role > uptime.Admin {
		return &RuleError{"role", "Choose a role: viewer, responder, publisher or admin."}
	}
	return nil
}

// NewUser is a person who shall be able to sign in.
type NewUser struct {
	Name     string // 1 to 64 characters
	Role     uptime.Role
	Password string // 12 to 128 characters
}

// CreateUser adds a person. Only an administrator may. A [RuleError] says what
// is wrong with the name, the role or the password; uptime.ErrConflict: the name
// is taken.
func (s *Service) CreateUser(ctx context.Context, by uptime.Actor, n NewUser) (uptime.User, error) {
	if err := administered(by); err != nil {
		return uptime.User{}, err
	}
	user, err := s.makeUser(ctx, n)
	if err != nil {
		return uptime.User{}, err
	}
	changes := uptime.Changes{Users: []uptime.UserChange{{User: user, New: true}}}
	err = s.apply(ctx, changes, by, "user.create", user.ID, user.Name+" as "+user.Role.String())
	return user, err
}

// makeUser checks what a person shall be and hashes their password.
func (s *Service) makeUser(ctx context.Context, n NewUser) (uptime.User, error) {
	n.Name, n.Password = normalName(n.Name), normalPassword(n.Password)
	if err := errors.Join(checkName(n.Name), checkRole(n.Role)); err != nil {
		return uptime.User{}, err
	}
	hash, err := s.hashNew(ctx, n.Password, n.Name)
	return uptime.User{
		ID: newID(), Name: n.Name, Role: n.Role, PasswordHash: hash, Epoch: 1, CreatedAt: s.now().UTC(),
	}, err
}

// Users are all people, without their password hashes. Only an administrator
// may read them.
func (s *Service) Users(ctx context.Context, by uptime.Actor) ([]uptime.User, error) {
	if err := administered(by); err != nil {
		return nil, err
	}
	users, err := s.records.Users(ctx)
	users = slices.Clone(users)
	for i := range users {
		users[i].PasswordHash = ""
	}
	return users, err
}

// SetRole gives a person another role. Their sessions end. ErrLastAdmin: nobody
// else could administer anything.
func (s *Service) SetRole(ctx context.Context, by uptime.Actor, id string, role uptime.Role) error {
	if err := errors.Join(administered(by), checkRole(role)); err != nil {
		return err
	}
	_, err := s.change(ctx, by, id, "user.role", func(u *uptime.User) (string, error) {
		before := u.Role
		u.Role = role
		return before.String() + " becomes " + role.String(), nil
	})
	return err
}

// Disable keeps a person from signing in, and ends their sessions and tokens at
// once. ErrLastAdmin: nobody else could administer anything.
func (s *Service) Disable(ctx context.Context, by uptime.Actor, id string) error {
	return s.setDisabled(ctx, by, id, true)
}

// Enable lets a person sign in again. Their tokens work again as well, unless
// they were revoked.
func (s *Service) Enable(ctx context.Context, by uptime.Actor, id string) error {
	return s.setDisabled(ctx, by, id, false)
}

func (s *Service) setDisabled(ctx context.Context, by uptime.Actor, id string, disabled bool) error {
	if err := administered(by); err != nil {
		return err
	}
	action := "user.enable"
	if disabled {
		action = "user.disable"
	}
	_, err := s.change(ctx, by, id, action, func(u *uptime.User) (string, error) {
		u.Disabled = disabled
		return "", nil
	})
	return err
}

// change alters a person and raises their epoch. What changes nothing is not
// written down.
func (s *Service) change(
	ctx context.Context, by uptime.Actor, id, action string, alter func(*uptime.User) (detail string, err error),
) (uptime.User, error) {
	s.changes.Lock()
	defer s.changes.Unlock()
	user, err := s.records.User(ctx, id)
	if err != nil {
		return uptime.User{}, err
	}
	before := user
	detail, err := alter(&user)
	if err != nil || user == before {
		return user, err
	}
	if administers(before) && !administers(user) {
		if err := s.keepsAnAdmin(ctx, id); err != nil {
			return uptime.User{}, err
		}
	}
	user.Epoch++
	err = s.apply(ctx, uptime.Changes{Users: []uptime.UserChange{{User: user}}}, by, action, id, detail)
	return user, err
}

func administers(u uptime.User) bool { return u.Role == uptime.Admin && !u.Disabled }

// keepsAnAdmin tells whether somebody administers beside this person.
func (s *Service) keepsAnAdmin(ctx context.Context, without string) error {
	users, err := s.records.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.ID != without && administers(u) {
			return nil
		}
	}
	return ErrLastAdmin
}
