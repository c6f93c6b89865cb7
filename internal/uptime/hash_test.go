package uptime_test

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestAuditHashIsThatOfTheDocumentedText(t *testing.T) {
	entry := uptime.AuditEntry{
		Seq: 7, At: time.UnixMilli(1_800_000_000_123).UTC(),
		Actor:  uptime.Actor{Kind: "user", ID: "u1", Name: "Zoë", Role: uptime.Admin, Address: "192.0.2.7"},
		Action: "incident.publish", Object: "i1", Detail: "a,b", Prev: "ff", Hash: "left out",
	}
	sum := sha256.Sum256([]byte("1:7,13:1800000000123,4:user,2:u1,4:Zoë,5:admin,9:192.0.2.7,16:incident.publish,2:i1,3:a,b,2:ff,"))
	if got, want := uptime.AuditHash(entry), hex.EncodeToString(sum[:]); got != want {
		t.Errorf("hash is %s, want %s", got, want)
	}
}

// Moving text from one field to the next is a change as well.
func TestAuditHashTellsFieldsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.SampledFrom([]rune("1:,ab")), 0, 4, -1)
		fields := func(name string) uptime.AuditEntry {
			return uptime.AuditEntry{
				Actor:  uptime.Actor{Kind: word.Draw(t, name), ID: word.Draw(t, name), Name: word.Draw(t, name), Address: word.Draw(t, name)},
				Action: word.Draw(t, name), Object: word.Draw(t, name), Detail: word.Draw(t, name), Prev: word.Draw(t, name),
			}
		}
		if a, b := fields("a"), fields("b"); (a == b) != (uptime.AuditHash(a) == uptime.AuditHash(b)) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func TestDeliveryIDsAreStableShortAndSafe(t *testing.T) {
	mail := uptime.DeliveryID("i1/opened", uptime.Recipient{Kind: uptime.ToMail, ID: "S1"})
	channel := uptime.DeliveryID("i1/opened", uptime.Recipient{Kind: uptime.ToChannel, ID: "on call / ops"})
	for _, id := range []string{mail, channel} {
		if !regexp.MustCompile(`^[a-z2-7]{16}\.[A-Za-z0-9]+$`).MatchString(id) {
			t.Errorf("%q has other characters", id)
		}
	}
	// Ids stand in mails that are out: they never change.
	if want := "vz7cy4adzmc64oqx"; uptime.NoticeKey("i1/opened") != want {
		t.Errorf("the key is %q, want %q", uptime.NoticeKey("i1/opened"), want)
	}
	if other := uptime.DeliveryID("i1/closed", uptime.Recipient{Kind: uptime.ToMail, ID: "S1"}); other == mail {
		t.Error("two notices have one delivery")
	}
}
