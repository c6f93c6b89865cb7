package commitment

import (
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

func TestTelephoneNumbers(t *testing.T) {
	for text, test := range map[string]struct{ dial, doubt string }{
		"+44 20 3519 0182":        {"+442035190182", ""},
		"+442035190182":           {"+442035190182", ""},
		"+44 (20) 3519-0182":      {"+442035190182", ""},
		"+44 7700 900123":         {"+447700900123", ""},
		"+44 121 496 0000":        {"+441214960000", ""},
		"+44 1223 496000":         {"+441223496000", ""},
		"+44 (2) 0351 90182":      {"", "no area code 2"},
		"+44 12 1496 0000":        {"", "no area code 12"},
		"+44 (0)20 3519 0182":     {"", "a 0 after +44"},
		"+44 020 3519 0182":       {"", "a 0 after +44"},
		"+44 20 3519 018":         {"", "9 digits"},
		"+44 4000 000000":         {"", "begins with 4"},
		"+44 800 123 4567":        {"+448001234567", "may not work from abroad"},
		"020 3519 0182":           {"", "country code"},
		"00442035190182":          {"", "country code"},
		"+61 1300 529 909":        {"+611300529909", "may not work from abroad"},
		"+61 2 9999 0000":         {"+61299990000", ""},
		"+61 (2) 9999 0000":       {"+61299990000", ""},
		"+61 412 345 678":         {"+61412345678", ""},
		"+61 13 12 34":            {"+61131234", "may not work from abroad"},
		"+61 1800 123 456":        {"+611800123456", "freephone"},
		"+61 02 9999 0000":        {"", "a 0 after +61"},
		"+61 5 1234 5678":         {"", "begins with 5"},
		"+64 9 123 4567":          {"+6491234567", ""},
		"+64 21 123 4567":         {"+64211234567", ""},
		"+64 800 123 456":         {"+64800123456", "freephone"},
		"+1 (415) 555-0100":       {"+14155550100", ""},
		"+1 415.555.0100":         {"+14155550100", ""},
		"+1 888 555 0100":         {"+18885550100", "freephone"},
		"+1 115 555 0100":         {"", "begins with 1"},
		"+1 415 555 010":          {"", "9 digits"},
		"+49 30 901820":           {"+4930901820", ""},
		"+353 1 234 5678":         {"+35312345678", ""},
		"+35 31 234 5678":         {"", "split within its country code"},
		"+28 1234 5678":           {"", "no country code"},
		"+0 1234 5678":            {"", "no country code"},
		"+49":                     {"", "no country code"},
		"+49 30":                  {"", "too short"},
		"+49 30 1234567890123":    {"+493012345678901", "more than 15"},
		"":                        {"", "no number yet"},
		"to be set":               {"", "no number yet"},
		"+1 800 FLOWERS 1":        {"", "letters"},
		"+49 30 901820 ext. 5":    {"", "letters"},
		"+49 30 901820;5":         {"", "characters"},
		"++49 30 901820":          {"", "characters"},
		"+49\u202e30901820":       {"", "characters"},
		"+49\u00a030\u2011901820": {"+4930901820", ""},
		"  +49 30 901820 ":        {"+4930901820", ""},
	} {
		dial, doubts := Phone(text)
		if strings.Contains(test.doubt, "more than") {
			test.dial = ""
		}
		if all := strings.Join(doubts, "; "); dial != test.dial || (all == "") != (test.doubt == "") || !strings.Contains(all, test.doubt) {
			t.Errorf("%q: %q, %q", text, dial, all)
		}
	}
}

func FuzzPhone(f *testing.F) {
	for _, text := range []string{"+44 (2) 0351 90182", "+61 1300 529 909", "+", "+1", "٣", "+\xff1", "0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dial, doubts := Phone(text)
		if dial == "" {
			if len(doubts) == 0 {
				t.Fatalf("%q cannot be dialled, and nothing is said of it", text)
			}
			return
		}
		if len(dial) > mostDigits+1 || dial[0] != '+' || strings.Trim(dial[1:], "0123456789") != "" {
			t.Fatalf("%q is dialled as %q", text, dial)
		}
		if again, _ := Phone(dial); again != dial {
			t.Fatalf("%q, then %q", dial, again)
		}
	})
}

