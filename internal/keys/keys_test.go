package keys

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ring(t interface{ Fatal(...any) }, secret string) *Ring {
	r, err := New(secret)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWeakSecretsAreRefused(t *testing.T) {
	for _, weak := range []string{"", "sesame", strings.Repeat("x", 31), strings.Repeat("x", 64), "   " + strings.Repeat("ab", 15) + "  "} {
		if _, err := New(weak); err == nil || strings.Contains(err.Error(), weak) && weak != "" {
			t.Errorf("%q: %v", weak, err)
		}
	}
	if a, b := Generate(), Generate(); a == b || len(a) < Shortest {
		t.Errorf("generated %q and %q", a, b)
	}
}

func TestASignedWordIsGoodForItsPurposeAlone(t *testing.T) {
	a, b := ring(t, Generate()), ring(t, Generate())
	rapid.Check(t, func(t *rapid.T) {
		subject := rapid.StringMatching(`[a-z0-9.-]{1,30}`).Draw(t, "subject")
		word := a.Sign("unsubscribe", subject)
		if got, ok := a.Verify("unsubscribe", word); !ok || got != subject {
			t.Fatalf("%q is read %q, %v", word, got, ok)
		}
		i := rapid.IntRange(0, len(word)-1).Draw(t, "i")
		forged := word[:i] + string(word[i]^1) + word[i+1:]
		if _, ok := a.Verify("unsubscribe", forged); ok {
			t.Fatalf("%q passes for %q", forged, word)
		}
		if _, ok := a.Verify("confirm", word); ok {
			t.Fatal("good for another purpose")
		}
		if _, ok := b.Verify("unsubscribe", word); ok {
			t.Fatal("good for another installation")
		}
	})
	for _, word := range []string{"", ".", "a", "a.", ".a"} {
		if _, ok := a.Verify("unsubscribe", word); ok {
			t.Errorf("%q passes", word)
		}
	}
}

func TestWhatIsSealedStaysWithItsOwner(t *testing.T) {
	r := ring(t, Generate())
	sealed := r.Seal("webhook", "sub-1", "whsec_abc")
	if text, err := r.Open("webhook", "sub-1", sealed); err != nil || text != "whsec_abc" {
		t.Errorf("%q, %v", text, err)
	}
	if again := r.Seal("webhook", "sub-1", "whsec_abc"); again == sealed || strings.Contains(sealed, "whsec") {
		t.Error("a seal tells what is in it")
	}
	for _, try := range [][3]string{{"webhook", "sub-2", sealed}, {"mail", "sub-1", sealed}, {"webhook", "sub-1", sealed[1:]}, {"webhook", "sub-1", ""}, {"webhook", "sub-1", "%"}} {
		if _, err := r.Open(try[0], try[1], try[2]); err == nil {
			t.Errorf("%q is opened", try)
		}
	}
	if _, err := ring(t, Generate()).Open("webhook", "sub-1", sealed); err == nil {
		t.Error("opened with another secret")
	}
}

func TestTokens(t *testing.T) {
	a, b := NewToken("uph_"), NewToken("uph_")
	if a == b || len(a) < 4+43 || !strings.HasPrefix(a, "uph_") {
		t.Errorf("%q and %q", a, b)
	}
	if h := HashToken(a); len(h) != 64 || h == HashToken(b) || h != HashToken(a) {
		t.Errorf("hash %q", h)
	}
	r := ring(t, Generate())
	first, again := r.Hash("ip", "192.0.2.1"), r.Hash("ip", "192.0.2.1")
	if first != again || first == r.Hash("mail", "192.0.2.1") {
		t.Error("the keyed hash does not follow its text and purpose")
	}
}
