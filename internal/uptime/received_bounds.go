package uptime

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// Bounds of what is kept of a received alert, in bytes where no number is meant.
const (
	receivedPairs      = 64 // labels, and as many annotations
	receivedName       = 1024
	receivedLabel      = 1024
	receivedAnnotation = 4096
	receivedKey        = 1024
)

// Bounded is the alert with as much of it as is kept: 64 labels and 64
// annotations, the first by their names; names and values of labels to 1,024
// bytes and annotations to 4,096, cut at a rune. A fingerprint or a group of more
// than 1,024 bytes ends in its hash, so that two of them stay two. A start that
// lies before 1970, or after the alert was received, is when it was received: left
// as it is, a start in the future would hide every firing until then. An end lies
// between the two. What is bounded already is left as it is.
func (a ReceivedAlert) Bounded() ReceivedAlert {
	a.Fingerprint, a.Group = boundedKey(a.Fingerprint), boundedKey(a.Group)
	a.Labels = boundedPairs(a.Labels, receivedLabel)
	a.Annotations = boundedPairs(a.Annotations, receivedAnnotation)
	if a.StartsAt.Before(time.Unix(0, 0)) || a.StartsAt.After(a.ReceivedAt) {
		a.StartsAt = a.ReceivedAt
	}
	if a.Firing() {
		return a
	}
	if a.EndsAt.After(a.ReceivedAt) {
		a.EndsAt = a.ReceivedAt
	}
	if a.EndsAt.Before(a.StartsAt) {
		a.EndsAt = a.StartsAt
	}
	return a
}

func boundedPairs(pairs map[string]string, most int) map[string]string {
	if pairs == nil {
		return nil
	}
	out := make(map[string]string, min(len(pairs), receivedPairs))
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		if short := cutAtRune(name, receivedName); len(out) < receivedPairs {
			if _, taken := out[short]; !taken {
				out[short] = cutAtRune(pairs[name], most)
			}
		}
	}
	return out
}

func boundedKey(key string) string {
	if len(key) <= receivedKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	hash := "#" + hex.EncodeToString(sum[:])
	return cutAtRune(key, receivedKey-len(hash)) + hash
}

// cutAtRune is as much of the text as fits into that many bytes.
func cutAtRune(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
