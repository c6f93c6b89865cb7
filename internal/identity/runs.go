package identity

import (
	"slices"
	"strings"
)

// longestRun is how far back a run is looked for; longer ones are several.
const longestRun = 32

// rows are what fingers run along, there or back: the alphabet, the digits, the
// rows and the columns of the usual keyboards.
func rows() []string {
	return []string{
		"abcdefghijklmnopqrstuvwxyz", "01234567890", "1234567890-=", "!@#$%^&*()_+", "!\"§$%&/()=?",
		"qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopü+", "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn",
		"1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/",
	}
}

// isRun tells whether three characters or more are one character again and
// again, or run along a row.
func (w words) isRun(piece []rune) bool {
	same := true
	for _, r := range piece {
		same = same && r == piece[0]
	}
	if same {
		return true
	}
	there := string(piece)
	slices.Reverse(piece)
	back := string(piece)
	slices.Reverse(piece)
	for _, row := range w.rows {
		if strings.Contains(row, there) || strings.Contains(row, back) {
			return true
		}
	}
	return false
}

// isCount tells whether three or four characters are digits: all of them are
// tried after every word.
func isCount(piece []rune) bool {
	if len(piece) > 4 {
		return false
	}
	for _, r := range piece {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
