package arch

// A floor is a set of packages that may import the floors below it and nothing
// beside or above. What a package may import beyond that is in sideways.
type floor struct {
	number   int
	packages []string
}

// floors is the house from the roof down. A package that is not listed here or
// in beside fails the test: a new package is a decision.
var floors = []floor{
	{6, []string{"cmd/upheld"}},
	{5, []string{"internal/app"}},
	{4, []string{"internal/monitoring", "internal/web"}},
	{3, []string{
		"probes", "incidents", "statuspage", "prometheus/exporter", "prometheus/blackbox",
		"internal/notify", "internal/store", "internal/store/migrations",
		"internal/identity", "internal/subscribers", "internal/register", "internal/console",
	}},
	{2, []string{"internal/verdict", "internal/availability", "internal/notice", "internal/planned", "internal/commitment", "internal/ical", "prometheus/rules"}},
	{1, []string{
		"internal/uptime", "internal/calendar", "internal/config", "internal/egress", "internal/keys", "internal/markdown",
		"static", "prometheus",
	}},
}

// beside are packages that are no part of the program: it may not import them,
// and they may import any of it.
var beside = []string{
	"internal/arch",            // these tests
	"internal/bench",           // load generator, behind `make bench`
	"internal/golden",          // runs the golden vectors against the pure packages
	"internal/needs",           // what tests need of the machine
	"internal/store/storetest", // one conformance suite for every database
}

// sideways are the imports within one floor, each with its reason.
var sideways = map[[2]string]string{
	{"internal/store", "internal/store/migrations"}: "its embedded SQL",
	{"prometheus/rules", "internal/availability"}:   "one table of burn rules for the page and for Prometheus",
}

// A door is the one package through which the program reaches a dependency, so
// that replacing the dependency is a change in one place.
type door struct {
	module string   // import path prefix
	to     []string // the packages that may import it; nil: any
}

// doors lists every module that the program imports. One that is not listed
// fails the test. internal/bench measures against the bare library and is no
// part of the program.
var doors = []door{
	{"code.dny.dev/ssrf", []string{"internal/egress"}},
	{"github.com/a-h/templ", []string{"statuspage", "internal/console"}},
	{"github.com/alecthomas/kong", []string{"cmd/upheld"}},
	{"github.com/alexedwards/argon2id", []string{"internal/identity"}},
	{"github.com/alexedwards/scs", []string{"internal/web"}},
	{"github.com/arran4/golang-ical", []string{"internal/ical"}},
	{"github.com/danielgtaylor/huma", []string{"internal/web"}},
	{"github.com/fsnotify/fsnotify", []string{"internal/config"}},
	{"github.com/go-co-op/gocron", []string{"internal/monitoring"}},
	{"github.com/gorilla/feeds", []string{"statuspage"}},
	{"github.com/invopop/jsonschema", []string{"internal/config", "probes"}}, // settings describe themselves to the schema
	{"github.com/jackc/pgx", []string{"internal/store"}},
	{"github.com/jonboulle/clockwork", []string{"internal/monitoring"}}, // gocron's clock
	{"github.com/klauspost/compress", []string{"prometheus/exporter"}},
	{"github.com/labstack/echo", []string{"internal/web", "internal/bench"}},
	{"github.com/microcosm-cc/bluemonday", []string{"internal/markdown"}},
	{"github.com/miekg/dns", []string{"probes"}},
	{"github.com/nicholas-fedor/shoutrrr", []string{"internal/notify"}},
	{"github.com/pressly/goose", []string{"internal/store"}},
	{"github.com/prometheus-community/pro-bing", []string{"probes"}},
	{"github.com/prometheus/blackbox_exporter", []string{"prometheus/blackbox"}},
	{"github.com/prometheus/client_golang", []string{"prometheus/exporter", "prometheus/blackbox"}}, // which hands it a registry
	{"github.com/prometheus/client_model", []string{"prometheus/exporter"}},
	{"github.com/prometheus/common", []string{"prometheus/exporter", "prometheus/blackbox"}}, // its modules' settings
	{"github.com/santhosh-tekuri/jsonschema", []string{"internal/config"}},
	{"github.com/standard-webhooks/standard-webhooks", []string{"internal/notify"}},
	{"github.com/teambition/rrule-go", []string{"internal/calendar"}},
	{"github.com/wneessen/go-mail", []string{"internal/notify"}},
	{"github.com/yuin/goldmark", []string{"internal/markdown"}},
	{"go.yaml.in/yaml", []string{"internal/config"}},
	{"google.golang.org/grpc", []string{"probes"}},
	{"gorm.io", []string{"internal/store"}},
	{"modernc.org", []string{"internal/store"}},
	{"github.com/google/uuid", []string{"internal/monitoring"}}, // in gocron's signatures
	{"golang.org/x/net", []string{"probes", "internal/egress"}},
	{"golang.org/x", nil}, // the standard library's annex
}

// testOnly are modules that no program code imports.
var testOnly = []string{
	"github.com/chromedp", "github.com/emersion/go-ical", "github.com/emersion/go-smtp", "github.com/google/go-cmp", "github.com/mmcdole/gofeed",
	"go.uber.org/goleak", "pgregory.net/rapid", "testing",
}

// timeless are the packages that are handed the time: a decision that asks the
// clock cannot be repeated.
var timeless = []string{
	"internal/uptime", "internal/calendar", "internal/verdict", "internal/availability", "internal/notice",
	"internal/planned", "internal/commitment", "prometheus/rules", "incidents",
}

// pure are the timeless packages that act on nothing either.
var pure = []string{
	"internal/uptime", "internal/calendar", "internal/verdict", "internal/availability", "internal/notice",
	"internal/planned", "internal/commitment", "prometheus/rules",
}

// actors are the parts of the standard library that pure packages never use.
var actors = []string{
	"context", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2",
	"net", "net/http", "os", "os/exec", "os/signal", "sync",
}

// harmless are what pure packages may use of them all the same: tables.
var harmless = []string{"net/http.StatusText"}

// clock are the functions of package time that a timeless package never calls.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// A ban is something of the standard library that only some packages may use.
type ban struct {
	importPath string
	names      []string // of what the package exports; nil: all of it
	except     []string
	reason     string
}

var bans = []ban{
	{"os/exec", nil, []string{"internal/bench", "internal/needs"}, "a monitor that starts programs is a way in"},
	{"net/http", []string{"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"}, nil,
		"it has no deadline and passes no egress guard"},
	{"net", []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
		[]string{"internal/egress", "internal/store", "internal/bench"}, // the store calls the operator's own database
		"outgoing connections pass internal/egress"},
	{"net/http/pprof", nil, nil, "it registers itself on the default mux"},
	{"expvar", nil, nil, "it registers itself on the default mux"},
}

// longest is the number of lines that a file may have before it is asked
// whether it is two things.
const longest = 400

// long are the files over that, each with its reason.
var long = map[string]string{}
