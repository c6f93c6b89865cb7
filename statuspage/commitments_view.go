package statuspage

// The types of this file are everything that the pages of promises can say.

// CommitmentsPage lists every promise that is in force.
type CommitmentsPage struct {
	Frame
	Lede      string
	Tally     []Counted // how many stand how, worst first
	Score     *Scorecard
	Documents []PromiseDocument
	Contacts  []ContactGroup
	Honest    Honest
	Empty     bool // nothing is promised
	Digest    string
	Made      Stamp
}

// Counted is how many promises stand in one way.
type Counted struct {
	Mark
	N int
}

// PromiseDocument is one document of promises, as it is in force.
type PromiseDocument struct {
	Anchor    string
	Title     string
	Statement string // what it is
	Version   string // "version 2023-1, in force since 1 Sep 2023, approved by COO"
	Digest    string
	Rows      []PromiseRow
}

// PromiseRow is one promise in a list.
type PromiseRow struct {
	ID       string
	Path     string // of its working
	Anchor   string
	Says     string
	Strength string
	Section  string
	Stands   Stands
	Open     *OpenView // of contacts; nil: nothing says when somebody is there
}

// OpenView tells whether somebody is there.
type OpenView struct {
	Mark
	Holiday string // that closes it today; may be empty
	Turn    string // "closes" or "opens"; empty: never
	At      *Stamp // when, by the clocks of the hours
	Beside  string // the same in Sydney, where that differs from AEST
}

// Stands is how a promise stands.
type Stands struct {
	Mark
	Value    string
	Why      string // a sentence without a full stop; may be empty
	Since    *Stamp
	Evidence []Link // paths of ours, or addresses of http and https
}

// ContactGroup is how somebody is reached, as one promise says.
type ContactGroup struct {
	Anchor   string
	ID, Path string
	Says     string
	Open     *OpenView
	Contacts []ContactView
}

// ContactView is one contact. The links are safe: of digits, of an address that
// is one.
type ContactView struct {
	Role, Region     string
	Phone, PhoneLink string
	Mail, MailLink   string
	Site, SiteLink   string
	Hours            string
	Doubts           []string // why it cannot be right as it was written
}

// Honest is in how many points the page and what is known differ.
type Honest struct{ Text, Class string }

// HonestyPage lists them.
type HonestyPage struct {
	Frame
	Findings []FindingRow
	Checks   []string // what is checked
}

// FindingRow is one of them.
type FindingRow struct {
	Text  string
	About Link // Path may be empty
	Since Stamp
	Check string
}

// PromisePage is the working of one promise.
type PromisePage struct {
	Frame
	ID       string
	Says     string
	Strength string
	Document Link
	Stands   Stands
	Open     *OpenView
	Terms    []Named
	Text     string // safe HTML: what is shown beside the promise
	Versions []VersionRow
	Months   []MonthRow
	Budget   *BudgetView // of availability
	Sums     *Row
	Figures  []FigureRow
	Burns    []Burn
	Spans    []Span
	MoreThan int
	Plans    []HeldPlan
	Copies   *CopiesView
	Evidence []EvidenceRow
	Asked    bool // the promise rests on dated evidence
	Contacts []ContactView
	Cases    []CaseRow
	Entries  []EntryRow
	How      []string // how to make it again
}

// FigureRow is a month of a promise of availability, in full.
type FigureRow struct {
	Row
	Anchor  string
	Mark    Mark
	Counted string // time that counts, weighed
}

// VersionRow is one version of a promise's document.
type VersionRow struct {
	Number, Approved, Digest string
	From                     Stamp
	Current                  bool
}

// MonthRow is a promise in one month.
type MonthRow struct {
	Anchor   string
	Name     string
	Stands   Stands
	Evidence []Link
}

// CaseRow is a case in which a promise was broken.
type CaseRow struct {
	At      Stamp
	Summary string
	Link    Link
}

// EntryRow is the entry that a broken promise opened.
type EntryRow struct {
	Summary string
	Owner   string
	Opened  Stamp
	Due     *Stamp
	Closed  *Stamp
	Overdue bool
	Outcome string
}

// EvidenceRow is a dated fact that a promise rests on.
type EvidenceRow struct {
	Title   string // "evidence that is kept" where its title is not public
	By      string
	At      Stamp
	Expires *Stamp
	Expired bool
	Link    string // http or https; may be empty
}

// HeldPlan is planned work or a change that was held to a promise.
type HeldPlan struct {
	Plan      Link
	Kind      string
	Announced Stamp
	From      Stamp
	Ahead     string
	Stands    Stands
	Proof     string // "214 of 216 accepted"; may be empty
	Override  string // why it was announced all the same
}

// CopiesView is which days of which copy there was a success.
type CopiesView struct {
	Days  []string // "20 Nov", newest first
	Sites []CopySite
}

// CopySite is one copy. Its days are as those of the view.
type CopySite struct {
	Name string
	Days []CopyDay
}

// CopyDay is a copy on one of its local days.
type CopyDay struct {
	Mark
	Date string // ISO 8601
	Note string
}

// BudgetView is how a budget was spent over a period.
type BudgetView struct {
	Period  string
	Path    string // of the line, in a box of 100 × 40
	Ideal   string
	Over    bool
	Summary string
	Days    []BudgetDay // those on which something was spent, and the newest
}

// BudgetDay is what was spent by the end of a day.
type BudgetDay struct {
	Day         string
	Spent, Left string
	Ideal       string // what would be left at an even pace
	Over        bool
}

// Scorecard is twelve months by promise.
type Scorecard struct {
	Months []ScoreMonth // newest first
	Rows   []ScoreRow
	Legend []Mark
	All    bool // it is the whole of it, with the same in words
}

// ScoreMonth is a column.
type ScoreMonth struct{ Short, Year, Long string }

// ScoreRow is a promise in twelve months.
type ScoreRow struct {
	ID, Name, Path string
	Cells          []ScoreCell
}

// ScoreCell is a promise in one month. Path leads to what it rests on.
type ScoreCell struct {
	Mark
	Path  string
	Value string
	Month string // "November 2026"
}
