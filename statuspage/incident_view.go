package statuspage

// Incident is one incident with what was said about it.
type Incident struct {
	Path       string
	Title      string
	Tags       string // its tier, its phase, its impact, and who opened it
	Impact     string // class of the style sheet, and Statuspage's word
	Started    Stamp
	Written    *Stamp // when it was written down, where that was later than it says it began
	Resolved   *Stamp
	Duration   string
	Components []Link    // affected
	Unaffected []Link    // said to work all the same
	Next       *Promised // the next word that is promised; nil: none
	Updates    []Update  // newest first
	Earlier    string    // "7 earlier updates", left out here; empty: none
	Review     *Link     // to what was learned; nil: nothing is written
}

// Promised is a time by which a word was promised.
type Promised struct {
	By      Stamp
	Overdue bool // it has passed, and nothing came
}

// Update is one dated word about an incident.
type Update struct {
	At      Stamp
	Written *Stamp // when it was written down, where that was later than it says
	Phase   string
	By      string // " (automatic)", or empty
	Words   Words
	Late    *Late       // the word that was promised before it came too late
	Amended []Amendment // earlier texts, the newest first
	Review  *Link       // instead of words: what was learned stands at its own place
}

// Words are what was said: plain text of ours, or somebody's Markdown.
type Words struct {
	Plain string
	HTML  string // safe: made by internal/markdown; empty: Plain is it
}

// Late is a promise of a word that was not kept.
type Late struct {
	Promised Stamp
	Came     Stamp
}

// Amendment is an earlier text, and when it was replaced.
type Amendment struct {
	At    Stamp
	Words Words
}

// IncidentPage is one incident with everything that there is to tell of it.
type IncidentPage struct {
	Frame
	Incident  Incident
	Automatic bool
	Detected  Stamp
	Counted   []Count // measured while it lasted
	Stated    []Count // said of components
	Review    Words   // what was learned; empty: nothing is written
	Reviewed  Stamp   // when that was published
	Waived    string  // why nothing is written; empty: no reason is given
	Closed    *Stamp
}

// Count is the time of one component within a span.
type Count struct {
	Component Link
	Text      string
}
