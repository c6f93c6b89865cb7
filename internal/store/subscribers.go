package store

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type subscriberRow struct {
	Seq         int64 `gorm:"primaryKey"`
	ID          string
	Kind        string
	Address     string
	Folded      string
	Everything  bool
	News        int
	Zone        string
	State       string
	Created     int64
	Confirmed   *int64
	Source      string
	ConsentFrom string
	Asked       *int64
	Bounces     int
	CountedFrom int64
	Reason      string
	Secrets     []string `gorm:"serializer:json"`
}

func (subscriberRow) TableName() string { return "subscriber" }

type componentRow struct {
	Subscriber string `gorm:"primaryKey"`
	Component  string `gorm:"primaryKey"`
}

func (componentRow) TableName() string { return "subscriber_component" }

// newsBits is what a subscriber asked for, as a number; an unknown kind counts
// for nothing.
func newsBits(news []uptime.News) int {
	bits := 0
	for i, n := range uptime.AllNews {
		if slices.Contains(news, n) {
			bits |= 1 << i
		}
	}
	return bits
}

func newsOf(bits int) (news []uptime.News) {
	for i, n := range uptime.AllNews {
		if bits&(1<<i) != 0 {
			news = append(news, n)
		}
	}
	return news
}

// folded is how an address or a name is compared.
func folded(s string) string { return strings.ToLower(text(s)) }

// writeSubscribers writes those who are new together: a file of thousands must
// not hold the writer for long.
func writeSubscribers(tx *gorm.DB, changes []uptime.SubscriberChange) error {
	var fresh []subscriberRow
	var components []componentRow
	for _, c := range changes {
		row := rowOfSubscriber(c.Subscriber)
		components = append(components, componentsOf(c.Subscriber)...)
		if c.New {
			fresh = append(fresh, row)
			continue
		}
		if err := changeSubscriber(tx, c, row); err != nil {
			return fmt.Errorf("subscriber %s: %w", row.ID, err)
		}
	}
	if len(fresh) > 0 {
		result := tx.Clauses(onConflictDoNothing).CreateInBatches(&fresh, 500)
		if result.Error != nil {
			return fmt.Errorf("new subscribers: %w", result.Error)
		}
		if result.RowsAffected < int64(len(fresh)) {
			return fmt.Errorf("of %d new subscribers only %d are new: %w", len(fresh), result.RowsAffected, uptime.ErrConflict)
		}
	}
	if len(components) == 0 {
		return nil
	}
	if err := tx.Clauses(onConflictDoNothing).CreateInBatches(&components, 500).Error; err != nil {
		return fmt.Errorf("components of subscribers: %w", err)
	}
	return nil
}

// changeSubscriber writes over the subscriber if they are in the state that was
// decided on. Bounces that were counted meanwhile stay, unless the state
// changes; who becomes confirmed starts without any.
func changeSubscriber(tx *gorm.DB, c uptime.SubscriberChange, row subscriberRow) error {
	var known []subscriberRow
	if err := tx.Where("id = ?", row.ID).Find(&known).Error; err != nil {
		return err
	}
	if len(known) == 0 || c.Expect != "" && known[0].State != string(c.Expect) {
		return fmt.Errorf("not %q any more: %w", c.Expect, uptime.ErrConflict)
	}
	was := known[0]
	row.CountedFrom = was.CountedFrom
	if row.State == was.State {
		row.Bounces = was.Bounces
	} else if row.State == string(uptime.SubscriberConfirmed) {
		err := tx.Raw("SELECT coalesce(max(seq), 0) FROM delivery").Row().Scan(&row.CountedFrom)
		if err != nil {
			return err
		}
	}
	result := tx.Model(&subscriberRow{}).Where("id = ? AND state = ?", row.ID, was.State).Select("*").Omit("seq").Updates(&row)
	if result.Error != nil {
		return conflictOf(result.Error)
	}
	if result.RowsAffected == 0 {
		return uptime.ErrConflict
	}
	return tx.Where("subscriber = ?", row.ID).Delete(&componentRow{}).Error
}

