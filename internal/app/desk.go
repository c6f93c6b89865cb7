package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// Desk is the record without the rest of the program: for what the engineer on
// the machine does beside a running Upheld, or before there is one.
type Desk struct{ db *store.DB }

// OpenDesk opens the database that the file names, in the data folder where it
// is the embedded one, and brings its tables up to date. Close it.
func OpenDesk(ctx context.Context, file *config.File, data string) (*Desk, error) {
	address := file.Database
	if address == "sqlite" {
		if err := makeData(data); err != nil {
			return nil, err
		}
		address = "sqlite:" + filepath.Join(data, databaseFile)
	}
	db, err := openAt(ctx, address, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &Desk{db}, nil
}

// Close closes the database.
func (d *Desk) Close() error { return d.db.Close() }

// CreateAdmin makes somebody who may do everything.
func (d *Desk) CreateAdmin(ctx context.Context, name, password string) (uptime.User, error) {
	command := uptime.Actor{Kind: "command", Name: "upheld admin create", Role: uptime.Admin}
	user, err := identity.New(d.db, time.Now).CreateUser(ctx, command, identity.NewUser{
		Name: name, Role: uptime.Admin, Password: password,
	})
	if errors.Is(err, uptime.ErrConflict) {
		return uptime.User{}, fmt.Errorf("there is somebody called %s already; choose another name", name)
	}
	if err != nil {
		return uptime.User{}, fmt.Errorf("%s cannot be made an administrator: %w", name, err)
	}
	return user, nil
}

// CreateToken makes an API token of a person's, and tells its secret, once.
func (d *Desk) CreateToken(ctx context.Context, owner, name string, role uptime.Role, lifetime time.Duration) (string, error) {
	user, err := d.db.UserByName(ctx, owner)
	if errors.Is(err, uptime.ErrNotFound) {
		return "", fmt.Errorf("there is nobody called %q; make them first, in the console or with upheld admin create", owner)
	}
	if err != nil {
		return "", fmt.Errorf("whose token it shall be: %q: %w", owner, err)
	}
	command := uptime.Actor{Kind: "command", Name: "upheld admin token", Role: uptime.Admin}
	_, secret, err := identity.New(d.db, time.Now).NewToken(ctx, command, identity.NewToken{
		Name: name, Role: role, Lifetime: lifetime, Owner: user.ID,
	})
	if err != nil {
		return "", fmt.Errorf("the token cannot be made: %w", err)
	}
	return secret, nil
}

// VerifyAudit checks the chain of the audit log.
func (d *Desk) VerifyAudit(ctx context.Context) (uptime.AuditCheck, error) {
	return d.db.VerifyAudit(ctx)
}
