package config

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxID bounds an id: it stands in addresses, metrics and the database.
const maxID = 64

// slug makes an id from a name: small letters and digits, hyphens for all
// else. Accents are dropped; what has no Latin letters gives an empty slug.
func slug(name string) string {
	var out strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
			// An accent, or the apostrophe of "what's": no gap.
		case latin(r) != "":
			out.WriteString(latin(r))
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return strings.TrimSuffix(out.String(), "-")
}

// latin spells the letters of Latin alphabets that are no letter with an
// accent.
func latin(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'ł':
		return "l"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	}
	return ""
}

// isID tells whether text has the form of an id.
func isID(text string) bool {
	return text != "" && len(text) <= maxID && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && text[len(text)-1] != '-'
}

// ids gives ids to what the file gives none, and refuses those that are wrong
// or taken. What is derived depends on the thing's own name and place alone,
// so that it stays when others come and go; a clash is refused, never evaded.
type ids struct {
	d     *decoder
	taken map[string]string // id to the path that has it
}

func newIDs(d *decoder) ids { return ids{d: d, taken: map[string]string{}} }

// settle is the id of the thing at a path. Derived is its id unless one is
// given, from is what that was made of, for messages.
func (i ids) settle(path, given, derived, from string) string {
	path, id, source := join(path, "id"), given, ""
	if _, is := i.d.places[path]; is {
		if i.d.wrong[path] {
			return ""
		}
		if !isID(given) {
			remedy := fmt.Sprintf("use small letters, digits and hyphens between them, at most %d", maxID)
			if better := slug(given); isID(better) && i.d.raw[path] == "" {
				remedy += ", as " + better
			}
			i.d.refuse(path, i.d.quote(path, given)+" cannot be an id", remedy)
			return ""
		}
	} else {
		id, source = derived, " (made from "+from+")"
		if !isID(id) {
			i.d.refuse(path, fmt.Sprintf("no id of 1 to %d letters can be made from %s", maxID, from), "give it one, as id: sign-in")
			return ""
		}
	}
	if other, taken := i.taken[id]; taken {
		line := locate(i.d.places, other).line
		i.d.refuse(path, fmt.Sprintf("%s%s is the id of %s in line %d already", i.d.quote(path, id), source, other, line), "give one of them another id")
		return ""
	}
	i.taken[id] = strings.TrimSuffix(path, ".id")
	return id
}
