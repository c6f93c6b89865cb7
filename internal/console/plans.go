package console

// PlanLine is planned work in a list.
type PlanLine struct {
	Title, Path string
	Class       string // "work", and its phase
	Tags        string // "Maintenance · in progress · API"
	Draft       bool
	When        Moment
	Length      string // "2 h"; empty: it takes effect at an instant
	Due         string // "begins in 3 h"
	Late        bool   // Due is a warning
	Broken      []string
	Act         *Link // what to do about it; nil: nothing that the reader may
}

// PlanGroup is a part of a list.
type PlanGroup struct {
	Heading string
	Empty   string // said when there are none
	Plans   []PlanLine
}

// PlansView is a list of planned work.
type PlansView struct {
	Frame
	Done          string
	Tabs          []Link
	New           []Link // what can be planned; empty: nothing that the reader may
	Groups        []PlanGroup
	Older, Newest string
}

// Plans is a list of planned work.
func Plans(v PlansView) Page { return render(planList(v)) }

// PlanView is everything that is known of one plan.
type PlanView struct {
	Frame
	Line      PlanLine
	Done      string
	Problem   string
	Acts      []Link
	Facts     []Fact
	Body      string // safe HTML: from markdown.HTML
	Parts     Table
	Revisions Table
	Updates   []UpdateView
	Proofs    Table
	Forms     []Form
	Links     []Link
}

// Plan is everything that is known of one plan.
func Plan(v PlanView) Page { return render(plan(v)) }

// PlanFormView is where work is planned or moved. It answers at once: with
// Answer it says what would come of what was entered.
type PlanFormView struct {
	Frame
	Lede    string
	Problem string
	Tabs    []Link // kinds of plan
	Action  string
	Hidden  []Hidden
	Answer  *AnswerView // nil: nothing was asked yet
	// Foreseen is, of what recurs, the next occurrences: Channels lists them.
	Foreseen *AnswerView
	Fields   []Field
	Times    []Field // beside each other
	Groups   []PartGroup
	IDs      *Field // further components, by their ids; nil: not asked
	Fault    string // what is wrong with the components
	Regions  *Field
	Rest     []Field
	Buttons  []Button
	Back     Link
}

// AnswerView is what announcing something would come to.
type AnswerView struct {
	Verdict   string
	Lawful    bool
	Broken    []Cell
	Notes     []string
	Take      []Button // starts that can be taken, the earliest first
	TakeNote  string   // said where there is none
	Deadline  string
	Late      bool
	Days      DaysView
	Forbidden Table
	Costs     Table
	Channels  Table
	Subject   string // of the mail; empty: none is sent
	Plain     string
	HTML      string
	Override  *Field // why it is announced all the same; nil: it need not be
}

// DaysView is a picture of the days around a window: a bar for each, midnight to
// midnight by the clock on the wall.
type DaysView struct {
	Name string // for those who do not see it
	Rows []DayRow
}

// DayRow is one day.
type DayRow struct {
	Name string
	Text string // what the bar shows, in words
	Bars []Bar
}

// Bar is a stretch of a day, in minutes of the clock on the wall.
type Bar struct {
	Class    string // free, forb, past, early or win
	From, To int
	Title    string
}

// Width is how long it is.
func (b Bar) Width() int { return b.To - b.From }

// PlanForm is where work is planned or moved.
func PlanForm(v PlanFormView) Page {
	page := render(planForm(v))
	if v.Answer != nil && v.Answer.Subject != "" {
		page.CSP = PreviewPolicy
	}
	return page
}
