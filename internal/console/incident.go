package console

// OverviewView is the first page: what is down, what was promised, what waits.
type OverviewView struct {
	Frame
	State     Mark   // of everything, in one line
	Asof      Moment // when it was read
	Done      string
	Blind     []string // what cannot be seen at the moment, each a sentence
	Down      []ComponentLine
	Open      []IncidentLine
	Drafts    []IncidentLine
	Lanes     Table
	Channels  []Cell // those out of use
	CanOpen   bool   // an incident
	Untold    string // nothing is configured to tell anybody; empty: something is
	Restful   string // said when nothing is down
	Component int    // how many there are
	Plans     []PlanLine
	Alerts    []Cell // error budgets that burn too fast
	Findings  []Cell // in what the page and what is known differ
}

// ComponentLine is a component that is not well.
type ComponentLine struct {
	Name     string
	Measured Mark
	Said     Mark // by people; zero: nothing
}

// IncidentLine is an incident in a list.
type IncidentLine struct {
	Title, Path string
	Class       string // of its impact
	Tags        string // "Tier 1 · major · identified"
	Draft       bool
	Started     Moment
	Due         string // "next update due in 12 min"; empty: nothing is promised
	Late        bool   // Due is over
	Act         *Link  // what to do about it; nil: nothing that the reader may
}

// Overview is the first page.
func Overview(v OverviewView) Page { return render(overview(v)) }

// IncidentsView is a list of incidents.
type IncidentsView struct {
	Frame
	Done          string
	Tabs          []Link
	Incidents     []IncidentLine
	Older, Newest string
	CanOpen       bool
}

// Incidents is a list of incidents.
func Incidents(v IncidentsView) Page { return render(incidentList(v)) }

// UpdateView is one update in the timeline.
type UpdateView struct {
	ID      string
	Phase   string
	At      Moment
	HTML    string // what was written, safe: from markdown.HTML
	Author  string
	Notes   []string // "Back-dated: …", "Nobody was told."
	Promise string   // what it promised, and whether that was kept; empty: nothing
	Missed  bool
	Former  []FormerText
	Amend   *Form // nil: the reader may not
}

// FormerText is a text that was replaced.
type FormerText struct {
	HTML   string // as above
	Author string
	At     Moment // until when it stood there
}

// IncidentView is everything that is known of one incident.
type IncidentView struct {
	Frame
	Line     IncidentLine
	Done     string
	Problem  string
	Facts    []Fact
	Parts    Table // components: measured beside said
	Updates  []UpdateView
	Review   string // of the postmortem, safe HTML; empty: none
	Reviewed string // what its state is, in a sentence
	Notices  Table
	Acts     []Link // pages that act
	Forms    []Form // what else can be done
	Public   string // the address of the public's page; empty: a draft
}

// Incident is everything that is known of one incident.
func Incident(v IncidentView) Page { return render(incident(v)) }

// ComposeView is where an incident or an update is written.
type ComposeView struct {
	Frame
	Lede    string
	Problem string
	Action  string
	Hidden  []Hidden
	Start   *Field // the template to start from; nil: none are offered
	Fields  []Field
	Groups  []PartGroup
	IDs     Field // further components, by their ids
	Fault   string
	Rest    []Field
	Buttons []Button
	Back    Link
}

// PartGroup are components that belong together.
type PartGroup struct {
	Name  string
	Open  bool
	Parts []Part
}

// Part is a component and what can be said of it.
type Part struct {
	ID       string // unique on the page
	Name     string
	Measured Mark
	Choices  []Choice
	On       bool // where it is ticked, and has no choices
}

// Compose is where an incident or an update is written.
func Compose(v ComposeView) Page { return render(compose(v)) }

// PreviewView is exactly what would be sent, and to whom.
type PreviewView struct {
	Frame
	Told     string   // "412 subscribers and 2 channels would be told."
	Notes    []string // what else would happen or not, each a sentence
	Facts    []Fact
	Body     string // the text as the page shows it, safe: from markdown.HTML
	Channels Table
	Subject  string // of the mail; empty: none is sent
	Headers  []Hidden
	Plain    string
	HTML     string
	Problem  string
	Action   string
	Hidden   []Hidden
	Buttons  []Button
}

// Preview is exactly what would be sent, and to whom.
func Preview(v PreviewView) Page {
	page := render(preview(v))
	page.CSP = PreviewPolicy
	return page
}
