package store

import (
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// A sample's verdict is one small number: the outcome in the two lowest bits,
// the code above them. The numbers below stand in databases: they are never
// changed or used again, new codes get new ones. What is most frequent has the
// numbers that SQLite stores in no byte at all: a pass that is ok is 1.

const outcomeBits = 2

var outcomeNumbers = map[uptime.Outcome]int16{
	uptime.Unseen: 0,
	uptime.Pass:   1,
	uptime.Slow:   2,
	uptime.Fail:   3,
}

var codeNumbers = map[uptime.Code]int16{
	uptime.OK: 0,
	"":        1,

	uptime.TooSlow:             2,
	uptime.CertificateExpiring: 3,
	uptime.PacketLoss:          4,

	uptime.TimedOut:           5,
	uptime.Refused:            6,
	uptime.Reset:              7,
	uptime.Unreachable:        8,
	uptime.NameNotFound:       9,
	uptime.TLSFailed:          10,
	uptime.CertificateExpired: 11,
	uptime.CertificateName:    12,
	uptime.CertificateChain:   13,
	uptime.HTTPStatus:         14,
	uptime.BodyMismatch:       15,
	uptime.JSONMismatch:       16,
	uptime.HeaderMismatch:     17,
	uptime.TooManyRedirects:   18,
	uptime.TooLarge:           19,
	uptime.BadAnswer:          20,
	uptime.DNSCode:            21,
	uptime.DNSAnswer:          22,
	uptime.NotServing:         23,
	uptime.SignalMissed:       24,
	uptime.JobFailed:          25,

	uptime.Blind:          26,
	uptime.ResolverFailed: 27,
	uptime.NoResources:    28,
	uptime.NotAllowed:     29,
	uptime.ProbeFault:     30,
	uptime.NotYetDue:      31,

	uptime.AlertFiring: 32,
	uptime.NotTold:     33,
}

var (
	outcomesByNumber = inverse(outcomeNumbers)
	codesByNumber    = inverse(codeNumbers)
)

func inverse[K comparable](numbers map[K]int16) map[int16]K {
	out := make(map[int16]K, len(numbers))
	for k, n := range numbers {
		out[n] = k
	}
	return out
}

// packVerdict makes one number of an outcome and its code.
func packVerdict(outcome uptime.Outcome, code uptime.Code) (int16, error) {
	o, known := outcomeNumbers[outcome]
	c, listed := codeNumbers[code]
	if !known || !listed {
		return 0, fmt.Errorf("outcome %d with code %q has no number; list it in codes.go", outcome, code)
	}
	return c<<outcomeBits | o, nil
}

// unpackVerdict reads what packVerdict made. A code that only a newer program
// knows keeps its outcome and loses its name.
func unpackVerdict(v int16) (uptime.Outcome, uptime.Code) {
	return outcomesByNumber[v&(1<<outcomeBits-1)], codesByNumber[v>>outcomeBits]
}
