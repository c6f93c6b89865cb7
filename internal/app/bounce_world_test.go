//go:build slow

package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// A mail comes back: the report, as a mail server writes it to the address that
// our mail came from, is known in the ledger as what became of that mail.
func TestAMailThatComesBackIsKnownInTheLedger(t *testing.T) {
	for name, address := range map[string]string{
		"by the address that it came to": "bounces@example.org",
		"by the mail that it returns":    "reports-of-undeliverable-mail@example.org", // no room for an id
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			u := begin(t, fmt.Sprintf(`
mail: {server: "%[1]s", tls: none, from: "Example Status <status@example.org>", return_path: %[2]s}
components: [{name: Mail, importance: critical, monitors: [{type: tcp, address: "%[1]s"}]}]
`, o.address, address))
			token := u.token()
			u.subscribe(o, "reader@example.net")
			u.call(token, http.MethodPost, "/incidents", map[string]any{
				"title": "Trouble", "tier": 2, "body": "Words.", "components": []string{"mail"}, "publish": true,
			}, nil)
			u.within(10*time.Second, "the mail is out, and known to be", func() bool {
				return len(o.to("reader@example.net")) == 2 && u.came(token, uptime.DeliveryAccepted) == 2
			})
			letter := o.to("reader@example.net")[1]
			u.report(token, fmt.Sprintf(report, letter.from, letter.header.Get("Message-Id")))
			if bounced, accepted := u.came(token, uptime.DeliveryBounced), u.came(token, uptime.DeliveryAccepted); bounced != 1 || accepted != 1 {
				t.Errorf("%d came back, %d are accepted", bounced, accepted)
			}
		})
	}
}

// came counts the deliveries in a state.
func (u *upheld) came(token string, state uptime.DeliveryState) int {
	var list struct{ Items []struct{ ID string } }
	u.call(token, http.MethodGet, "/deliveries?state="+string(state), struct{}{}, &list)
	return len(list.Items)
}

const report = `To: <%[1]s>
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; reader@example.net
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Type: text/rfc822-headers

Message-ID: %[2]s

--B--
`

// report hands in a report of non-delivery.
func (u *upheld) report(token, text string) {
	u.t.Helper()
	request, err := http.NewRequestWithContext(u.t.Context(), http.MethodPost, "http://"+u.Public().String()+"/api/v1/bounces", strings.NewReader(text))
	if err != nil {
		u.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "message/rfc822")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		u.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		u.t.Fatalf("the report is answered %s", answer.Status)
	}
}
