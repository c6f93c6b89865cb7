// Package keys makes and checks secrets: signed words that stand in addresses,
// sealed values in the database, hashes of tokens. It keeps none of them and
// knows nothing of who they belong to.
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Ring holds what is derived from the installation's one secret. It is safe
// for concurrent use.
type Ring struct {
	root []byte
}

// Shortest is the number of characters that a secret has at least.
const Shortest = 32

// errShort refuses a secret that could be guessed.
var errShort = fmt.Errorf("the secret is shorter than %d characters; make one with: openssl rand -hex 32", Shortest)

// New makes a ring of a secret that only this installation knows.
func New(secret string) (*Ring, error) {
	secret = strings.TrimSpace(secret)
	if len(secret) < Shortest || strings.Count(secret, secret[:1]) == len(secret) {
		return nil, errShort
	}
	return &Ring{root: []byte(secret)}, nil
}

// Generate makes a secret for New.
func Generate() string { return hex.EncodeToString(random(32)) }

// key is the key for one purpose: a word that is used in one place of the
// program (RFC 5869).
func (r *Ring) key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, r.root, nil, "upheld/"+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes can always be derived
	}
	return key
}

func (r *Ring) mac(purpose, text string) []byte {
	h := hmac.New(sha256.New, r.key(purpose))
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Sign makes a word for an address out of a subject, such as a subscriber's id.
// It consists of letters, digits, "-" and "_" and a "." between the subject and
// the signature, if the subject does.
func (r *Ring) Sign(purpose, subject string) string {
	return subject + "." + base64.RawURLEncoding.EncodeToString(r.mac(purpose, subject)[:24])
}

// Verify is the subject of a word that Sign made for this purpose.
func (r *Ring) Verify(purpose, word string) (subject string, ok bool) {
	cut := strings.LastIndexByte(word, '.')
	if cut < 0 {
		return "", false
	}
	want := r.Sign(purpose, word[:cut])
	return word[:cut], subtle.ConstantTimeCompare([]byte(want), []byte(word)) == 1
}

// Hash is a keyed hash, in hex: equal texts have equal hashes, and without the
// secret nobody finds the text by trying.
func (r *Ring) Hash(purpose, text string) string {
	return hex.EncodeToString(r.mac(purpose, text)[:16])
}

// Seal encrypts a text for the database (AES-256-GCM). Owner is bound to it, so
// that a sealed value cannot be moved to another row.
func (r *Ring) Seal(purpose, owner, text string) string {
	gcm := r.gcm(purpose)
	nonce := random(gcm.NonceSize())
	return base64.RawStdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(text), []byte(owner)))
}

// errSealed says that a value is not ours to read.
var errSealed = errors.New("a sealed value cannot be opened: it was sealed with another secret, or damaged")

// Open decrypts what Seal made for the same purpose and owner.
func (r *Ring) Open(purpose, owner, sealed string) (string, error) {
	gcm := r.gcm(purpose)
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(raw) < gcm.NonceSize() {
		return "", errSealed
	}
	text, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], []byte(owner))
	if err != nil {
		return "", errSealed
	}
	return string(text), nil
}

func (r *Ring) gcm(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(r.key(purpose))
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return gcm
}

// NewToken makes a secret of 256 bits with a prefix that tells what it is, as
// "uph_…". Only HashToken of it is kept.
func NewToken(prefix string) string {
	return prefix + base64.RawURLEncoding.EncodeToString(random(32))
}

// HashToken is what is kept of a token: SHA-256, in hex. 256 random bits need
// no slower hash.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}
