package statuspage

// The types of this file are everything that the public page can say. They
// hold words, numbers and public addresses, and no noun of the vocabulary, so
// that nothing reaches a reader because somebody added a field elsewhere.

// View is the home page.
type View struct {
	Frame
	Headline  Headline
	Incidents []Incident // open, newest first
	Underway  []Plan
	Upcoming  []Plan // of the next days
	Further   string // "4 more in the next 30 days"; empty: none
	Promises  []Promise
	Groups    []Group
	Score     *Scorecard // nil: no document promises anything that has months
	Honest    Honest
	Days      []Day // the last ones, newest first
	Months    []Link
}

// Frame is what every page has around its content.
type Frame struct {
	Title     string // of the document
	Name      string // of the page
	Suffix    string // " status", where the name does not say so itself
	Promising bool   // there are documents of promises
	// Subscribing: the page invites to subscribe.
	Subscribing bool
	Notice      string // one sentence, where the records cannot be read; else empty
	AsOf        Stamp
	Zone        string
	Version     string
	JSON        Link // to what this page tells as JSON; empty where it has none
}

// Link leads to another page of ours.
type Link struct{ Path, Text string }

// Headline answers the question that the reader came with.
type Headline struct {
	Mark
	Text  string
	Sub   []Phrase
	Still string // what works meanwhile; empty when all or nothing does
}

// Phrase is a sentence, with an instant in it where When is set.
type Phrase struct {
	Before string
	When   *Stamp
	After  string
}

// Group is a heading with its components.
type Group struct {
	Name       string
	Components []Component
}

// Component is one part of the product, now and over ninety days.
type Component struct {
	Mark
	ID      string
	Name    string
	Since   string // what the figures cover: "in 90 days", "since 3 Nov, 14:02 AEST"
	Bars    string // safe HTML: written by bars from dates and numbers alone
	Summary string // the bars in one sentence
	Figures Figures
	Stated  *Stated // where people say worse of it than what is measured
}

// Stated says why a state is worse than the measured one.
type Stated struct {
	In       []Link // the incidents that say so
	Measured string // the state by the looks alone, "operational"
}

// Promise is a service: what was promised of it and what was done.
type Promise struct {
	Mark
	ID         string
	Name       string
	Covers     string
	Target     string // "99.95", without a sign; empty: nothing is promised
	Period     string // "this month", "the last 30 days"
	Verdict    Verdict
	Figures    Figures
	Budget     string // allowed, "21 m 36 s"
	Used       string
	UsedShare  int // in percent of the gauge, 0 to 100
	Overspent  bool
	LastPeriod string // how the period before ended, one sentence; may be empty
}

// Verdict is a promise's own word for how it stands.
type Verdict struct {
	Class string // "miss", "risk" or empty
	Word  string // "missed", "kept", "at risk", "too little observed"
}

// Figures are the three availabilities of one period and what they rest on.
// Percentages are without their sign; they are floored to four decimals, the
// shares of time to two.
type Figures struct {
	Observed   bool // false: there is nothing to divide by, and no figure
	Commitment string
	Raw        string
	Strict     string
	Coverage   string
	Error      string // "± 24 s", the sampling error; empty without an outage
}

// Day is one civil day of the page's zone in a list of days.
type Day struct {
	Link
	Lines []Line
}

// Line is one thing that happened on a day; Path may be empty.
type Line struct {
	Link
	Rest string
	More *Link // to what was learned of it
}

// Row is one period in the working of a figure.
type Row struct {
	Period   Link
	Figures  Figures
	Lower    string // the commitment's figure as if all unobserved time had been down
	Upper    string // as if it had been up
	Observed string // durations, complete to the second
	Down     string
	Others   []Named // the other states' times, where there are any
	Outages  int
	Budget   string
	Verdict  Verdict
	Formula  string
}

// Named is a value with its name.
type Named struct{ Name, Text string }

// Span is one stretch of time in one state.
type Span struct {
	Mark
	From, To Stamp
	Length   string
	Cause    string // in our own words; may be empty
	Said     []Link // the incidents in which people say so
	Excluded string // "50 m of it excluded"; empty: all of it counts
}

// Working shows how the figures of a component or a service came to be.
type Working struct {
	Frame
	Mark
	ID       string
	Name     string
	Stated   *Stated  // of a component
	Lede     []string // what is measured, how, since when
	Covers   []Link
	Promise  *Promise // of a service with a target
	Current  Row
	Rolling  []Row
	Months   []Row
	Judged   bool          // the months are what the promise is about
	Burns    []Burn        // of a service with a target
	Planned  []PlanWorking // announced work in the period that Spans covers
	Looks    *Looks        // of a component; nil where they cannot be read
	Spans    []Span        // not up, newest first
	SpansOf  string        // the period that Spans covers
	MoreThan int           // how many spans are left out; 0: none
}

// Burn is one burn rule as it stands.
type Burn struct {
	Long, Short         string // the windows
	LongRate, ShortRate string // "× 14.40", or "–" where nothing was observed
	Limit               string
	Class, Word         string
}

// Looks counts the single looks of some days, believed or not.
type Looks struct {
	Period                         string
	All, Passed, Slow, Failed, Not string
	Share                          string // that did not fail, in percent; empty: none told anything
	Mean, Longest                  string // of the looks that were answered; empty: none was
}

// DayPage is everything that happened on one civil day.
type DayPage struct {
	Frame
	Heading    string
	Length     string // "24 hours", 23 or 25 when the clocks changed
	Previous   *Link
	Next       *Link
	Incidents  []Incident
	Plans      []PastPlan
	Components []DayComponent // with something to tell
	Quiet      []Link         // up for as long as they were observed, all day
	Unwatched  []Link         // not observed at all
}

// DayComponent is one component's day.
type DayComponent struct {
	Component Link
	Mark
	Row     Row
	Spans   []Span
	Planned []PlanWorking
}

// HistoryPage is one month, or the newest of them.
type HistoryPage struct {
	Frame
	Heading  string
	Previous *Link
	Next     *Link
	Days     []Day
	Months   []Link
}

// Method explains the numbers.
type Method struct {
	Frame
	Weights  []string
	Watching []string
}
