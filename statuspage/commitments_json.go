package statuspage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// The JSON of promises: everything that the pages show, exactly.

type jsonCommitments struct {
	AsOf         string         `json:"as_of"`
	Digest       string         `json:"digest"`
	DigestOf     string         `json:"digest_of"`
	OpenFindings int            `json:"open_findings"`
	Counts       []jsonCount    `json:"counts"` // of the register and the targets
	Register     jsonRegister   `json:"register"`
	Targets      []jsonStanding `json:"targets"` // of services that no document names
}

// jsonRegister is what the digest is of.
type jsonRegister struct {
	Policies    []jsonPolicy   `json:"policies"`
	Commitments []jsonStanding `json:"commitments"`
}

// jsonCount is how many promises have a verdict. Shown are those of them that are
// met because a text or a contact stands on the page.
type jsonCount struct {
	Verdict string `json:"verdict"`
	Count   int    `json:"count"`
	Shown   int    `json:"shown"`
}

// countJSON counts every verdict, the worst first.
func countJSON(register []uptime.Standing) []jsonCount {
	out := make([]jsonCount, len(verdictOrder))
	for i, verdict := range verdictOrder {
		out[i].Verdict = string(verdict)
		for _, st := range register {
			if st.Verdict != verdict {
				continue
			}
			out[i].Count++
			if merelyShown(st) {
				out[i].Shown++
			}
		}
	}
	return out
}

type jsonPolicy struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	Number        string `json:"number"`
	EffectiveFrom string `json:"effective_from,omitempty"`
	ApprovedBy    string `json:"approved_by"`
	Statement     string `json:"statement"`
	Digest        string `json:"sha256"`
}

type jsonStanding struct {
	ID       string          `json:"id"`
	Policy   string          `json:"policy,omitempty"`
	Says     string          `json:"says"`
	Section  string          `json:"section,omitempty"`
	Kind     string          `json:"kind"`
	Strength string          `json:"strength"`
	Owner    string          `json:"owner,omitempty"`
	Verdict  string          `json:"verdict"`
	Value    string          `json:"value,omitempty"`
	Why      string          `json:"why,omitempty"`
	Since    string          `json:"since,omitempty"`
	Evidence []jsonReference `json:"evidence,omitempty"`
	Months   []jsonCell      `json:"months,omitempty"`
	Cases    []jsonCase      `json:"cases,omitempty"`
	Hours    *jsonHours      `json:"hours,omitempty"` // of contacts and clocks: whether somebody is there
}

type jsonReference struct {
	Path string `json:"path,omitempty"`
	Text string `json:"text"`
}

type jsonCell struct {
	Month   string `json:"month"`
	Verdict string `json:"verdict"`
	Value   string `json:"value,omitempty"`
}

type jsonCase struct {
	Key     string `json:"key"`
	At      string `json:"at"`
	Summary string `json:"summary"`
}

// instant is a time in JSON; empty where there is none.
func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func (b *book) standingJSON(st uptime.Standing) jsonStanding {
	c := st.Commitment
	out := jsonStanding{
		ID: string(c.ID), Policy: string(c.Policy), Says: c.Says, Section: c.Section, Kind: string(c.Kind), Strength: string(c.Strength),
		Owner: c.Owner, Verdict: string(st.Verdict), Value: st.Value, Why: st.Why, Since: instant(st.Since),
	}
	out.Hours = b.hoursJSON(c.Support)
	for _, r := range st.Evidence {
		out.Evidence = append(out.Evidence, jsonReference{safeLink(r.Path), r.Text})
	}
	for _, c := range st.Cells {
		out.Months = append(out.Months, jsonCell{c.Month, string(c.Verdict), c.Value})
	}
	for _, c := range st.Cases {
		out.Cases = append(out.Cases, jsonCase{c.Key, instant(c.At), c.Summary})
	}
	return out
}

func (b *book) registerJSON() jsonRegister {
	out := jsonRegister{Policies: []jsonPolicy{}, Commitments: []jsonStanding{}}
	for _, p := range b.in.Catalogue.Policies {
		out.Policies = append(out.Policies, jsonPolicy{
			string(p.ID), p.Title, p.Number, instant(p.EffectiveFrom), p.ApprovedBy, p.Statement, p.Digest,
		})
	}
	for _, st := range b.register() {
		out.Commitments = append(out.Commitments, b.standingJSON(st))
	}
	return out
}

// digestMethod says how the digest of the page is made.
const digestMethod = "SHA-256, in hex, of the value of “register” as JSON in UTF-8 without spaces or line breaks between its parts, members in the order in which they stand here; only what JSON must escape is escaped"

// registerDigest is the digest of everything that is said of the promises.
func (b *book) registerDigest() string {
	sum := sha256.Sum256(compactJSON(b.registerJSON()))
	return hex.EncodeToString(sum[:])
}

// compactJSON writes our own types, which cannot fail.
func compactJSON(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("statuspage: writing JSON: " + err.Error())
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func (b *book) commitmentsJSON() jsonCommitments {
	out := jsonCommitments{
		AsOf: instant(b.now), Digest: b.registerDigest(), DigestOf: digestMethod, OpenFindings: len(b.findings()),
		Register: b.registerJSON(), Targets: []jsonStanding{},
	}
	loose := b.loose()
	out.Counts = countJSON(slices.Concat(b.register(), loose))
	for _, st := range loose {
		out.Targets = append(out.Targets, b.standingJSON(st))
	}
	return out
}
