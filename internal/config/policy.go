package config

import "github.com/invopop/jsonschema"

// PolicyUse is a document of promises that is in force here.
type PolicyUse struct {
	Profile  string            `yaml:"profile" jsonschema:"enum=bill-of-rights,enum=customer-success,enum=support-policy" doc:"One of the documents that ship with Upheld."`
	File     string            `yaml:"file" jsonschema:"minLength=1" doc:"A document of your own. A relative path starts at the folder of the configuration."`
	Services map[string]string `yaml:"services" doc:"Which of your services the document means: {platform: checkout}. A service that is not listed is the one of that id."`
	Contacts []Contact         `yaml:"contacts" doc:"Who is reached how, in place of the document's contacts of the same role."`
	Regions  []string          `yaml:"regions" doc:"Ids of the regions that it was given to. Unless given, all."`

	// Document is what was read; Text is what it was read from.
	Document *Policy `yaml:"-"`
	Text     []byte  `yaml:"-"`
	// Path is its place in the file: policies[0], or policy.
	Path string `yaml:"-"`
}

// Names is a list of words, of which one may stand alone.
type Names []string

// JSONSchema describes Names to editors.
func (Names) JSONSchema() *jsonschema.Schema {
	word := &jsonschema.Schema{Type: "string"}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{word, {Type: "array", Items: word}}}
}

// Policy is one version of a document of promises.
type Policy struct {
	Profile     string        `yaml:"profile" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"The document's name: small letters, digits and hyphens."`
	Title       string        `yaml:"title" doc:"What readers call it. Unless given, the document that its first promise is from."`
	Statement   string        `yaml:"statement" doc:"What the document is, as: a statement of intent, not a contract."`
	Version     PolicyVersion `yaml:"policy_version" doc:"Which version this is, since when and by whom it was approved. Without these nothing is in force."`
	Commitments []Commitment  `yaml:"commitments" jsonschema:"required,minItems=1" doc:"The promises, in the order in which they are shown."`
}

// JSONSchemaExtend tells editors what is refused with words of its own.
func (Policy) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Required = append(s.Required, "policy_version")
}

// PolicyVersion says since when a document holds.
type PolicyVersion struct {
	Number   string `yaml:"number" doc:"Its number: what is written differently has another."`
	From     Date   `yaml:"effective_from" doc:"The day from which it holds."`
	Approved string `yaml:"approved_by" doc:"Who approved it: a person or a role."`
}

// JSONSchemaExtend tells editors what is refused with words of its own.
func (PolicyVersion) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Required = []string{"number", "effective_from", "approved_by"}
}

// Commitment is one promise.
type Commitment struct {
	ID       string `yaml:"id" jsonschema:"required,pattern=^[A-Za-z][A-Za-z0-9-]*$,maxLength=32" doc:"Its name, unique over all policies in force: letters, digits and hyphens, as P23."`
	Source   Source `yaml:"source" doc:"Where it stands."`
	Says     string `yaml:"says" jsonschema:"required" doc:"The promise, in one or two sentences."`
	Kind     string `yaml:"kind" jsonschema:"required" doc:"How it is measured; the keys of each kind stand beside these."`
	Strength string `yaml:"strength" jsonschema:"enum=commitment,enum=aim,enum=expectation,default=commitment" doc:"How strongly it was promised. A missed aim or expectation is counted and is no breach."`
	Owner    string `yaml:"owner" doc:"Who answers for it: a role or a person."`
	Why      string `yaml:"why" jsonschema:"minLength=1" doc:"In place of the keys of its kind: why it is not measured."`

	// Terms is a pointer to the struct of its kind, as *AvailabilityTerms; nil
	// where Why stands in their place.
	Terms any `yaml:"-"`
	// Path is its place in the document, as commitments[0].
	Path string `yaml:"-"`
}

// Source is where a promise stands.
type Source struct {
	Document string `yaml:"document" doc:"The document."`
	Section  string `yaml:"section" doc:"Its section, as 2.3."`
}

// AvailabilityTerms are the keys of an availability promise.
type AvailabilityTerms struct {
	Service string       `yaml:"service" jsonschema:"required" doc:"The service that is held to it: the id of one of the configuration's, or a name that policies[].services binds to one."`
	Target  Percent      `yaml:"target" jsonschema:"required" doc:"The availability that was promised, exactly as promised."`
	Window  PolicyWindow `yaml:"window" doc:"The period that it is held over."`
	Weights Weights      `yaml:"weights" doc:"What share of the time counts in each state. These are fixed, and may be written down so that readers find them."`
	Unknown string       `yaml:"unknown" jsonschema:"enum=exclude,default=exclude" doc:"Time that nobody looked at is left out, and lowers the coverage."`
}

