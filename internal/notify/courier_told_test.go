package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAStoredErrorHasNoAddressesAndNoSecrets(t *testing.T) {
	for text, want := range map[string]string{
		`Post "https://hooks.example.org/services/T0/B0/XXXX?k=1": EOF`: `Post "…": EOF`,
		`dial tcp 203.0.113.7:443: connect: connection refused`:         `dial tcp …: connect: connection refused`,
		`dial tcp [2001:db8::1]:443: i/o timeout`:                       `dial tcp …: i/o timeout`,
		`dial tcp [::1]:80: connect: refused`:                           `dial tcp …: connect: refused`,
		`lookup hooks.example.org on 127.0.0.53:53: no such host`:       `lookup … on …: no such host`,
		`lookup localhost: no such host`:                                `lookup …: no such host`,
		`550 5.1.1 <ada@example.org>: unknown`:                          `550 5.1.1 <…>: unknown`,
		`bad Bearer abc.def-ghi`:                                        `bad …`,
		`password=hunter2 refused`:                                      `… refused`,
		`chat: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw is wrong`:         `chat: … is wrong`,
		`call of /services/T000/B000/zzz failed`:                        `call of … failed`,
		`telegram://123:abc@telegram?chats=1 is wrong`:                  `… is wrong`,
		"two\r\nlines":                        "two lines",
		`net/http: TLS handshake timeout`:     `net/http: TLS handshake timeout`,
		`x509: certificate signed by unknown`: `x509: certificate signed by unknown`,
		`unexpected status: 503`:              `unexpected status: 503`,
	} {
		if got := told(errors.New(text)); got != want {
			t.Errorf("%s\nis told as %s\nwant       %s", text, got, want)
		}
	}
	for err, want := range map[error]string{
		fmt.Errorf("x: %w", context.DeadlineExceeded): "no answer came in time",
		context.Canceled:             "it was stopped before an answer came",
		&Refusal{Reply: "451 later"}: "451 later",
	} {
		if got := told(err); got != want {
			t.Errorf("%v is told as %s", err, got)
		}
	}
}

func FuzzAStoredError(f *testing.F) {
	f.Add("dial tcp: lookup ", " failed")
	f.Add("\x00\xff[::", "]:1:")
	f.Fuzz(func(t *testing.T, before, after string) {
		const address = "https://hooks.example.org/services/T0/B0/sesame"
		got := told(errors.New(before + " " + address + " " + after))
		if strings.Contains(got, "sesame") && !strings.Contains(before+after, "sesame") || strings.ContainsAny(got, "\r\n\x00") ||
			utf8.RuneCountInString(got) > longestLine || !utf8.ValidString(got) {
			t.Errorf("%q is told as %q", before+after, got)
		}
	})
}
