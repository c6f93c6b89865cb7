package main

import (
	"strings"
	"testing"
)

const answeredPlan = `{"id":"p-1","kind":"maintenance","title":"Database upgrade","phase":"scheduled","draft":false,"components":["db"],
	"from":"2026-11-24T20:00:00Z","to":"2026-11-24T21:30:00Z","broken":[{"commitment":"E5","violation":"late_notice","text":"it was announced 20 h ahead, and 24 h are promised"}]}`

func TestCommandsOfPlannedWorkSpeakTheAPI(t *testing.T) {
	work := []string{"--title", "Database upgrade", "--from", "2026-11-24T21:00:00+01:00", "--for", "90m", "--component", "db"}
	answer := `{"lawful":false,"broken":[{"commitment":"E5","text":"20 h"}],"earliest_start":"2026-11-25T06:15:00Z","announce_by":"2026-11-23T20:00:00Z","owed_notice":216,
		"slots":[{"from":"2026-11-25T06:15:00Z","to":"2026-11-25T07:00:00Z"}],"costs":[{"name":"Shop","window_seconds":5400,"left_seconds":-90.5}]}`
	for name, tc := range map[string]struct {
		args               []string
		status             int
		answer, line, body string
		code               int
		out, problem       string
	}{
		"plan": {append([]string{"maintenance", "plan"}, work...), 200, answer, "POST /api/v1/plans/preview", `"to":"2026-11-24T21:30:00Z"`, 1,
			"breaks    E5: 20 h\nearliest  2026-11-25T06:15:00Z\nfree      2026-11-25T06:15:00Z to 2026-11-25T07:00:00Z\nannounce  by 2026-11-23T20:00:00Z, to 216 subscribers\nbudget    Shop: 1h30m0s at worst, -1m30s left after it\n", "would break a promise"},
		"announce": {append([]string{"maintenance", "announce", "--override", "The disk fails."}, work...), 201, answeredPlan, "POST /api/v1/plans", `"override":"The disk fails.","publish":true`, 0,
			"p-1: Database upgrade, 2026-11-24T20:00:00Z to 2026-11-24T21:30:00Z (scheduled)", "It breaks E5: it was announced 20 h ahead"},
		"revise": {[]string{"maintenance", "revise", "p-1", "--to", "2026-11-24T22:00:00Z", "--reason", "It is slow."}, 200, answeredPlan, "POST /api/v1/plans/p-1/revise", `{"reason":"It is slow.","to":"2026-11-24T22:00:00Z"}`, 0, "p-1: ", ""},
		"cancel": {[]string{"maintenance", "cancel", "p-1", "--reason", "No need."}, 200, answeredPlan, "POST /api/v1/plans/p-1/cancel", `{"reason":"No need."}`, 0, "p-1: ", ""},
		"finish": {[]string{"maintenance", "finish", "p-1"}, 200, answeredPlan, "POST /api/v1/plans/p-1/finish", `{"body":""}`, 0, "p-1: ", ""},
		"refused": {append([]string{"maintenance", "announce"}, work...), 422, `{"status":422,"title":"Unprocessable Entity","detail":"It would break a promise.","errors":[{"location":"body.from","message":"breaks E5: the earliest start is 06:15"}]}`,
			"POST /api/v1/plans", `"publish":true`, 1, "", "It would break a promise; from breaks E5: the earliest start is 06:15"},
		"list": {[]string{"maintenance", "list", "--open"}, 200, `{"items":[` + answeredPlan + `],"next":null}`, "GET /api/v1/plans?limit=50&open=true", "", 0, "p-1  2026-11-24T20:00:00Z to 2026-11-24T21:30:00Z  maintenance  scheduled  Database upgrade", ""},
		"commitments": {[]string{"commitments", "--verdict", "not_measured"}, 200, `{"items":[{"id":"P30","verdict":"not_measured","why":"No record can show it.","says":"Respect."}]}`,
			"GET /api/v1/commitments?verdict=not_measured", "", 0, "P30  not_measured  No record can show it.  Respect.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := answering(t, tc.status, tc.answer)
			code, out, problem := call(tc.args...)
			if code != tc.code || !strings.Contains(out, tc.out) || !strings.Contains(problem, tc.problem) {
				t.Errorf("exit %d, printed %q, complained %q", code, out, problem)
			}
			if h.line != tc.line || !strings.Contains(h.body, tc.body) {
				t.Errorf("heard %+v", *h)
			}
		})
	}
}

func TestWhatIsPlannedHasALengthOrNone(t *testing.T) {
	t.Setenv("UPHELD_TOKEN", "uph_test")
	for problem, args := range map[string][]string{
		"give it with --for": {"maintenance", "plan", "--title", "x", "--from", "2026-11-24T21:00:00Z"},
		"leave out --for":    {"maintenance", "plan", "--title", "x", "--from", "2026-11-24T21:00:00Z", "--for", "1h", "--kind", "price"},
		"give --from or":     {"maintenance", "revise", "p-1", "--reason", "x"},
	} {
		if code, _, told := call(args...); code != 1 || !strings.Contains(told, problem) {
			t.Errorf("%v: exit %d, %q", args, code, told)
		}
	}
}

// The register is public: reading it needs no token, and sends none.
func TestThePromisesAreReadWithoutAToken(t *testing.T) {
	h := answering(t, 200, `{"items":[]}`)
	t.Setenv("UPHELD_TOKEN", "")
	if code, _, problem := call("commitments"); code != 0 || h.token != "" {
		t.Errorf("exit %d, %q, sent %q", code, problem, h.token)
	}
}
