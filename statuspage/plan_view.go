package statuspage

// Plan is announced work, or a change, as the public reads it.
type Plan struct {
	Mark              // how far it has come
	Path       string // of its page
	Calendar   Link   // to its entry for calendars
	Title      string
	Kind       string // "Maintenance", "Release"
	Emergency  bool
	Components []Link
	Regions    string // whom it concerns; empty: everybody
	When       PlanTime
	Length     string // of the window; empty of a change
	Count      string // "starts in 3 h 20 min", "overruns by 4 min"
	Overruns   *Stamp // the announced end, which has passed
	Ruler      *Ruler
	Kept       []KeptLine
	Override   string // why it was announced although it breaks a promise, and by whom
	Told       string // "214 of 216 told, 3 waiting"; empty: not known
	Newest     *Update
}

// PlanTime is when something is planned: in the page's zone, and elsewhere.
type PlanTime struct {
	From, To Stamp    // To is empty of a change
	Also     []string // the same by other clocks
}

// KeptLine is one promise that a plan keeps or breaks.
type KeptLine struct {
	Kept bool
	Text string // "announced 12 days 1 h ahead, 24 h promised"
}

// Ruler draws when something was announced, and when it had to be. Places are
// per cent of its length with a decimal, "63.5".
type Ruler struct {
	Alt       string   // all that it shows, in words
	Announced string   // empty: it is not about notice
	Promised  []string // the last instants that keep a promise, the earliest first
	Now       string   // empty: it is over
	NowAnchor string   // how its label stands: start, middle or end
	From, To  string   // of what is emphasised: the time that was promised, or the window
	Over      string   // where what overruns it begins; empty: nothing does
	Late      string   // until where the promised notice was missed; empty: it was not
	Begin     string   // under its left end
	End       string   // under its right end
}

// PlanList is every plan that is at hand.
type PlanList struct {
	Frame
	Now      []Plan
	Soon     []Plan
	Past     []PlanMonth
	Calendar string // address of the feed for calendars
}

// PlanMonth are the plans of one month that are over, newest first.
type PlanMonth struct {
	Name  string
	Plans []PastPlan
}

// PastPlan is a plan that is over, in a line.
type PastPlan struct {
	Link
	Mark
	When      Stamp
	Announced string // minutes that were announced
	Used      string // and used; empty: none
	Excluded  string // of them excluded, "2 h"; empty: none
	Kept      string // "every promise kept", "1 promise broken"
	Broken    bool
}

// PlanPage is a plan with everything that there is to tell of it.
type PlanPage struct {
	Frame
	Plan      Plan
	Words     Words
	Announced string // how long it was to last
	Used      string // how long it did; empty: not begun
	Updates   []Update
	Revisions []PlanRevision // newest first
	Notices   []PlanNotice   // oldest first
	Unproved  string         // why there are no notices to show; empty: there are
	Pieces    []PlanPiece
	Counted   []Count // what was measured of its components in its window
	Rest      string  // what the label or the absence of promises means; may be empty
}

// PlanRevision is one announcement of a plan's times.
type PlanRevision struct {
	At       Stamp
	What     string // "announced", "moved by 2 h", "called off"
	When     PlanTime
	Reason   string
	Broken   []string
	Override string
}

// PlanNotice is one message about a plan, and what became of it.
type PlanNotice struct {
	At                                       Stamp
	What                                     string
	Owed, Accepted, InTime, Bounced, Waiting string
}

// PlanPiece is a piece of an announced window, or of what went beyond it, and
// whether it is excluded.
type PlanPiece struct {
	Plan     Link
	From, To Stamp
	Length   string
	Excluded bool
	Why      string
	Down     string // of the component whose working it stands in; may be empty
}

// PlanWorking is what became of one plan's time in the working of a figure.
type PlanWorking struct {
	Plan      Link
	Emergency bool
	Announced string
	Used      string // empty: it has not begun
	Whole     string // what it excludes of a service of several components; else empty
	Pieces    []PlanPiece
}
