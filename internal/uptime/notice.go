package uptime

import "time"

// Notice is one message that is owed: why, what it says, and to whom. It is
// written with the change that causes it, in one transaction, together with a
// delivery for everybody who is owed it. It is a snapshot: what is sent does
// not change while it is retried.
type Notice struct {
	ID       string // stable over every retry, and the same when it is decided on again
	At       time.Time
	Reason   NoticeReason
	Incident IncidentID // empty for notices that are about no incident
	Plan     PlanID     // empty for notices that are about no plan
	Summary  string     // one line of plain text
	Content  Content

	Channels []Routed  // the operators' channels
	Audience *Audience // the public's subscribers; nil: not for them
}

// Content is what a notice says. Renderers draw on it and on nothing else, so
// that a preview is exactly what is sent.
type Content struct {
	Page PageName
	// Incident is as it was decided, with the updates up to this one, the newest
	// twenty at most. Zero for notices that are about no incident.
	Incident Incident
	Update   Update // the one that is told; zero: none
	// Plan is as it was decided, with its revisions and the updates up to the one
	// that is told. Zero for notices that are about no plan.
	Plan       Plan
	PlanUpdate PlanUpdate        // the one that is told; zero: none
	Components []ComponentNote   // affected, in the page's order, with what they are now
	Unaffected []ComponentNote   // said to work
	Facts      map[string]string // what else the reason's sentence needs
}

// PageName is what a message says of the page it comes from.
type PageName struct {
	Name string
	URL  string // without a trailing slash; empty: not known
	Zone string // IANA name of the zone that its times are told in
}

// ComponentNote is a component as a message names it.
type ComponentNote struct {
	ID    ComponentID
	Name  string
	State State
}

// NoticeReason says why a notice is owed.
type NoticeReason string

// The reasons.
const (
	WentDown      NoticeReason = "went_down"      // an incident begins, or begins again
	Recovered     NoticeReason = "recovered"      // it is over
	WasDown       NoticeReason = "was_down"       // both at once: it was over before the first was sent
	NewsOfState   NoticeReason = "update"         // something new is known
	Reminder      NoticeReason = "reminder"       // it still lasts
	UpdateOverdue NoticeReason = "update_overdue" // a promised update did not come; for operators
	ReviewOut     NoticeReason = "postmortem"     // what was learned
	WentBlind     NoticeReason = "went_blind"     // our own connection is lost; for operators
	SeesAgain     NoticeReason = "sees_again"
	ChannelDead   NoticeReason = "channel_dead" // another channel does not take messages; for operators
	Digest        NoticeReason = "digest"       // many at once, in one message
	TestOfChannel NoticeReason = "test"
	// About a plan.
	PlanAnnounced NoticeReason = "scheduled"
	PlanRevised   NoticeReason = "rescheduled"
	PlanCancelled NoticeReason = "cancelled"
	PlanSoon      NoticeReason = "starts_soon" // a reminder: 7 days, 24 hours, an hour before
	PlanStarted   NoticeReason = "started"     // of a change: in effect
	PlanNews      NoticeReason = "plan_update"
	PlanFinished  NoticeReason = "completed"
	PlanOverruns  NoticeReason = "overruns" // for operators: past its end and not done, or something is down still
	// About a promise; for operators.
	BudgetBurns   NoticeReason = "budget_burns"
	BudgetCalm    NoticeReason = "budget_calm"
	PromiseBroken NoticeReason = "promise_broken" // a non-compliance entry was opened
	PromiseDue    NoticeReason = "promise_due"    // a dated thing is due soon, or overdue
	BackupMissed  NoticeReason = "backup_missed"  // a day of a promised copy is over without one
	// To one subscriber alone.
	ConfirmSubscription NoticeReason = "confirm_subscription"
	AlreadySubscribed   NoticeReason = "already_subscribed"
)

// HoldReason says why a message is not sent, or not yet.
type HoldReason string

// The reasons to hold back.
const (
	HeldDraft         HoldReason = "draft"              // the incident is not published
	HeldSilent        HoldReason = "silent"             // its author chose to tell nobody
	HeldQuietHours    HoldReason = "quiet_hours"        // until they end
	HeldMaintenance   HoldReason = "during_maintenance" // announced work
	HeldDependsOn     HoldReason = "depends_on"         // another component is the cause, and that is told
	HeldFlapping      HoldReason = "flapping"           // it has gone up and down often; one message stands for many
	HeldRoute         HoldReason = "not_routed"         // the channel wants no such news
	HeldUnsubscribed  HoldReason = "unsubscribed"       // left after it was owed
	HeldQuarantined   HoldReason = "quarantined"        // the address bounced too often
	HeldDisabled      HoldReason = "disabled"           // the channel was switched off, or answered 410
	HeldFolded        HoldReason = "folded"             // told in another message, see Delivery.In
	HeldChannelIsGone HoldReason = "channel_gone"       // no longer configured
)

// Routed is a notice on its way to one of the operators' channels.
type Routed struct {
	Channel string     // its name
	Held    HoldReason // empty: nothing holds it back
	// Due is when it may go. Zero with Held: never, it is recorded alone. Zero
	// without: at once.
	Due time.Time
}

// News is what a subscriber can ask for.
type News string

// The kinds of news.
const (
	NewsIncidents   News = "incidents"
	NewsMaintenance News = "maintenance"
	NewsReports     News = "reports"
)

// AllNews are the kinds, in the order in which they are shown.
var AllNews = [...]News{NewsIncidents, NewsMaintenance, NewsReports}

// Audience is which subscribers are owed a notice: those confirmed who asked
// for this kind of news, of any of the components or of all.
type Audience struct {
	News       News
	Components []ComponentID // empty: whoever asked for this kind of news
	Only       SubscriberID  // this one alone, confirmed or not; else empty
	Lane       Lane          // LaneSubscribers unless given
	Held       HoldReason    // not empty: nobody is told, and the ledger says why
}
