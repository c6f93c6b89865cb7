package uptime

import (
	"fmt"
	"net/http"
)

// Explain says in the public's words what a look with this code came to. It
// draws on closed lists and numbers alone, never on text that a target sent.
func Explain(code Code, facts Facts) string {
	if code == HTTPStatus && facts.HTTPStatus > 0 {
		if text := http.StatusText(facts.HTTPStatus); text != "" {
			return fmt.Sprintf("the answer was “%d %s”", facts.HTTPStatus, text)
		}
		return fmt.Sprintf("the answer had status %d", facts.HTTPStatus)
	}
	if sentence, known := explanations[code]; known {
		return sentence
	}
	return "the check failed"
}

var explanations = map[Code]string{
	OK:                  "the check passed",
	TooSlow:             "the answer came, but slower than it should",
	CertificateExpiring: "the certificate expires soon",
	PacketLoss:          "some packets were lost",
	TimedOut:            "no answer came in time",
	Refused:             "the connection was refused",
	Reset:               "the connection was broken off",
	Unreachable:         "the server could not be reached",
	NameNotFound:        "the server's name could not be found",
	TLSFailed:           "no secure connection could be made",
	CertificateExpired:  "the certificate has expired",
	CertificateName:     "the certificate is for another name",
	CertificateChain:    "the certificate is not trusted",
	HTTPStatus:          "the answer had an unexpected status",
	BodyMismatch:        "the answer did not say what it should",
	JSONMismatch:        "the answer did not say what it should",
	HeaderMismatch:      "the answer did not say what it should",
	TooManyRedirects:    "the answer led from one address to the next without an end",
	TooLarge:            "the answer was larger than it should be",
	BadAnswer:           "the answer could not be understood",
	DNSCode:             "the name server answered with an error",
	DNSAnswer:           "the name server's answer was not the expected one",
	NotServing:          "the service says that it is not serving",
	SignalMissed:        "the job did not report in time",
	JobFailed:           "the job reported a failure",
	AlertFiring:         "our alerting reports a problem",
	Blind:               "our own connection was lost",
	ResolverFailed:      "our own name resolution failed",
	NoResources:         "our monitor was out of resources",
	NotAllowed:          "our monitor may not look there",
	ProbeFault:          "our monitor had a fault",
	NotYetDue:           "nothing was due yet",
	NotTold:             "our alerting was not heard of",
}
