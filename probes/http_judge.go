package probes

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// httpJudge holds what is expected of an answer, checked and compiled.
type httpJudge struct {
	status   []StatusRange
	contains []byte
	matches  *regexp.Regexp
	json     []jsonRule
	headers  []headerRule
	slower   config.Duration
	validFor config.Duration
}

type jsonRule struct {
	text string
	path jsonPath
	want any
}

type headerRule struct{ name, want string }

// anyValue stands for whatever value a header has.
const anyValue = "*"

func (e *HTTPExpect) build(p *problems, timeout time.Duration) httpJudge {
	j := httpJudge{status: e.Status, contains: []byte(e.BodyContains), slower: e.SlowerThan, validFor: e.CertificateValidFor}
	if len(j.status) == 0 {
		j.status = []StatusRange{{200, 299}}
	}
	checkSlower(p, e.SlowerThan, timeout)
	if e.BodyMatches != "" {
		var err error
		if j.matches, err = regexp.Compile(e.BodyMatches); err != nil {
			p.add("expect.body_matches", "is no regular expression of RE2: %v", err)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(e.JSON)) {
		path, err := parsePath(text)
		if err != nil {
			p.add("expect.json", "%v", err)
		}
		if !isScalar(e.JSON[text]) {
			p.add("expect.json", "%s must be a text, a number, true, false or null; give the path of one value inside it", text)
		}
		j.json = append(j.json, jsonRule{text, path, e.JSON[text]})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Headers)) {
		j.headers = append(j.headers, headerRule{http.CanonicalHeaderKey(name), e.Headers[name]})
	}
	return j
}

// readsBody tells whether anything is expected of the body.
func (j *httpJudge) readsBody() bool {
	return len(j.contains) > 0 || j.matches != nil || len(j.json) > 0
}

// judge reads the body of the last answer and compares it with what is
// expected. The status and the headers are told before the body: an error page
// that breaks off is first of all an error page.
func (p *httpProber) judge(ctx context.Context, x *exchange, h *hop, resp *http.Response, r *Result) {
	body, err := p.readBody(h, resp, p.expect.readsBody(), r)
	r.Phases[uptime.Transfer] += time.Since(x.headed)
	defer body.drop()
	r.pass()
	if p.expect.judgeHead(resp, r); r.Outcome != uptime.Pass {
		return
	}
	if err != nil {
		r.broke(ctx, err)
		return
	}
	p.expect.judgeBody(body, r)
}

func (j *httpJudge) judgeHead(resp *http.Response, r *Result) {
	if !statusAmong(resp.StatusCode, j.status) {
		r.fail(uptime.HTTPStatus, "status %d; expected %s", resp.StatusCode, rangesText(j.status))
		return
	}
	for _, rule := range j.headers {
		got := resp.Header.Values(rule.name)
		if len(got) == 0 {
			r.fail(uptime.HeaderMismatch, "header %s is missing", rule.name)
			return
		}
		if rule.want != anyValue && !slices.Contains(got, rule.want) {
			r.fail(uptime.HeaderMismatch, "header %s is %s; expected %q", rule.name, scalarText(got[0]), rule.want)
			return
		}
	}
}

func (j *httpJudge) judgeBody(b *body, r *Result) {
	// What is found in the part that was read is found. What is not found may
	// be in the rest.
	missing := func(format string, args ...any) {
		r.fail(uptime.BodyMismatch, format, args...)
		if b.cut {
			r.fail(uptime.TooLarge, "the body is longer than max_body, and its first %d bytes do not decide: "+format,
				append([]any{len(b.bytes)}, args...)...)
		}
	}
	if len(j.contains) > 0 && !bytes.Contains(b.bytes, j.contains) {
		missing("the body does not contain %q", j.contains)
		return
	}
	if j.matches != nil && !j.matches.Match(b.bytes) {
		missing("the body does not match %q", j.matches.String())
		return
	}
	if len(j.json) == 0 {
		return
	}
	if b.cut {
		r.fail(uptime.TooLarge, "the body is longer than max_body, so its JSON cannot be read")
		return
	}
	j.judgeJSON(b.bytes, r)
}

func (j *httpJudge) judgeJSON(body []byte, r *Result) {
	if !json.Valid(body) {
		r.fail(uptime.JSONMismatch, "the body of %d bytes is not JSON", len(body))
		return
	}
	for _, rule := range j.json {
		got, err := rule.path.find(body)
		if err != nil {
			r.fail(uptime.JSONMismatch, "the body cannot be read as JSON: %v", err)
			return
		}
		if !sameScalar(got, rule.want) {
			r.fail(uptime.JSONMismatch, "%s is %s; expected %s", rule.text, scalarText(got), scalarText(rule.want))
			return
		}
	}
}

func rangesText(ranges []StatusRange) (text string) {
	for i, s := range ranges {
		if i > 0 {
			text += ", "
		}
		text += s.String()
	}
	return text
}
