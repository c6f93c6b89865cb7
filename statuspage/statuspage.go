// Package statuspage makes the public page: it turns what is believed and what
// was recorded into views (Build, pure), views into documents (Render), and
// keeps the documents ready for every reader (Publisher). It does not serve
// them, and it holds no state that cannot be made again.
package statuspage

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Inputs is everything that the page is made from. It is only read.
type Inputs struct {
	Catalogue uptime.Catalogue
	Healths   []uptime.Health // of every monitor that was ever looked at
	// Segments are the recorded ones that touch the last HistoryDays days, or,
	// with Settled, the time since Settled.Until. In any order.
	Segments  []uptime.Segment
	Settled   *Settled
	Incidents []uptime.Incident // that touch the last HistoryDays days
	// Statements are what people said of components: those of published
	// incidents that touch the time of Segments and of Settled.
	Statements []uptime.Statement
	// Plans are those announced, of which something lies in the last HistoryDays
	// days or is to come; Proofs are what is known of who was told of them.
	Plans   []uptime.Plan
	Proofs  []uptime.Proof
	Began   time.Time // beginning of the oldest segment ever; zero: none yet
	ReadAt  time.Time // when the record was read; zero: just now
	Unread  bool      // the record could not be read, not once
	Version string
	// Subscribing: the page invites to subscribe, and has the form for it.
	Subscribing bool

	Kept Kept // of promises

	memo    *memo       // of what people wrote; nil: it is read each time
	agreed  *agreed     // what the plans exclude; nil: it is worked out
	figures figuresMemo // of what time came to; zero: it is counted each time
}

// HistoryDays is how much of the record is kept at hand: a rolling year, and
// the thirteen months that touch it.
const HistoryDays = 400

// Build makes the home page as it is at now. It is pure: the same inputs at the
// same instant make the same view.
func Build(in Inputs, now time.Time) View {
	return open(in, now).home()
}
