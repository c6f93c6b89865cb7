package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a message shows, in characters. Titles and texts come from
// people, monitors and other machines; none of them may fill a mailbox.
const (
	longestSubject = 150
	longestLine    = 300
	longestBody    = 20_000
	longestShort   = 1_500
	longestExcerpt = 500
)

// line makes one line of a text that anybody may have written: no line breaks,
// no control characters, nothing that turns the direction of reading, at most
// so many characters.
func line(text string, most int) string {
	// No character is longer than four bytes; what is far beyond is not looked at.
	text = text[:min(len(text), 8*most)]
	var out strings.Builder
	written, space := 0, false
	for _, c := range text {
		if unicode.IsSpace(c) || c == '\u2028' || c == '\u2029' {
			space = written > 0
			continue
		}
		if invisible(c) {
			continue
		}
		if written+2 >= most {
			out.WriteRune('…')
			break
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

// paragraphs is line for a text of several lines. It keeps how far a line is
// indented, and at most one empty line between two.
func paragraphs(text string, most int) string {
	text = text[:min(len(text), 8*most)]
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(text)
	var out []string
	left := most
	for one := range strings.SplitSeq(text, "\n") {
		indent := min(len(one)-len(strings.TrimLeft(one, " ")), 8)
		cleaned := line(one, left)
		if cleaned == "" {
			if len(out) > 0 && out[len(out)-1] != "" {
				out = append(out, "")
			}
			continue
		}
		out = append(out, strings.Repeat(" ", indent)+cleaned)
		if left -= utf8.RuneCountInString(cleaned) + 1; left < 2 {
			out = append(out, "…")
			break
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// strip is a text without the characters that invisible tells of, for one whose
// spaces and line breaks mean something: Markdown.
func strip(text string, most int) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text[:min(len(text), 4*most)])
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && invisible(c) {
			return -1
		}
		return c
	}, text)
}

// invisible tells of a character that shows nothing and changes how others are
// shown or read: controls, and what Unicode calls format characters, of which
// the ones that turn the direction of reading can make a text say something
// else. Joiners stay, which many scripts and emoji are written with.
func invisible(c rune) bool {
	return c == utf8.RuneError || unicode.IsControl(c) ||
		unicode.Is(unicode.Cf, c) && c != '\u200d' && c != '\u200c'
}
