package ical

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// line makes one line of a text that anybody may have written: valid UTF-8, no
// controls, nothing that turns the direction of reading, single spaces, at most
// so many characters.
func line(text string, most int) string {
	text = text[:min(len(text), 8*most)] // what is far beyond is not looked at
	var out strings.Builder
	written, space := 0, false
	for _, c := range text {
		switch {
		case unicode.IsSpace(c):
			space = written > 0
			continue
		case invisible(c):
			continue
		case written+2 >= most:
			out.WriteRune('…')
			return out.String()
		}
		if space {
			out.WriteByte(' ')
			written, space = written+1, false
		}
		out.WriteRune(c)
		written++
	}
	return out.String()
}

// paragraphs is line for a text of several lines, with at most one empty line
// between two.
func paragraphs(text string, most int) string {
	text = breaks(text[:min(len(text), 8*most)])
	var out []string
	left := most
	for one := range strings.SplitSeq(text, "\n") {
		one = line(one, left)
		if one == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, one)
		if left -= utf8.RuneCountInString(one) + 1; left < 3 {
			break
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// breaks writes every character that begins a line as the one line feed that
// iCalendar knows how to escape.
func breaks(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
}

// invisible tells of a character that shows nothing and changes how others are
// read. Joiners stay, which many scripts and emoji are written with.
func invisible(c rune) bool {
	return c == utf8.RuneError || unicode.IsControl(c) || unicode.Is(unicode.Cf, c) && c != '\u200d' && c != '\u200c'
}
