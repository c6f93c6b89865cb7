package uptime

import (
	"fmt"
	"time"
)

// Role is what a person or a token may do. Each may all that those before it
// may.
type Role uint8

// The roles, least first. The zero value may nothing.
const (
	NoRole    Role = iota
	Viewer         // reads the console, drafts and the ledger
	Responder      // writes drafts and acknowledges
	Publisher      // decides what the public sees and is told
	Admin          // people, tokens, subscribers, channels, the audit log
)

var roleNames = [...]string{"", "viewer", "responder", "publisher", "admin"}

// String is the role's name in the API and the database.
func (r Role) String() string { return roleNames[r] }

// ParseRole reads a name that String wrote; the empty one is none.
func ParseRole(name string) (Role, error) {
	for i, n := range roleNames {
		if n == name && n != "" {
			return Role(i), nil
		}
	}
	return NoRole, fmt.Errorf("unknown role %q; use viewer, responder, publisher or admin", name)
}

// User is a person who can sign in.
type User struct {
	ID           string
	Name         string // what they sign in with: 1 to 64 characters, unique without regard to case
	Role         Role
	PasswordHash string // argon2id, PHC string; never leaves the program
	// Epoch counts what ends every session: a new password, disabling. A session
	// remembers the one that it began in.
	Epoch     int64
	Disabled  bool
	CreatedAt time.Time
}

// UserChange is a user as they shall be.
type UserChange struct {
	User User
	New  bool // they must not exist yet, and no other of that name: else ErrConflict
	// First: no user at all may exist yet, else ErrConflict. It makes a set-up
	// token die with its first use.
	First bool
}

// Token is a secret that a program signs in with. Only its hash is kept.
type Token struct {
	ID        string
	Name      string // what it is for
	Hash      string // SHA-256 of the secret, in hex
	Role      Role   // never more than its owner's at the time of use
	Owner     string // user's id
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time // zero: in force
}

// Actor is who did something.
type Actor struct {
	Kind    string // "user", "token", "setup", "command", "subscriber" or "system"
	ID      string
	Name    string
	Role    Role
	Address string // the client's IP address; empty: none
}

// AuditEntry is one thing that somebody did. Entries are chained: Hash covers
// the entry and Prev, which is the hash of the one before, so that none can be
// changed or taken out unseen.
type AuditEntry struct {
	Seq    int64 // from 1, without a gap
	At     time.Time
	Actor  Actor
	Action string // such as "incident.publish"
	Object string // id of what it was done to
	Detail string // one line: what changed; never a secret, never a subscriber's address
	Prev   string // hex; of the first one empty
	Hash   string // hex
}

// AuditCheck is what checking the chain came to.
type AuditCheck struct {
	Entries int64
	Head    string // hash of the last entry
	Broken  int64  // Seq of the first entry that does not fit; 0: all do
	Problem string // what is wrong with it
}
