package web

import (
	"context"
	"time"

	"github.com/upheld/upheld/incidents"
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

// Planner runs planned work and changes (*incidents.Planner). Each method but
// the questions makes one change. expect is the version that the caller saw, 0
// for any.
type Planner interface {
	Announce(ctx context.Context, by uptime.Actor, w incidents.Work, once *uptime.Once) (uptime.Plan, error)
	Publish(ctx context.Context, by uptime.Actor, id uptime.PlanID, override string, expect int64, once *uptime.Once) (uptime.Plan, error)
	// Redraft writes a draft anew, all of it.
	Redraft(ctx context.Context, by uptime.Actor, id uptime.PlanID, w incidents.Work, expect int64) (uptime.Plan, error)
	Revise(ctx context.Context, by uptime.Actor, id uptime.PlanID, m incidents.Move, expect int64, once *uptime.Once) (uptime.Plan, error)
	Cancel(ctx context.Context, by uptime.Actor, id uptime.PlanID, reason string, expect int64, once *uptime.Once) (uptime.Plan, error)
	Say(ctx context.Context, by uptime.Actor, id uptime.PlanID, phase uptime.PlanPhase, body string, silent bool, expect int64, once *uptime.Once) (uptime.Plan, error)
	Finish(ctx context.Context, by uptime.Actor, id uptime.PlanID, body string, expect int64, once *uptime.Once) (uptime.Plan, error)
	Discard(ctx context.Context, by uptime.Actor, id uptime.PlanID, expect int64) (uptime.Plan, error)
	// Ask answers what announcing the work would mean. It writes nothing.
	Ask(ctx context.Context, by uptime.Actor, w incidents.Work) (incidents.Answer, error)
	AskMove(ctx context.Context, by uptime.Actor, id uptime.PlanID, m incidents.Move) (incidents.Answer, error)
	Repeat(ctx context.Context, by uptime.Actor, series uptime.Series, once *uptime.Once) (uptime.Series, error)
	StopSeries(ctx context.Context, by uptime.Actor, id uptime.SeriesID, expect int64) (uptime.Series, error)
}

// Plans is the record of plans and promises, drafts included (*store.DB).
type Plans interface {
	Plan(ctx context.Context, id uptime.PlanID) (uptime.Plan, error)
	OpenPlans(ctx context.Context) ([]uptime.Plan, error)
	FindPlans(ctx context.Context, f uptime.PlanFilter, c uptime.Cursor) ([]uptime.Plan, error)
	Series(ctx context.Context) ([]uptime.Series, error)
	// Proofs are what the ledger knows of the notices of plans, oldest first.
	Proofs(ctx context.Context, cutoffs map[uptime.PlanID]time.Time) ([]uptime.Proof, error)
	Receipts(ctx context.Context, plan uptime.PlanID) ([]uptime.Receipt, error)
	PolicyVersions(ctx context.Context) ([]uptime.PolicyVersion, error)
}

// Register keeps what follows from promises (*register.Service).
type Register interface {
	AddEvidence(ctx context.Context, by uptime.Actor, e uptime.Evidence, once *uptime.Once) (uptime.Evidence, error)
	WithdrawEvidence(ctx context.Context, by uptime.Actor, id string) error
	Evidence(ctx context.Context) ([]uptime.Evidence, error) // that stands
	CloseEntry(ctx context.Context, by uptime.Actor, id, outcome string, expect int64) (uptime.NonCompliance, error)
	Entries(ctx context.Context) ([]uptime.NonCompliance, error)
}

// Standings is how the promises stand, from memory (*statuspage.Publisher).
type Standings interface {
	Register() []uptime.Standing
	Burns() []uptime.Burn
	Findings() []uptime.Finding
}
