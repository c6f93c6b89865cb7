package commitment

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/upheld/upheld/internal/uptime"
)

// Bounds of a number in digits, the country code among them (ITU-T E.164 §6.2.1;
// it knows no least: shorter ones are service codes, which end at the border).
const (
	mostDigits  = 15
	leastDigits = 7
)

// A country is how its numbers are made, as far as their writing can show that
// one cannot be right.
type country struct {
	code, name string
	ranges     []numbers
}

// numbers is a range of a country's numbers: those that begin with prefix, after
// the country code.
type numbers struct {
	prefix      string
	least, most int    // digits after the country code
	area        int    // of them the area code, which is written as one; 0: it has none
	home        string // what they are, where they may not be reached from abroad
}

// countries are those of which more is known than ITU-T E.164 has, each by its
// regulator's plan: Ofcom, National Telephone Numbering Plan; ACMA,
// Telecommunications Numbering Plan 2015; New Zealand's Number Administration
// Deed; the North American Numbering Plan of NANPA.
func countries() []country {
	const freephone = "a freephone number"
	toll := func(code string) numbers { return numbers{code, 10, 10, 3, freephone} }
	return []country{
		{"44", "the United Kingdom", []numbers{
			{"20", 10, 10, 2, ""}, {"23", 10, 10, 2, ""}, {"24", 10, 10, 2, ""}, {"28", 10, 10, 2, ""}, {"29", 10, 10, 2, ""},
			{"11", 10, 10, 3, ""}, {"121", 10, 10, 3, ""}, {"131", 10, 10, 3, ""}, {"141", 10, 10, 3, ""},
			{"151", 10, 10, 3, ""}, {"161", 10, 10, 3, ""}, {"191", 10, 10, 3, ""}, {"1", 9, 10, 4, ""},
			{"3", 10, 10, 0, ""}, {"55", 10, 10, 0, ""}, {"56", 10, 10, 0, ""}, {"7", 10, 10, 0, ""},
			{"800", 7, 10, 0, freephone}, {"808", 10, 10, 0, freephone},
			{"84", 7, 10, 0, "a number with a special tariff"}, {"87", 10, 10, 0, "a number with a special tariff"},
			{"9", 10, 10, 0, "a number with a special tariff"},
		}},
		{"61", "Australia", []numbers{
			{"2", 9, 9, 1, ""}, {"3", 9, 9, 1, ""}, {"7", 9, 9, 1, ""}, {"8", 9, 9, 1, ""}, {"4", 9, 9, 0, ""},
			{"1300", 10, 10, 0, "a local-rate number"}, {"13", 6, 6, 0, "a local-rate number"},
			{"1800", 10, 10, 0, freephone}, {"180", 7, 7, 0, freephone}, {"190", 10, 10, 0, "a number with a special tariff"},
		}},
		{"64", "New Zealand", []numbers{
			{"3", 8, 8, 1, ""}, {"4", 8, 8, 1, ""}, {"6", 8, 8, 1, ""}, {"7", 8, 8, 1, ""}, {"9", 8, 8, 1, ""},
			{"2", 8, 10, 0, ""}, {"800", 8, 10, 0, freephone}, {"508", 9, 9, 0, freephone},
			{"900", 8, 8, 0, "a number with a special tariff"},
		}},
		{"1", "North America", append([]numbers{
			toll("800"), toll("833"), toll("844"), toll("855"), toll("866"), toll("877"), toll("888"),
		}, areas("23456789")...)},
	}
}

// areas are the ranges of the North American plan: no area code begins with 0 or
// 1.
func areas(first string) (out []numbers) {
	for _, digit := range first {
		out = append(out, numbers{string(digit), 10, 10, 3, ""})
	}
	return out
}

