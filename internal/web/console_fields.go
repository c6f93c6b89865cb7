package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/register"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// onceField holds the key that makes a form's POST happen once.
const onceField = "once"

// onceKey is a new key for a form.
func onceKey() console.Hidden { return console.Hidden{Name: onceField, Value: rand.Text()} }

// fields reads a form of the console whose fields, but those named, come once.
func (v visit) fields(many ...string) (url.Values, error) {
	sent, err := form(v.c)
	if err != nil {
		return nil, err
	}
	for name, values := range sent {
		if len(values) > 1 && !contains(many, name) {
			return nil, refusal{http.StatusBadRequest, "A field was sent more than once. Go back and send the form again."}
		}
	}
	return sent, nil
}

func contains(all []string, one string) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

// wrongs are what is wrong with what was entered, by the name of the field.
type wrongs map[string]string

// faultsOf is what an error says field by field; none where it is no such error.
func faultsOf(err error) wrongs {
	var (
		invalid incidents.Invalid
		kept    register.Invalid
		asked   *subscribers.Invalid
		rule    *identity.RuleError
		out     = wrongs{}
	)
	switch {
	case errors.As(err, &invalid):
		for _, f := range invalid {
			out.add(f.Field, f.Text)
		}
	case errors.As(err, &kept):
		for _, f := range kept {
			out.add(f.Field, f.Text)
		}
	case errors.As(err, &asked):
		for _, f := range asked.Fields {
			out.add(f.Name, f.Text)
		}
	case errors.As(err, &rule):
		out.add(rule.Field, rule.Text)
	}
	return out
}

// add notes a fault as a sentence about its field.
func (f wrongs) add(field, text string) {
	text = strings.TrimSuffix(text, ".")
	if strings.HasPrefix(text, "is ") || strings.HasPrefix(text, "has ") || strings.HasPrefix(text, "names ") || strings.HasPrefix(text, "promises ") || strings.HasPrefix(text, "cannot ") {
		text = "This " + text
	}
	if f[field] != "" {
		text = f[field] + " " + text
	}
	f[field] = text + "."
}

// rest is everything that belongs to none of the fields named, in one text.
func (f wrongs) rest(shown ...string) string {
	var out []string
	for name, text := range f {
		if !contains(shown, name) {
			out = append(out, strings.Replace(text, "This", name, 1))
		}
	}
	return strings.Join(out, " ")
}

// fill puts what was typed, and what is wrong with it, into a form's fields.
func fill(fields []console.Field, typed url.Values, wrong wrongs) []console.Field {
	out := make([]console.Field, len(fields))
	for i, f := range fields {
		f.Fault = wrong[f.Name]
		if typed != nil {
			f.On = typed.Get(f.Name) != ""
			if f.Kind != console.Tick {
				f.Value = typed.Get(f.Name)
			}
			choices := make([]console.Choice, len(f.Choices))
			for n, c := range f.Choices {
				c.Chosen = c.Value == f.Value
				choices[n] = c
			}
			f.Choices = choices
		}
		out[i] = f
	}
	return out
}

// choices are pairs of a value and its text.
func choices(chosen string, pairs ...string) []console.Choice {
	var out []console.Choice
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, console.Choice{Value: pairs[i], Text: pairs[i+1], Chosen: pairs[i] == chosen})
	}
	return out
}

// presses remembers the keys of forms whose services know none, so that a form
// that is sent twice does nothing the second time. It is forgotten when the
// program ends, and with it the sessions' pages are as stale.
type presses struct {
	mu   sync.Mutex
	done map[string]time.Time
}

// Limits of what is remembered.
const (
	pressKept = 48 * time.Hour
	pressMost = 20_000
)

// first takes a key of somebody's, and tells whether nobody had it.
func (p *presses) first(by uptime.Actor, key string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	key = by.ID + "\x00" + key
	if at, known := p.done[key]; known && now.Sub(at) < pressKept {
		return false
	}
	if p.done == nil || len(p.done) >= pressMost {
		kept := make(map[string]time.Time)
		for k, at := range p.done {
			if now.Sub(at) < pressKept && len(p.done) < 2*pressMost {
				kept[k] = at
			}
		}
		if len(kept) >= pressMost {
			clear(kept)
		}
		p.done = kept
	}
	p.done[key] = now
	return true
}

// forget gives a key back: what it was for was not done.
func (p *presses) forget(by uptime.Actor, key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.done, by.ID+"\x00"+key)
}

// pressed does something once for a form's key. again: it was done before, or is
// being done now.
func (v visit) pressed(sent url.Values, do func() error) (again bool, err error) {
	key := sent.Get(onceField)
	if key == "" {
		return false, do()
	}
	if len(key) > 64 {
		return false, refusal{http.StatusBadRequest, "The form is not ours. Go back, and send it again."}
	}
	if !v.presses.first(v.by, key, v.now) {
		return true, nil
	}
	if err := do(); err != nil {
		v.presses.forget(v.by, key)
		return false, err
	}
	return false, nil
}

// simple does something that a button asks for, and goes on at a page.
func (v visit) simple(back, done string, do func(sent url.Values) error) error {
	sent, err := v.fields()
	if err != nil {
		return err
	}
	again, err := v.pressed(sent, func() error { return do(sent) })
	switch {
	case err != nil:
		return tellable(err)
	case again:
		return v.goOn(back, "already")
	}
	return v.goOn(back, done)
}

// tellable is an error that the reader can do something about, as a refusal; any
// other stays what it is.
func tellable(err error) error {
	wrong := faultsOf(err)
	switch {
	case len(wrong) > 0:
		return refusal{http.StatusUnprocessableEntity, wrong.rest() + " Go back and change it."}
	case errors.Is(err, identity.ErrLastAdmin):
		return refusal{http.StatusConflict, "This is the last administrator who can sign in. Make another one first."}
	case errors.Is(err, subscribers.ErrNotOne):
		return refusal{http.StatusConflict, "There is nothing to be done about it any more."}
	}
	return err
}
