package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type accountRow struct {
	ID       string `gorm:"primaryKey"`
	Name     string
	Folded   string
	Role     string
	Password string
	Epoch    int64
	Disabled bool
	Created  int64
}

func (accountRow) TableName() string { return "account" }

type tokenRow struct {
	ID      string `gorm:"primaryKey"`
	Name    string
	Hash    string
	Role    string
	Owner   string
	Created int64
	Expires *int64
	Revoked *int64
}

func (tokenRow) TableName() string { return "token" }

// conflictOf turns the database's word for a name that is taken into ours.
func conflictOf(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("it is taken: %w", uptime.ErrConflict)
	}
	return err
}

func (db *DB) writeUsers(tx *gorm.DB, changes []uptime.UserChange) error {
	for _, c := range changes {
		if err := db.writeUser(tx, c); err != nil {
			return fmt.Errorf("user %s: %w", c.User.ID, err)
		}
	}
	return nil
}

func (db *DB) writeUser(tx *gorm.DB, c uptime.UserChange) error {
	if c.First {
		var known int64
		if err := db.dialect.alone(tx, "account"); err != nil {
			return err
		}
		if err := tx.Model(&accountRow{}).Count(&known).Error; err != nil {
			return err
		}
		if known > 0 {
			return fmt.Errorf("there are users already: %w", uptime.ErrConflict)
		}
	}
	u := c.User
	row := accountRow{
		text(u.ID), text(u.Name), folded(u.Name), u.Role.String(), text(u.PasswordHash), u.Epoch, u.Disabled, toMillis(u.CreatedAt),
	}
	var result *gorm.DB
	if c.New || c.First {
		result = tx.Clauses(onConflictDoNothing).Create(&row)
	} else {
		result = tx.Model(&accountRow{}).Where("id = ?", row.ID).Select("*").Updates(&row)
	}
	if result.Error != nil {
		return conflictOf(result.Error)
	}
	if result.RowsAffected == 0 {
		return uptime.ErrConflict
	}
	return nil
}

func writeTokens(tx *gorm.DB, tokens []uptime.Token) error {
	for _, t := range tokens {
		row := tokenRow{
			text(t.ID), text(t.Name), text(t.Hash), t.Role.String(), text(t.Owner),
			toMillis(t.CreatedAt), toMillisOrNull(t.ExpiresAt), toMillisOrNull(t.RevokedAt),
		}
		if err := tx.Clauses(overwrite("id")).Create(&row).Error; err != nil {
			return fmt.Errorf("token %s: %w", t.ID, conflictOf(err))
		}
	}
	return nil
}

// roleOf reads a role; the empty one is none.
func roleOf(name string) (uptime.Role, error) {
	if name == "" {
		return uptime.NoRole, nil
	}
	return uptime.ParseRole(name)
}

func (r accountRow) value() (uptime.User, error) {
	role, err := roleOf(r.Role)
	if err != nil {
		return uptime.User{}, fmt.Errorf("user %s: %w", r.ID, err)
	}
	return uptime.User{
		ID: r.ID, Name: r.Name, Role: role, PasswordHash: r.Password, Epoch: r.Epoch, Disabled: r.Disabled, CreatedAt: fromMillis(r.Created),
	}, nil
}

func (r tokenRow) value() (uptime.Token, error) {
	role, err := roleOf(r.Role)
	if err != nil {
		return uptime.Token{}, fmt.Errorf("token %s: %w", r.ID, err)
	}
	return uptime.Token{
		ID: r.ID, Name: r.Name, Hash: r.Hash, Role: role, Owner: r.Owner,
		CreatedAt: fromMillis(r.Created), ExpiresAt: fromMillisOrNull(r.Expires), RevokedAt: fromMillisOrNull(r.Revoked),
	}, nil
}

// User is the person with that id, or uptime.ErrNotFound.
func (db *DB) User(ctx context.Context, id string) (uptime.User, error) {
	row, err := one[accountRow](ctx, db, "id = ?", text(id))
	if err != nil {
		return uptime.User{}, fmt.Errorf("user %q: %w", id, err)
	}
	return row.value()
}

// UserByName is the person who signs in with that name, without regard to case,
// or uptime.ErrNotFound.
func (db *DB) UserByName(ctx context.Context, name string) (uptime.User, error) {
	row, err := one[accountRow](ctx, db, "folded = ?", folded(name))
	if err != nil {
		return uptime.User{}, fmt.Errorf("user by name: %w", err)
	}
	return row.value()
}

// Users lists everybody who can sign in, the disabled included, by name.
func (db *DB) Users(ctx context.Context) ([]uptime.User, error) {
	rows, err := every(ctx, db, "folded, id", func(r accountRow) accountRow { return r })
	if err != nil {
		return nil, fmt.Errorf("reading users: %w", err)
	}
	return valuesOrError(rows, accountRow.value)
}

// TokenByHash is the token with that hash, or uptime.ErrNotFound. It may be
// expired or revoked.
func (db *DB) TokenByHash(ctx context.Context, hash string) (uptime.Token, error) {
	row, err := one[tokenRow](ctx, db, "hash = ?", text(hash))
	if err != nil {
		return uptime.Token{}, fmt.Errorf("token by hash: %w", err)
	}
	return row.value()
}

// Tokens lists every token, the newest first.
func (db *DB) Tokens(ctx context.Context) ([]uptime.Token, error) {
	rows, err := every(ctx, db, "created DESC, id", func(r tokenRow) tokenRow { return r })
	if err != nil {
		return nil, fmt.Errorf("reading tokens: %w", err)
	}
	return valuesOrError(rows, tokenRow.value)
}

func valuesOrError[Row, V any](rows []Row, value func(Row) (V, error)) ([]V, error) {
	out := make([]V, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = value(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}
