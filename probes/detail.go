package probes

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// detailLimit is the length of a detail, in characters.
const detailLimit = 300

// oneLine makes what a target said fit for a log and a table: one line of
// printable characters, at most detailLimit of them.
func oneLine(text string) string {
	if len(text) > 8*detailLimit {
		text = text[:8*detailLimit]
	}
	if len(text) <= detailLimit && isPlain(text) {
		return text
	}
	var line strings.Builder
	written, space := 0, false
	for _, c := range text {
		if unicode.IsSpace(c) || unicode.IsControl(c) {
			space = written > 0
			continue
		}
		if !unicode.IsPrint(c) || c == utf8.RuneError {
			c = '?'
		}
		if written+2 >= detailLimit {
			line.WriteRune('…')
			break
		}
		if space {
			line.WriteByte(' ')
			written, space = written+1, false
		}
		line.WriteRune(c)
		written++
	}
	return line.String()
}

func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// shortSecret is the length below which a text is no secret: hiding every "1"
// or "up" would make details unreadable.
const shortSecret = 5

// veil hides secrets in details: a target may send back what it was sent.
// It holds pairs for strings.NewReplacer.
type veil []string

// newVeil hides the texts, and what follows the scheme in credentials such as
// "Bearer x" and "Basic x".
func newVeil(secrets []string) veil {
	var pairs veil
	hide := func(secret string) {
		if secret = strings.TrimSpace(secret); len(secret) >= shortSecret {
			pairs = append(pairs, secret, "***")
		}
	}
	for _, secret := range secrets {
		hide(secret)
		scheme, credentials, found := strings.Cut(secret, " ")
		if !found {
			continue
		}
		hide(credentials)
		if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil && strings.EqualFold(scheme, "basic") {
			hide(string(plain))
			_, password, _ := strings.Cut(string(plain), ":")
			hide(password)
		}
	}
	return pairs
}

func (v veil) over(text string) string {
	if len(v) == 0 || text == "" {
		return text
	}
	return strings.NewReplacer(v...).Replace(text)
}