func TestContactsAreFlagged(t *testing.T) {
	for name, test := range map[string]struct {
		c     uptime.Contact
		doubt string
	}{
		"whole":           {uptime.Contact{Role: "Support", Phone: "+49 30 901820", Mail: "help@acme.io", URL: "https://acme.io/help"}, ""},
		"impossible":      {uptime.Contact{Role: "Support", Region: "Europe", Phone: "+44 (2) 0351 90182"}, "Support (Europe): the number “+44 (2) 0351 90182” cannot be right as it is grouped"},
		"from abroad":     {uptime.Contact{Role: "Support", Phone: "+61 1300 529 909"}, "may not work from abroad"},
		"a masked mail":   {uptime.Contact{Role: "COO", Mail: "[email protected]"}, "masked"},
		"no mail":         {uptime.Contact{Mail: "help at acme.io"}, "a contact: the address “help at acme.io” is no mail address"},
		"no domain":       {uptime.Contact{Mail: "help@localhost"}, "no mail address"},
		"two mails":       {uptime.Contact{Mail: "a@acme.io,b@acme.io"}, "no mail address"},
		"a placeholder":   {uptime.Contact{Mail: "support@example.com"}, "placeholder"},
		"a placeholder's": {uptime.Contact{URL: "https://help.example.org/"}, "placeholder"},
		"no link":         {uptime.Contact{URL: "javascript:alert(1)"}, "no link"},
		"nothing":         {uptime.Contact{Role: "CEO"}, "CEO: nothing says how to reach them"},
	} {
		all := strings.Join(Doubts(test.c), "; ")
		if (all == "") != (test.doubt == "") || !strings.Contains(all, test.doubt) {
			t.Errorf("%s: %q", name, all)
		}
	}
}

func TestAPromiseOfContactsIsKeptByShowingThem(t *testing.T) {
	c := func(contacts ...uptime.Contact) uptime.Standing {
		return Of(uptime.Commitment{Kind: uptime.OfContact, Contacts: contacts}, longSince(nil), noon)
	}
	good, bad := uptime.Contact{Role: "Support", Mail: "help@acme.io"}, uptime.Contact{Role: "COO", Phone: "to be set"}
	example, half := uptime.Contact{Role: "Desk", Phone: "+1 202 555 0122"}, uptime.Contact{Role: "Europe", Mail: "eu@acme.io", Phone: "+44 (2) 0351 90182"}
	abroad := uptime.Contact{Role: "Australia", Phone: "+61 1300 529 909"}
	for name, test := range map[string]struct {
		s       uptime.Standing
		verdict uptime.Verdict
		value   string
		doubt   string // which stands in the reason; empty: there is none
	}{
		"all can be right":                {c(good), uptime.Met, "1 contact", ""},
		"one is not set":                  {c(good, bad), uptime.InsufficientData, "1 of 2 contacts can be right", "COO"},
		"none is":                         {c(bad), uptime.InsufficientData, "0 of 1 contact can be right", "COO"},
		"a number that is kept for films": {c(good, good, example), uptime.InsufficientData, "2 of 3 contacts can be right", "placeholder"},
		"a mail, and a number that cannot be right": {c(good, half), uptime.AtRisk, "2 contacts", "Europe"},
		"a number that may not work from abroad":    {c(good, abroad), uptime.Met, "2 contacts", "abroad"},
	} {
		if s := test.s; s.Verdict != test.verdict || s.Value != test.value || (s.Why == "") != (test.doubt == "") || !strings.Contains(s.Why, test.doubt) {
			t.Errorf("%s: %s, %q, because %q", name, s.Verdict, s.Value, s.Why)
		}
	}
}

func TestNumbersThatAreKeptForFilmsArePlaceholders(t *testing.T) {
	for number, is := range map[string]bool{
		"+1 202 555 0122": true, "+1 202 555 0199": true, "+1 202 555 0200": false, "+1 555 011 2345": false,
		"+44 20 7946 0122": true, "+44 20 7946 1122": false, "+44 7700 900123": true, "+44 1632 960123": true, "+44 20 3519 0182": false,
		"+61 2 5550 0120": true, "+61 3 7010 0120": true, "+61 2 9550 0120": false, "+61 1300 975 707": true, "+61 1300 529 909": false,
		"+64 4 555 0122": false,
	} {
		doubts := Doubts(uptime.Contact{Phone: number})
		if got := strings.Contains(strings.Join(doubts, "; "), "placeholder"); got != is {
			t.Errorf("%s: a placeholder is %v (%q)", number, got, doubts)
		}
	}
}