func rowOfSubscriber(s uptime.Subscriber) subscriberRow {
	return subscriberRow{
		ID: text(string(s.ID)), Kind: text(string(s.Kind)), Address: text(s.Address), Folded: folded(s.Address),
		Everything: len(s.Components) == 0, News: newsBits(s.News), Zone: text(s.Zone), State: text(string(s.State)),
		Created: toMillis(s.CreatedAt), Confirmed: toMillisOrNull(s.ConfirmedAt), Source: text(s.Source),
		ConsentFrom: text(s.ConsentFrom), Asked: toMillisOrNull(s.AskedAt), Bounces: s.Bounces,
		Reason: text(s.Reason), Secrets: texts(s.Secrets),
	}
}

func componentsOf(s uptime.Subscriber) []componentRow {
	return values(s.Components, func(c uptime.ComponentID) componentRow {
		return componentRow{text(string(s.ID)), text(string(c))}
	})
}

func (r subscriberRow) value(components []uptime.ComponentID) uptime.Subscriber {
	return uptime.Subscriber{
		ID: uptime.SubscriberID(r.ID), Kind: uptime.RecipientKind(r.Kind), Address: r.Address,
		Components: components, News: newsOf(r.News), Zone: r.Zone, State: uptime.SubscriberState(r.State),
		CreatedAt: fromMillis(r.Created), ConfirmedAt: fromMillisOrNull(r.Confirmed), Source: r.Source,
		ConsentFrom: r.ConsentFrom, AskedAt: fromMillisOrNull(r.Asked), Bounces: r.Bounces,
		Reason: r.Reason, Secrets: words[string](r.Secrets),
	}
}

// leave removes subscribers. What is owed to them is owed no more, and nothing
// that the other side said of them keeps the address.
func leave(tx *gorm.DB, ids []uptime.SubscriberID) error {
	for _, id := range ids {
		var known []subscriberRow
		if err := tx.Where("id = ?", text(string(id))).Find(&known).Error; err != nil {
			return err
		}
		for _, s := range known {
			if err := forget(tx, s); err != nil {
				return fmt.Errorf("removing subscriber %s: %w", s.ID, err)
			}
		}
	}
	return nil
}

func forget(tx *gorm.DB, s subscriberRow) error {
	if err := scrub(tx, s); err != nil {
		return err
	}
	// Settled when it was owed: nothing here says what time it is.
	err := tx.Exec(`UPDATE delivery SET state = 'held', held = ?, settled = owed, due = NULL, owed = NULL
		WHERE `+unsettled+` AND recipient = ?`,
		string(uptime.HeldUnsubscribed), s.Kind+":"+s.ID).Error
	if err != nil {
		return err
	}
	if err := tx.Where("subscriber = ?", s.ID).Delete(&componentRow{}).Error; err != nil {
		return err
	}
	return tx.Where("id = ?", s.ID).Delete(&subscriberRow{}).Error
}

// scrub blanks what the other side said where it repeats the address.
func scrub(tx *gorm.DB, s subscriberRow) error {
	var rows []deliveryRow
	err := tx.Raw(`SELECT d.* FROM notice n CROSS JOIN delivery d
		WHERE d.id = n.key || '.' || ? AND d.notice = n.seq AND (d.error <> '' OR d.reply <> '' OR d.remote_id <> '')`, s.ID).Scan(&rows).Error
	if err != nil {
		return err
	}
	blank := func(said string) string {
		if strings.Contains(folded(said), s.Folded) {
			return ""
		}
		return said
	}
	for _, r := range rows {
		err := tx.Exec("UPDATE delivery SET error = ?, reply = ?, remote_id = ? WHERE seq = ?",
			blank(r.Error), blank(r.Reply), blank(r.RemoteID), r.Seq).Error
		if err != nil {
			return err
		}
	}
	return nil
}