// Phone reads a telephone number as it was written for people. Dial is the number
// as a telephone takes it, "+442035190182"; empty where it cannot be right or is
// not clear. Doubts say what is wrong with it, or whom it may not work for, each
// as the end of a sentence that begins with the number. Nothing is corrected: who
// wrote it knows what was meant.
func Phone(text string) (dial string, doubts []string) {
	text = strings.TrimSpace(text)
	if !strings.ContainsFunc(text, digit) {
		return "", []string{"is no number yet"}
	}
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return "", []string{"has letters in it; write digits alone, and an extension into the hours"}
	}
	if strings.Count(text, "+") > 1 || strings.Contains(text[1:], "+") || strings.ContainsFunc(text, odd) {
		return "", []string{"has characters that no telephone number has"}
	}
	if text[0] != '+' {
		return "", []string{"does not begin with + and a country code, so that it cannot be called from abroad"}
	}
	groups := strings.FieldsFunc(text, func(r rune) bool { return !digit(r) })
	all := strings.Join(groups, "")
	code := callingCode(all)
	switch {
	case code == "":
		return "", []string{"begins with no country code that is in use"}
	case len(all) > mostDigits:
		return "", []string{fmt.Sprintf("has %d digits, and no number has more than %d", len(all), mostDigits)}
	case len(all) < leastDigits:
		return "", []string{"is too short to be called from abroad"}
	case !strings.HasPrefix(groups[0], code):
		return "", []string{"is split within its country code " + code}
	}
	if groups[0] = groups[0][len(code):]; groups[0] == "" {
		groups = groups[1:]
	}
	if i := slices.IndexFunc(countries(), func(c country) bool { return c.code == code }); i >= 0 {
		if doubt, grave := countries()[i].doubt(groups); doubt != "" {
			doubts = append(doubts, doubt)
			if grave {
				return "", doubts
			}
		}
	}
	return "+" + all, doubts
}

// doubt says what is wrong with the groups of digits that follow the country
// code; grave: it cannot be right.
func (c country) doubt(groups []string) (text string, grave bool) {
	national := strings.Join(groups, "")
	if strings.HasPrefix(national, "0") {
		return "has a 0 after +" + c.code + ", which is not dialled from abroad", true
	}
	var of numbers
	for _, n := range c.ranges {
		if strings.HasPrefix(national, n.prefix) && len(n.prefix) > len(of.prefix) {
			of = n
		}
	}
	switch {
	case of.prefix == "":
		return fmt.Sprintf("cannot be right: no number of %s begins with %s", c.name, national[:1]), true
	case len(national) < of.least || len(national) > of.most:
		return fmt.Sprintf("cannot be right: it has %s after +%s, and numbers of %s that begin with %s have %s",
			uptime.Count(len(national), "digit"), c.code, c.name, of.prefix, between(of)), true
	case len(groups) > 1 && len(groups[0]) < of.area:
		return fmt.Sprintf("cannot be right as it is grouped: %s has no area code %s", c.name, groups[0]), true
	case of.home != "":
		return fmt.Sprintf("may not work from abroad: it is %s of %s", of.home, c.name), false
	}
	return "", false
}

func between(n numbers) string {
	if n.least == n.most {
		return fmt.Sprint(n.most)
	}
	return fmt.Sprintf("%d to %d", n.least, n.most)
}

func digit(r rune) bool { return '0' <= r && r <= '9' }

// odd tells whether a rune has no place in a number: digits, spaces, hyphens,
// dots, slashes and brackets have, and the + before it.
func odd(r rune) bool {
	return !digit(r) && !unicode.In(r, unicode.Zs, unicode.Pd) && !strings.ContainsRune("+.()/\t", r)
}

// callingCode is the country code that digits begin with, empty where none is in
// use (ITU-T E.164, list of assigned country codes).
func callingCode(digits string) string {
	if digits[0] == '1' || digits[0] == '7' {
		return digits[:1]
	}
	if len(digits) < 3 {
		return ""
	}
	const two = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
		"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
	const three = "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99"
	switch first := digits[:2]; {
	case slices.Contains(strings.Fields(two), first):
		return first
	case slices.Contains(strings.Fields(three), first):
		return digits[:3]
	}
	return ""
}