// PolicyWindow is the period of a promise.
type PolicyWindow struct {
	Calendar string `yaml:"calendar" jsonschema:"enum=month,enum=year" doc:"The calendar month (unless anything is given) or year."`
	Rolling  int    `yaml:"rolling_days" jsonschema:"minimum=1,maximum=3660" doc:"So many times 24 hours, in place of calendar."`
	TimeZone Zone   `yaml:"tz" doc:"The zone of its months and years. Unless given, the page's."`
}

// Weights are the shares of badness.
type Weights struct {
	Down     string `yaml:"down" jsonschema:"enum=1,default=1" doc:"Of time down."`
	Partial  string `yaml:"partial" jsonschema:"enum=0.3,default=0.3" doc:"Of time partially down."`
	Degraded string `yaml:"degraded" jsonschema:"enum=0,default=0" doc:"Of time degraded."`
}

// HoursTerms are the keys of a maintenance_hours promise.
type HoursTerms struct {
	Blackouts []Blackout `yaml:"blackouts" jsonschema:"required,minItems=1" doc:"The hours in which no maintenance may be done."`
}

// Blackout are forbidden hours of some days.
type Blackout struct {
	Regions  string    `yaml:"regions" jsonschema:"enum=each" doc:"each: the hours are those of every region, by its own clocks and without its public holidays. In place of tz."`
	TimeZone Zone      `yaml:"tz" doc:"The zone of the hours. AEST, which is UTC+10 all year, is Australia/Brisbane."`
	Days     []Weekday `yaml:"days" jsonschema:"required,minItems=1" doc:"The days of the week: 1 to 7 from Monday, or mon to sun."`
	Start    Clock     `yaml:"start" jsonschema:"required" doc:"When they begin, as 09:00."`
	End      Clock     `yaml:"end" jsonschema:"required" doc:"When they end, as 17:00; if before start, on the next day."`
	Holidays string    `yaml:"holidays" doc:"With tz: the list of days on which nothing is forbidden."`
}

// NoticeTerms are the keys of a notice promise.
type NoticeTerms struct {
	Of     []string     `yaml:"of" doc:"What is announced: maintenance (unless anything is given), release, price, behaviour."`
	Notice NoticeLength `yaml:"min_notice" jsonschema:"required" doc:"How long ahead."`
	OwedTo OffsetRule   `yaml:"owed_to" doc:"Who was promised it: offset_differs(+10:00) means those whose clocks differ from that at the start. Unless given, everybody. All are told all the same."`
}

// NoticeLength is how long ahead something is announced.
type NoticeLength struct {
	Value    int    `yaml:"value" jsonschema:"required,minimum=1,maximum=1000" doc:"How many."`
	Unit     string `yaml:"unit" jsonschema:"required,enum=h,enum=d" doc:"h: elapsed hours. d: days by the calendar, to the same time on the wall."`
	TimeZone Zone   `yaml:"tz" doc:"The zone of days. Unless given, the page's."`
}

// ClockTerms are the keys of a clock promise.
type ClockTerms struct {
	Clock    string  `yaml:"clock" jsonschema:"required,enum=acknowledgement,enum=first_response,enum=resolution" doc:"What is waited for."`
	Applies  Applies `yaml:"applies" doc:"To which records."`
	Target   Amount  `yaml:"target" jsonschema:"required" doc:"The limit."`
	Goal     *Amount `yaml:"goal" doc:"What is aimed at, in the same unit; reported beside the limit."`
	Calendar string  `yaml:"calendar" doc:"The business calendar of bh and bd: one of calendars, or one that ships, as au_aest_nsw."`
}

// Applies says which records a clock runs for.
type Applies struct {
	Type string `yaml:"type" jsonschema:"enum=incident,enum=request,enum=problem,enum=any,default=any" doc:"The type of record."`
	Tier int    `yaml:"tier" jsonschema:"minimum=1,maximum=9" doc:"Its tier. Unless given, all."`
}

