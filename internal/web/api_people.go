package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

func peopleOperations() []operation {
	row := func(tag, id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: apiPrefix + path, Summary: summary, Tags: []string{tag}}
	}
	created := row("People", "create-user", http.MethodPost, "/users", "Let somebody sign in")
	created.DefaultStatus = http.StatusCreated
	return []operation{
		op(viewer, row("People", "get-me", http.MethodGet, "/me", "Who the token acts as"), getMe),
		op(admin, row("People", "list-users", http.MethodGet, "/users", "Who may sign in"), listUsers),
		op(admin, created, createUser),
		op(admin, row("People", "change-user", http.MethodPatch, "/users/{id}", "Change somebody's role or password, or whether they may sign in"), changeUser),
		// None is made here: a token that leaked would outlive itself.
		op(viewer, row("Tokens", "list-tokens", http.MethodGet, "/tokens", "The token that asks; an administrator's lists all"), listTokens),
		op(viewer, row("Tokens", "revoke-token", http.MethodDelete, "/tokens/{id}", "End the token that asks; an administrator's ends any"), revokeToken),
		op(admin, row("Audit log", "list-audit", http.MethodGet, "/audit", "What people and tokens did"), listAudit),
		op(admin, row("Audit log", "check-audit", http.MethodGet, "/audit/check", "Whether the log is whole"), checkAudit),
	}
}

type meAnswer struct {
	Body struct {
		Kind string `json:"kind" enum:"token"`
		ID   string `json:"id"`
		Name string `json:"name"`
		Role string `json:"role" enum:"viewer,responder,publisher,admin"`
	}
}

func getMe(ctx context.Context, _ *site, _ *struct{}) (*meAnswer, error) {
	who, _ := actorOf(ctx)
	out := &meAnswer{}
	out.Body.Kind, out.Body.ID, out.Body.Name, out.Body.Role = who.Kind, who.ID, who.Name, who.Role.String()
	return out, nil
}

type userBody struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Role      string    `json:"role" enum:"viewer,responder,publisher,admin"`
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`
}

func showUser(u uptime.User) userBody {
	return userBody{u.ID, u.Name, u.Role.String(), u.Disabled, u.CreatedAt.UTC()}
}

type userList struct {
	Body struct {
		Items []userBody `json:"items" nullable:"false"`
	}
}

func listUsers(ctx context.Context, s *site, _ *struct{}) (*userList, error) {
	by, _ := actorOf(ctx)
	found, err := s.People.Users(ctx, by)
	out := &userList{}
	out.Body.Items = []userBody{}
	for _, u := range found {
		out.Body.Items = append(out.Body.Items, showUser(u))
	}
	return out, err
}

type oneUser struct{ Body userBody }

type createUserInput struct {
	Body struct {
		Name     string `json:"name" doc:"What they sign in with."`
		Role     string `json:"role" enum:"viewer,responder,publisher,admin"`
		Password string `json:"password" doc:"12 to 128 characters."`
	}
}

func createUser(ctx context.Context, s *site, in *createUserInput) (*oneUser, error) {
	by, _ := actorOf(ctx)
	role, err := uptime.ParseRole(in.Body.Role)
	if err != nil {
		return nil, err
	}
	u, err := s.People.CreateUser(ctx, by, identity.NewUser{Name: in.Body.Name, Role: role, Password: in.Body.Password})
	if errors.Is(err, uptime.ErrConflict) {
		err = refusal{http.StatusConflict, "Somebody has this name already. Choose another one."}
	}
	return &oneUser{showUser(u)}, err
}

type changeUserInput struct {
	ID   string `path:"id"`
	Body struct {
		Role     string `json:"role,omitempty" enum:"viewer,responder,publisher,admin"`
		Password string `json:"password,omitempty" doc:"Ends every session of theirs."`
		Disabled *bool  `json:"disabled,omitempty" doc:"true: they cannot sign in, and their tokens do not work."`
	}
}

// changeUser makes one change after the other; the first that is refused ends
// it, and its reason is the answer.
func changeUser(ctx context.Context, s *site, in *changeUserInput) (*oneUser, error) {
	by, _ := actorOf(ctx)
	var steps []func() error
	if in.Body.Role != "" {
		role, err := uptime.ParseRole(in.Body.Role)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() error { return s.People.SetRole(ctx, by, in.ID, role) })
	}
	if in.Body.Password != "" {
		steps = append(steps, func() error { return s.People.SetPassword(ctx, by, in.ID, in.Body.Password) })
	}
	if d := in.Body.Disabled; d != nil && *d {
		steps = append(steps, func() error { return s.People.Disable(ctx, by, in.ID) })
	} else if d != nil {
		steps = append(steps, func() error { return s.People.Enable(ctx, by, in.ID) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	all, err := s.People.Users(ctx, by)
	for _, u := range all {
		if u.ID == in.ID {
			return &oneUser{showUser(u)}, nil
		}
	}
	return nil, errors.Join(err, uptime.ErrNotFound)
}

type tokenBody struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role" enum:"viewer,responder,publisher,admin"`
	Owner     string     `json:"owner" doc:"The person's id."`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
}

