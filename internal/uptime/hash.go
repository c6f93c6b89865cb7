package uptime

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strconv"
)

// AuditHash is the hash that an entry of the audit log must have: SHA-256, in
// hex, of its fields in this order, each as a netstring (its length in bytes, a
// colon, the bytes, a comma): Seq, At (ms since 1970 UTC), the actor's Kind, ID,
// Name, Role and Address, Action, Object, Detail, Prev. Numbers are decimal.
// Hash itself is left out, so whoever has the entries can recompute the chain.
func AuditHash(e AuditEntry) string {
	var b []byte
	for _, field := range [...]string{
		strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.At.UnixMilli(), 10),
		e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Actor.Role.String(), e.Actor.Address,
		e.Action, e.Object, e.Detail, e.Prev,
	} {
		b = strconv.AppendInt(b, int64(len(field)), 10)
		b = append(b, ':')
		b = append(b, field...)
		b = append(b, ',')
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// DeliveryID is the id of the delivery of a notice to a recipient: NoticeKey, a
// dot, and the subscriber's id, or as short a hash of the channel's name. The
// same event decided twice makes the same deliveries. It may stand in an address
// and in a Message-ID if the subscriber's id may.
func DeliveryID(notice string, to Recipient) string {
	if to.Kind == ToChannel {
		return NoticeKey(notice) + "." + ChannelKey(to.ID)
	}
	return NoticeKey(notice) + "." + to.ID
}

// NoticeKey is what the ids of a notice's deliveries begin with: 80 bits of the
// SHA-256 of its id, as 16 lower-case letters and digits.
func NoticeKey(notice string) string { return short(notice) }

// ChannelKey is what the ids of a channel's deliveries end with.
func ChannelKey(name string) string { return short(string(ToChannel) + ":" + name) }

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").EncodeToString(sum[:10])
}
