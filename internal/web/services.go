package web

import (
	"context"
	"time"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

// Identity says who somebody is. Its errors are those of package identity.
type Identity interface {
	SignIn(ctx context.Context, name, password, address string) (uptime.User, error)
	SignOut(ctx context.Context, by uptime.Actor) error
	// Resume is the person of a session that began in an epoch of theirs.
	Resume(ctx context.Context, id string, epoch int64) (uptime.User, error)
	// Authenticate is who acts with an API token.
	Authenticate(ctx context.Context, secret, address string) (uptime.Actor, error)
	// SetUpWaiting tells whether the first administrator may begin, and whether
	// the time for it ran out.
	SetUpWaiting() (waiting, over bool)
	SetUp(ctx context.Context, secret, name, password, address string) (uptime.User, error)
}

// People are who may sign in, and their tokens.
type People interface {
	Users(ctx context.Context, by uptime.Actor) ([]uptime.User, error)
	CreateUser(ctx context.Context, by uptime.Actor, n identity.NewUser) (uptime.User, error)
	SetPassword(ctx context.Context, by uptime.Actor, id, password string) error
	ChangePassword(ctx context.Context, by uptime.Actor, current, next string) (uptime.User, error)
	SetRole(ctx context.Context, by uptime.Actor, id string, role uptime.Role) error
	Disable(ctx context.Context, by uptime.Actor, id string) error
	Enable(ctx context.Context, by uptime.Actor, id string) error

	Tokens(ctx context.Context, by uptime.Actor) ([]uptime.Token, error)
	NewToken(ctx context.Context, by uptime.Actor, n identity.NewToken) (uptime.Token, string, error)
	Revoke(ctx context.Context, by uptime.Actor, id string) error
}

// Sessions keeps what a browser's cookie stands for, by the SHA-256 of the
// cookie: whoever reads the database can sign in with nothing that is in it.
type Sessions interface {
	// FindSession is what was kept; not found is one that expired as well.
	FindSession(ctx context.Context, hash string) (data []byte, found bool, err error)
	// CommitSession keeps it until it expires, over what was kept before.
	CommitSession(ctx context.Context, hash string, data []byte, expires time.Time) error
	// DeleteSession forgets it, if it is there.
	DeleteSession(ctx context.Context, hash string) error
}
