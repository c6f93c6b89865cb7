package statuspage

import (
	"strings"
	"unicode"
)

// Marks that keep the direction of a text from reaching beyond it (UAX #9).
const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// isolate makes somebody's words fit to stand among ours: in one line, and so
// that what is written from right to left turns nothing round it. Words in
// which nothing can turn are left as they are.
func isolate(words string) string {
	turns := false
	words = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			turns = true
			if r >= '\u2066' && r <= '\u2069' { // an isolate of theirs could end ours
				return -1
			}
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam):
			turns = true
		}
		return r
	}, words)
	if !turns {
		return words
	}
	return firstStrongIsolate + words + popIsolate
}
