package notify

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

const referenceFile = "../../docs/reference/channels.md"

func TestReferenceOfChannels(t *testing.T) {
	if *update {
		if err := os.WriteFile(referenceFile, Reference(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(referenceFile)
	if err != nil || !bytes.Equal(written, Reference()) {
		t.Errorf("%s is not what the settings say (%v); run go test ./internal/notify -update", referenceFile, err)
	}
}

// Every setting of every type is written down, under a name of its own.
func TestSettingsOfChannelsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range Types() {
		if one.Name == "" || one.Summary == "" || one.Example == "" || seen[one.Name] {
			t.Errorf("type %+v is not described, or twice", one.Name)
		}
		seen[one.Name] = true
		if one.Notes != "" && !strings.HasSuffix(one.Notes, "\n\n") {
			t.Errorf("the notes of %s do not stand apart", one.Name)
		}
		settings := reflect.TypeOf(one.New()).Elem()
		for i := range settings.NumField() {
			field := settings.Field(i)
			if field.IsExported() && (field.Tag.Get("yaml") == "" || field.Tag.Get("doc") == "" || strings.ContainsAny(field.Tag.Get("doc"), "|\n")) {
				t.Errorf("%s: %s has no name or no fit description", one.Name, field.Name)
			}
		}
		if found, known := TypeNamed(one.Name); !known || found.Summary != one.Summary {
			t.Errorf("%s is not found by its name", one.Name)
		}
	}
	if _, known := TypeNamed("pigeon"); known {
		t.Error("a type that there is not is found")
	}
}

// The examples are read as the configuration reads them, and can be built. What
// is not known is refused.
func TestExamplesOfChannels(t *testing.T) {
	kinds := config.Kinds{Monitors: config.Table{"none": func() any { return new(struct{}) }}, Channels: config.Table{}}
	for _, one := range Types() {
		kinds.Channels[one.Name] = func() any { return one.New() }
	}
	for _, one := range Types() {
		secret := func(name string) (string, bool) {
			if name == "WEBHOOK_SECRET" {
				return NewWebhookSecret(), true
			}
			for _, s := range services() {
				if name == strings.ToUpper(s.name)+"_URL" {
					return s.like, true
				}
			}
			return "", false
		}
		parse := func(example string) (*config.File, error) {
			text := "components:\n  - name: It\n    monitors: [{type: none}]\nchannels:\n  - " +
				strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n    ") + "\n"
			return config.Parse("example.yaml", []byte(text), kinds, secret)
		}
		file, err := parse(one.Example)
		if err != nil {
			t.Errorf("%s: %v", one.Name, err)
			continue
		}
		settings, ok := file.Channels[0].Settings.(Settings)
		if !ok {
			t.Fatalf("%s: decoded into %T", one.Name, file.Channels[0].Settings)
		}
		if _, err := settings.Build(testEnv()); err != nil {
			t.Errorf("%s: %v", one.Name, err)
		}
		if _, err := parse(one.Example + "colour: red\n"); err == nil || !strings.Contains(err.Error(), "colour") {
			t.Errorf("%s: an unknown setting: %v", one.Name, err)
		}
	}
}

func TestTheLogIsToldALineANotice(t *testing.T) {
	for reason, want := range map[uptime.NoticeReason]string{
		uptime.WentDown:      `level=WARN msg="Sign-in is down" notice=n1 reason=went_down written=2026-03-07T04:02:10.000Z incident=i1`,
		uptime.WentBlind:     `level=WARN msg="Sign-in is down" notice=n1 reason=went_blind written=2026-03-07T04:02:10.000Z incident=i1`,
		uptime.UpdateOverdue: `level=WARN msg="Sign-in is down" notice=n1 reason=update_overdue written=2026-03-07T04:02:10.000Z incident=i1`,
		uptime.Recovered:     `level=INFO msg="Sign-in is down" notice=n1 reason=recovered written=2026-03-07T04:02:10.000Z incident=i1`,
		uptime.NewsOfState:   `level=INFO msg="Sign-in is down" notice=n1 reason=update written=2026-03-07T04:02:10.000Z incident=i1`,
	} {
		var told bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		n := uptime.Notice{ID: "n1", At: noon, Reason: reason, Incident: "i1", Summary: "Sign-in\r\nis \u202edown"}
		receipt, err := logTo(t, slog.NewTextHandler(&told, &slog.HandlerOptions{ReplaceAttr: noTime})).Send(t.Context(), notice.Message{Notices: []uptime.Notice{n, n}})
		if err != nil || receipt.State != uptime.DeliverySent || len(receipt.Digest) != 64 {
			t.Errorf("%+v %v", receipt, err)
		}
		if got := told.String(); got != want+"\n"+want+"\n" {
			t.Errorf("%s:\n%s\nwant\n%s", reason, got, want)
		}
	}
	m := messages()["test"]
	if _, err := logTo(t, slog.NewTextHandler(fullDisk{}, nil)).Send(t.Context(), m); err == nil {
		t.Error("a line that was not written counts as sent")
	}
	if _, err := logTo(t, slog.NewTextHandler(fullDisk{}, &slog.HandlerOptions{Level: slog.LevelError})).Send(t.Context(), m); err != nil {
		t.Errorf("a line that nobody asked for: %v", err)
	}
	silent, err := new(Log).Build(Env{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Send(t.Context(), m); err != nil {
		t.Error(err)
	}
}

func logTo(t *testing.T, h slog.Handler) Sender {
	t.Helper()
	sender, err := new(Log).Build(Env{Log: slog.New(h)})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, errors.Join(errors.New("no space left on device"), io.ErrShortWrite)
}
