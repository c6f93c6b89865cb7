package console

// Moment is an instant as a page shows it: in the page's zone, with UTC beside
// it. The zero one is not shown.
type Moment struct {
	Text    string // "22 Nov 2026, 14:05 CET"
	UTC     string // "2026-11-22 13:05:00 UTC"
	Machine string // RFC 3339
}

// Mark is a state: a colour's class, a shape and a word, so that none of them
// has to be seen for it to be known.
type Mark struct{ Class, Shape, Text string }

// Kind is how a field is filled in.
type Kind string

// The kinds of field.
const (
	Line     Kind = ""               // one line of text
	Area     Kind = "area"           // many
	Secret   Kind = "password"       // never sent back
	When     Kind = "datetime-local" // a time in the page's zone
	Day      Kind = "date"           // a day in the page's zone
	File     Kind = "file"
	Tick     Kind = "checkbox"
	Select   Kind = "select"
	Anything Kind = "radio" // one of several, all of them seen
)

// Field is one thing to fill in.
type Field struct {
	Name, Label string
	Kind        Kind
	Value       string // as it was typed; of a Tick, what it sends
	On          bool   // of a Tick
	Choices     []Choice
	Help        string
	Fault       string // what is wrong with Value; empty: nothing
	Needed      bool
	Fill        string // what a browser may fill in (autocomplete); empty: nothing
}

// Choice is one of several.
type Choice struct {
	Value, Text string
	Chosen      bool
}

// Hidden is sent without being seen.
type Hidden struct{ Name, Value string }

// Button sends its form. The first one is pressed by the Enter key.
type Button struct {
	Name, Value, Text string
	Plain             bool // less than what the page is for
	Unchecked         bool // sends what is not filled in as well
}

// Form is what can be sent. Its ID is unique on its page.
type Form struct {
	ID, Action string
	Heading    string // empty: none
	Text       string
	Problem    string // what is wrong with all of it; empty: nothing
	Hidden     []Hidden
	Fields     []Field
	Buttons    []Button
	Folded     bool   // behind its heading, until it is wanted
	Upload     bool   // holds a file
	Whose      string // whose password it changes, for who keeps passwords; empty: none
}

// Cell is one figure or word of a table.
type Cell struct {
	Text string
	Path string // where Text leads; empty: nowhere
	Note string // more about it, smaller
	Mark Mark
	Time Moment
	Code bool // Text is for machines
	Form *Form
}

// Table is a list with heads. Each row has a cell for each head.
type Table struct {
	Name  string // for those who do not see it
	Heads []string
	Rows  [][]Cell
	Empty string // said when there are no rows
}

// Fact is a name and what belongs to it.
type Fact struct {
	Name string
	Cell Cell
}

// Section is a part of a page.
type Section struct {
	Heading string
	Text    string
	Facts   []Fact
	Table   *Table
	Forms   []Form
	Links   []Link
}

// DeskView is a page of lists and forms.
type DeskView struct {
	Frame
	Lede     string
	Done     string // what has just been done; empty: nothing
	Problem  string // what was not done, and why; empty: nothing
	Once     string // a secret that is told this once; empty: none
	OnceText string // what it is
	Tabs     []Link
	Sections []Section
	Older    string // the address of what follows; empty: nothing does
	Newest   string // the address of the beginning; empty: this is it
}

// Desk is a page of lists and forms.
func Desk(v DeskView) Page { return render(desk(v)) }
