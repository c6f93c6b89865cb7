package identity

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed common.txt
var commonWords string

// Lengths of a password, in characters.
const (
	PasswordShortest = 12
	PasswordLongest  = 128
)

// fewestParts is how many guesses a password is made of at least: a word that
// is often used, a run on the keyboard, a short number and a single character
// are one guess each.
const fewestParts = 5

// product is in no password for the product.
const product = "upheld"

// words are what passwords are often made of, in lower case, with what stands
// for letters (3 for e, @ for a) written as letters.
type words struct {
	known   map[string]bool
	longest int      // of them, in bytes
	rows    []string // of keys
}

func readWords() words {
	w := words{known: make(map[string]bool, 4096), rows: rows()}
	for word := range strings.Lines(commonWords) {
		if word = strings.TrimSpace(word); word == "" || word[0] == '#' {
			continue
		}
		w.known[plainLetters(word)] = true
		w.longest = max(w.longest, len(word))
	}
	return w
}

// normalPassword writes a password in the one way (Unicode NFC), so that two
// keyboards that compose letters differently type the same one.
func normalPassword(password string) string { return norm.NFC.String(password) }

// checkPassword refuses a password that would be guessed. Any character may
// stand in it.
func (w words) checkPassword(password, name string) error {
	wrong := func(text string) error { return &RuleError{"password", text} }
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return wrong("The password holds bytes that are no characters; type it as text.")
	case n < PasswordShortest:
		return wrong("The password is shorter than 12 characters; a few words in a row are easy to keep.")
	case n > PasswordLongest:
		return wrong("The password is longer than 128 characters.")
	}
	lower := strings.ToLower(password)
	for _, own := range ownWords(name) {
		if strings.Contains(lower, own) {
			return wrong("The password holds the name that you sign in with; leave it out.")
		}
	}
	if strings.Contains(lower, product) {
		return wrong("The password holds this product's name; leave it out.")
	}
	if w.parts(lower) < fewestParts {
		return wrong("The password would be guessed: it is made of common words, runs or repetitions. Add words or characters that do not belong together.")
	}
	return nil
}

// ownWords are the parts of somebody's name that stand in no password of
// theirs: the whole, and what a mail address has before the @.
func ownWords(name string) []string {
	var own []string
	lower := strings.ToLower(name)
	local, _, _ := strings.Cut(lower, "@")
	for _, word := range []string{lower, local} {
		if utf8.RuneCountInString(word) >= 3 {
			own = append(own, word)
		}
	}
	return own
}

// parts is the least number of guesses that a password, in lower case, is made
// of. What is repeated counts once.
func (w words) parts(password string) int {
	text := []rune(unrepeated(password))
	letters := []rune(plainLetters(string(text)))
	best := make([]int, len(text)+1)
	for i := range text {
		best[i+1] = best[i] + 1
		for from := max(0, i+1-max(w.longest, longestRun)); from <= i-2; from++ {
			piece := text[from : i+1]
			if w.isRun(piece) || w.known[string(letters[from:i+1])] || isCount(piece) {
				best[i+1] = min(best[i+1], best[from]+1)
			}
		}
	}
	return best[len(text)]
}

// unrepeated is the shortest beginning that the whole text repeats.
func unrepeated(text string) string {
	for n := 1; n <= len(text)/2; n++ {
		if unit := text[:n]; strings.HasPrefix(strings.Repeat(unit, len(text)/n+1), text) && utf8.ValidString(unit) {
			return unit
		}
	}
	return text
}

// plainLetters undoes what people write for letters, one for one.
func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'o'
		case '1', '!', '|':
			return 'i'
		case '3', '€':
			return 'e'
		case '4', '@':
			return 'a'
		case '5', '$':
			return 's'
		case '7':
			return 't'
		}
		return unicode.ToLower(r)
	}, text)
}
