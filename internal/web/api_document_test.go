package web

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the generated reference and the examples' answers anew")

const referenceFile = "../../docs/reference/openapi.json"

// described is the OpenAPI document as the test reads it.
type described struct {
	OpenAPI    string
	Paths      map[string]map[string]documentOperation
	Components struct{ Schemas map[string]json.RawMessage }
}

type documentOperation struct {
	OperationID string
	Description string
	Security    []map[string][]string
	RequestBody struct {
		Content map[string]struct{ Example any }
	}
	Responses map[string]struct {
		Content map[string]struct {
			Schema  any
			Example any
		}
	}
}

// served is the document as the world reads it, and as it was sent.
func served(t testing.TB) (described, []byte) {
	t.Helper()
	r := do(newUnder().public, "GET", openAPIPath)
	text := body(t, r)
	var d described
	if err := json.Unmarshal([]byte(text), &d); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", r.StatusCode, err)
	}
	return d, []byte(text)
}

func TestTheReferenceIsTheDocumentThatIsServed(t *testing.T) {
	d, text := served(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %s", d.OpenAPI)
	}
	if *update {
		if err := os.WriteFile(referenceFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	checked, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(checked), string(text)); diff != "" {
		t.Errorf("the reference is old; run the test with -update (-checked in +served):\n%s", diff)
	}
}

func TestTheDocumentAndTheRoutesAreTheSame(t *testing.T) {
	d, _ := served(t)
	told, routed := map[string]policy{}, map[string]policy{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			told[strings.ToUpper(method)+" "+echoPath(path)] = leastNamed(t, o)
			if open := told[strings.ToUpper(method)+" "+echoPath(path)] == public; open != (len(o.Security) == 0) || !open && o.Security[0]["token"] == nil {
				t.Errorf("%s says of the token: %v", o.OperationID, o.Security)
			}
		}
	}
	for _, r := range routes() {
		for _, method := range r.methods {
			if strings.HasPrefix(r.path, apiPrefix+"/") && r.path != openAPIPath {
				routed[method+" "+r.path] = r.policy
			}
		}
	}
	if diff := cmp.Diff(routed, told); diff != "" {
		t.Errorf("(-routed +described):\n%s", diff)
	}
}

// leastNamed is the policy whose role an operation names.
func leastNamed(t testing.TB, o documentOperation) policy {
	t.Helper()
	if strings.HasSuffix(o.Description, "Everybody may read it.") {
		return public
	}
	for _, p := range []policy{viewer, responder, publisher, admin} {
		if strings.HasSuffix(o.Description, "Needs the role "+p.least().String()+" or more.") {
			return p
		}
	}
	t.Errorf("%s names no role", o.OperationID)
	return 0
}

// ids are what the addresses of the examples end in.
func ids() *strings.Replacer {
	return strings.NewReplacer(
		"/incidents/{id}", "/incidents/"+exampleIncident, "{update}", exampleIncident+"-1", "/templates/{id}", "/templates/slow",
		"/deliveries/{id}", "/deliveries/d0c5f00d", "/channels/{id}", "/channels/on-call", "/subscribers/{id}", "/subscribers/sub-1",
		"/plans/{id}", "/plans/"+examplePlan, "/series/{id}", "/series/ser-1", "/commitments/{id}", "/commitments/P10",
		"/evidence/{id}", "/evidence/ev-1", "/noncompliance/{id}", "/noncompliance/nc-1",
		"/users/{id}", "/users/usr-1", "/tokens/{id}", "/tokens/tok-1", "/subscribers/import", "/subscribers/import?consent=ticket",
	)
}

func TestEveryExampleIsWhatIsAnswered(t *testing.T) {
	d, text := served(t)
	u := newUnder(fixtureOptions(&fixture{}))
	examples, seen := apiExamples(), map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			given := examples[o.OperationID]
			seen[o.OperationID] = true
			if len(o.RequestBody.Content) > 0 && given.Request == nil {
				t.Errorf("%s has no example of a request", o.OperationID)
			}
			answer, got := replay(t, u.public, strings.ToUpper(method), ids().Replace(path), given)
			if answer.StatusCode >= 300 {
				t.Errorf("%s: %d %v", o.OperationID, answer.StatusCode, got)
				continue
			}
			if *update {
				given.Response = got
				examples[o.OperationID] = given
				continue
			}
			if diff := cmp.Diff(given.Response, got); diff != "" {
				t.Errorf("%s: the example is old; run the test with -update, twice (-example +answer):\n%s", o.OperationID, diff)
			}
			checkSchema(t, text, path, method, answer, got)
		}
	}
	for id := range examples {
		if !seen[id] {
			t.Errorf("an example of %s, which there is not", id)
		}
	}
	if *update {
		writeExamples(t, examples)
	}
}

func writeExamples(t *testing.T, examples map[string]example) {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(examples); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("api_examples.json", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replay sends an example and reads the answer: JSON as what it is, anything
// else as a text, nothing as nil.
func replay(t testing.TB, h http.Handler, method, target string, e example) (*http.Response, any) {
	t.Helper()
	kind, content := typeJSON, ""
	switch request := e.Request.(type) {
	case nil:
	case string:
		kind, content = typeCSV, request
		if strings.HasSuffix(target, "/bounces") {
			kind = typeMail
		}
	default:
		text, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		content = string(text)
	}
	answer := ask(h, method, target, content, "Content-Type", kind)
	text := body(t, answer)
	if !strings.Contains(answer.Header.Get("Content-Type"), "json") {
		if text == "" {
			return answer, nil
		}
		return answer, text
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s %s: %v: %s", method, target, err, text)
	}
	return answer, value
}

// checkSchema holds an answer against what the document says of it, with a
// validator that is not the one that wrote the document.
func checkSchema(t testing.TB, documentText []byte, path, method string, answer *http.Response, got any) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(documentText))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource("https://upheld.example/openapi.json", value); err != nil {
		t.Fatal(err)
	}
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	pointer := func(part string) string {
		return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", "+", "%2B").Replace(part)
	}
	at := "/paths/" + pointer(path) + "/" + strings.ToLower(method) + "/responses/" + answer.Status[:3]
	if got != nil {
		at += "/content/" + pointer(kind) + "/schema"
	}
	if got == nil || !strings.Contains(kind, "json") {
		return // TestTheDocumentNamesEveryAnswer
	}
	schema, err := compiler.Compile("https://upheld.example/openapi.json#" + at)
	if err != nil {
		t.Errorf("%s %s: %s is not described: %v", method, path, answer.Status, err)
		return
	}
	if err := schema.Validate(got); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
}

// ask asks the API with a token, unless the fields say otherwise.
func ask(h http.Handler, method, target, content string, fields ...string) *http.Response {
	var reader io.Reader = strings.NewReader(content)
	if content == "" {
		reader = http.NoBody
	}
	return askWith(h, method, target, reader, append([]string{"Authorization", "Bearer uph_x"}, fields...)...)
}

func askWith(h http.Handler, method, target string, content io.Reader, fields ...string) *http.Response {
	r := httptest.NewRequest(method, "https://status.example.org"+target, content)
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}
