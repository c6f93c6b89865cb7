package identity

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPasswords(t *testing.T) {
	w := readWords()
	for password, why := range map[string]string{
		"":                             "shorter",
		"x9$kQ2!mZp4":                  "shorter", // 11
		strings.Repeat("é", 11):        "shorter",
		strings.Repeat("ab1!xyz-", 17): "longer",
		"aaaaaaaaaaaa":                 "guessed",
		"abcabcabcabcabc":              "guessed",
		"123456789012":                 "guessed",
		"098765432109":                 "guessed",
		"839201746352":                 "guessed", // four numbers of three digits
		"qwertyuiop12":                 "guessed",
		"QWERTYUIOP[]":                 "guessed",
		"poiuytrewqas":                 "guessed",
		"1qaz2wsx3edc":                 "guessed",
		"1q2w3e4r5t6y":                 "guessed",
		"abcdefghijkl":                 "guessed",
		"password1234":                 "guessed",
		"Password2026!":                "guessed",
		"P@ssw0rd1234":                 "guessed",
		"passwordpassword":             "guessed",
		"iloveyou1234":                 "guessed",
		"letmein12345":                 "guessed",
		"Welcome12345!":                "guessed",
		"administrator1":               "guessed",
		"changeme1234":                 "guessed",
		"Summer2026!!":                 "guessed",
		"dragonmonkey77":               "guessed",
		"football12345":                "guessed",
		"hunter2hunter2":               "guessed",
		"statuspage2026":               "guessed",
		"            ":                 "guessed",
		"anna-lena likes tea":          "name",
		"xK9 ANNA-LENA 3fq":            "name",
		"i trust Upheld v3ry much":     "product",
		"\xff\xfe\xfd\xff\xfe\xfd\xff\xfe\xfd\xff\xfe\xfd\xff": "no characters",

		good:                           "",
		another:                        "",
		"correct horse battery staple": "",
		"x9$kQ2!mZp4v":                 "",
		"ü4ß-Öl.fFNu z":                "",
		"\u0000\u0001tab\tand more 7q": "",
		"雨の日は傘を忘れて困ったよ":                          "",
		strings.Repeat("ab1!xyz-", 16)[1:] + "?": "",
		"anna and lena like tea":                 "",
	} {
		err := w.checkPassword(password, "anna-lena@example.org")
		if why == "" && err != nil || why != "" && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("%q: %v, want %q", password, err, why)
		}
		if rule := new(RuleError); err != nil && (!errors.As(err, &rule) || rule.Field != "password" || password != "" && strings.Contains(err.Error(), password)) {
			t.Errorf("%q: %#v", password, err)
		}
	}
}

func TestWordsAreRead(t *testing.T) {
	w := readWords()
	if n := len(w.known); n < 3000 {
		t.Errorf("%d words", n)
	}
	for word := range w.known {
		if len(word) < 4 || strings.ContainsAny(word, " #\n") {
			t.Errorf("word %q", word)
		}
	}
}

// A password of characters drawn at random is good; the check ends for every
// text and answers the same for the same one.
func TestRandomPasswordsAreGood(t *testing.T) {
	w := readWords()
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.StringN(0, 200, -1).Draw(t, "any")
		if one, two := w.checkPassword(any, "n"), w.checkPassword(any, "n"); (one == nil) != (two == nil) {
			t.Fatal("two answers")
		}
		if n := w.parts(strings.ToLower(any)); n > utf8.RuneCountInString(any) {
			t.Fatalf("%d parts of %d characters", n, utf8.RuneCountInString(any))
		}
		drawn := rapid.SliceOfNDistinct(rapid.SampledFrom([]rune("bcdfgjkmnpqrsvxzBCDFGJKMNPQRSVXZ?~§µ±")), 16, 16, rapid.ID[rune]).Draw(t, "drawn")
		if err := w.checkPassword(string(drawn), "anna"); err != nil && w.parts(strings.ToLower(string(drawn))) >= fewestParts {
			t.Fatalf("%q: %v", string(drawn), err)
		}
	})
}

func FuzzPassword(f *testing.F) {
	for _, seed := range []string{"", "password", "ﬀ\u0301", "\xf0\x9f", "a\u0000b", strings.Repeat("é", 200)} {
		f.Add(seed, "anna")
	}
	w := readWords()
	f.Fuzz(func(t *testing.T, password, name string) {
		password = normalPassword(password)
		if w.checkPassword(password, name) == nil {
			if n := utf8.RuneCountInString(password); n < PasswordShortest || n > PasswordLongest || !utf8.ValidString(password) {
				t.Errorf("%q passes", password)
			}
		}
	})
}