func showToken(t uptime.Token) tokenBody {
	return tokenBody{
		ID: t.ID, Name: t.Name, Role: t.Role.String(), Owner: t.Owner,
		CreatedAt: t.CreatedAt.UTC(), ExpiresAt: instant(t.ExpiresAt), RevokedAt: instant(t.RevokedAt),
	}
}

type tokenList struct {
	Body struct {
		Items []tokenBody `json:"items" nullable:"false"`
	}
}

func listTokens(ctx context.Context, s *site, _ *struct{}) (*tokenList, error) {
	by, _ := actorOf(ctx)
	found, err := s.People.Tokens(ctx, by)
	out := &tokenList{}
	out.Body.Items = []tokenBody{}
	for _, t := range found {
		out.Body.Items = append(out.Body.Items, showToken(t))
	}
	return out, err
}

func revokeToken(ctx context.Context, s *site, in *struct {
	ID string `path:"id"`
}) (*struct{}, error) {
	by, _ := actorOf(ctx)
	return nil, s.People.Revoke(ctx, by, in.ID)
}

type auditBody struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor" doc:"The name."`
	Kind    string    `json:"actor_kind" doc:"user, token, setup, command, subscriber or system."`
	ActorID string    `json:"actor_id,omitempty"`
	Role    string    `json:"actor_role,omitempty"`
	Address string    `json:"address,omitempty" doc:"The client's IP address."`
	Action  string    `json:"action"`
	Object  string    `json:"object,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	Prev    string    `json:"prev" doc:"Hash of the entry before."`
	Hash    string    `json:"hash"`
}

func listAudit(ctx context.Context, s *site, in *Cursor) (*list[auditBody], error) {
	found, err := s.Records.Audit(ctx, in.more())
	if err != nil {
		return nil, in.lost(err)
	}
	return pageOf(found, in.Limit, func(e uptime.AuditEntry) (auditBody, string) {
		return auditBody{
			e.Seq, e.At.UTC(), e.Actor.Name, e.Actor.Kind, e.Actor.ID, e.Actor.Role.String(), e.Actor.Address,
			e.Action, e.Object, e.Detail, e.Prev, e.Hash,
		}, strconv.FormatInt(e.Seq, 10)
	}), nil
}

type auditAnswer struct {
	Body struct {
		Whole   bool   `json:"whole"`
		Entries int64  `json:"entries"`
		Head    string `json:"head" doc:"Hash of the last entry: note it, and compare later."`
		Broken  int64  `json:"broken,omitempty" doc:"The first entry that does not fit."`
		Problem string `json:"problem,omitempty"`
	}
}

func checkAudit(ctx context.Context, s *site, _ *struct{}) (*auditAnswer, error) {
	check, err := s.Records.VerifyAudit(ctx)
	out := &auditAnswer{}
	b := &out.Body
	b.Whole, b.Entries, b.Head, b.Broken, b.Problem = check.Broken == 0, check.Entries, check.Head, check.Broken, check.Problem
	return out, err
}