// Amount is a length of a clock.
type Amount struct {
	Amount int    `yaml:"amount" jsonschema:"required,minimum=1,maximum=10000" doc:"How many."`
	Unit   string `yaml:"unit" jsonschema:"required,enum=h,enum=bh,enum=bd" doc:"h: elapsed hours. bh: business hours. bd: business days."`
}

// HeartbeatTerms are the keys of a heartbeat promise.
type HeartbeatTerms struct {
	Set         string   `yaml:"set" jsonschema:"default=backups" doc:"Which jobs: the heartbeat monitors that name this set."`
	Ask         string   `yaml:"ask" jsonschema:"enum=daily,enum=distinct,enum=regions,default=daily" doc:"daily: a success of every job in each of its local days. distinct: jobs in enough data-centres, in each region that has any. regions: the same of every region there is."`
	Per         []string `yaml:"per" doc:"What the jobs are told apart by: region, site. For readers."`
	Schedule    Schedule `yaml:"schedule" doc:"How often a success is owed."`
	Datacentres int      `yaml:"min_distinct_datacentres" jsonschema:"minimum=1,maximum=20" doc:"How many distinct data-centres each region needs. Unless given, 2 where distinct or regions is asked."`
}

// Schedule is how often a job is owed.
type Schedule struct {
	Every string `yaml:"every" jsonschema:"enum=local_day,default=local_day" doc:"Each civil day of the job's zone."`
}

// RegisterTerms are the keys of a register promise.
type RegisterTerms struct {
	Record string  `yaml:"record" doc:"What is kept, as penetration_test; promises of one word share their evidence. Unless given, the promise's id."`
	Every  Cadence `yaml:"every" doc:"How old the newest evidence may be, as 12 months. Without it the evidence has a date of expiry of its own."`
	Remind []int   `yaml:"remind" doc:"How many days before it is told that evidence expires. Unless given, 60, 30 and 7."`
}

// PromiseTerms are the keys of a dated promise.
type PromiseTerms struct {
	Due       Date      `yaml:"due" jsonschema:"required" doc:"The last day on which it can be kept."`
	Delivered MaybeDate `yaml:"delivered_on" doc:"When it was kept; null: not yet, or the evidence says so."`
	TimeZone  Zone      `yaml:"tz" doc:"The zone of the days. Unless given, the page's."`
	Remind    []int     `yaml:"remind" doc:"How many days before it is told that it is due. Unless given, 60, 30 and 7."`
}

// ContactTerms are the keys of a contact.
type ContactTerms struct {
	Contacts []Contact `yaml:"contacts" jsonschema:"required,minItems=1" doc:"Who is reached how."`
	Calendar string    `yaml:"calendar" doc:"The business calendar by which somebody is there: one of calendars, or one that ships, as au_aest_nsw. The page then tells whether they are open. Unless given, nothing is told of hours."`
}

// Contact is how somebody is reached.
type Contact struct {
	Role   string `yaml:"role" jsonschema:"required" doc:"Who, as Support."`
	Region string `yaml:"region" doc:"For customers where, as New Zealand. Unless given, everywhere."`
	Phone  string `yaml:"phone" doc:"As it was published. It is not corrected; one that cannot be right is flagged."`
	Mail   string `yaml:"mail" doc:"An address of mail."`
	URL    string `yaml:"url" doc:"An address of a page."`
	Hours  string `yaml:"hours" doc:"When, in words."`
}

// TextTerms are the keys of a text.
type TextTerms struct {
	Text string `yaml:"text" jsonschema:"required" doc:"What is shown beside the promise, in Markdown."`
}

// NotSoftwareTerms are the keys of what no software can measure.
type NotSoftwareTerms struct {
	Reason string `yaml:"reason" jsonschema:"required" doc:"Why; the same as why."`
}

// noTerms stands for the keys of a kind where Why is given in their place.
type noTerms struct{}

// policyKinds are the kinds of promises with their keys.
func policyKinds() Table {
	return Table{
		"availability":      func() any { return &AvailabilityTerms{} },
		"maintenance_hours": func() any { return &HoursTerms{} },
		"notice":            func() any { return &NoticeTerms{} },
		"clock":             func() any { return &ClockTerms{} },
		"heartbeat":         func() any { return &HeartbeatTerms{} },
		"register":          func() any { return &RegisterTerms{} },
		"promise":           func() any { return &PromiseTerms{} },
		"contact":           func() any { return &ContactTerms{} },
		"text":              func() any { return &TextTerms{} },
		"not_software":      func() any { return &NotSoftwareTerms{} },
	}
}
