package notify

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// secretPrefix marks a signing secret.
const secretPrefix = "whsec_"

// mostSecrets are in force at a time: while one replaces the other.
const mostSecrets = 2

// NewWebhookSecret makes a signing secret of 256 bits: whsec_ and base64.
func NewWebhookSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// checkSecret tells whether a text is a signing secret: 24 to 64 bytes, as the
// specification has it.
func checkSecret(secret string) error {
	text, prefixed := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !prefixed || err != nil || len(key) < 24 || len(key) > 64 {
		return errors.New(`is no signing secret; make one with: echo "whsec_$(openssl rand -base64 32)"`)
	}
	return nil
}

// sign sets the headers of Standard Webhooks: a signature with every secret, so
// that receivers who know the old one or the new one are both content. Without
// a secret the id and the time are told all the same.
func sign(header http.Header, id string, at time.Time, body []byte, secrets []string) error {
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	var signatures []string
	for _, secret := range secrets[:min(len(secrets), mostSecrets)] {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return errors.New("a signing secret cannot be read")
		}
		signature, err := signer.Sign(id, at, body)
		if err != nil {
			return errors.New("a message cannot be signed")
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) > 0 {
		header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	}
	return nil
}
