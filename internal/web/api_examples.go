package web

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// exampleText holds a request and its answer for each operation. The answers are
// those that the tests were given: they write them, and compare them.
//
//go:embed api_examples.json
var exampleText []byte

// example is one request and what it is answered. A body that is no JSON is a
// string.
type example struct {
	Request  any `json:"request,omitempty"`
	Response any `json:"response,omitempty"`
}

func apiExamples() map[string]example {
	examples := map[string]example{}
	if err := json.Unmarshal(exampleText, &examples); err != nil {
		panic(err) // it was built in
	}
	return examples
}

// addExamples puts the examples into the document.
func addExamples(doc *huma.OpenAPI, examples map[string]example) {
	for _, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o == nil {
				continue
			}
			given := examples[o.OperationID]
			if o.RequestBody != nil && given.Request != nil {
				illustrate(o.RequestBody.Content, given.Request)
			}
			if answer := o.Responses[successOf(o)]; answer != nil && given.Response != nil {
				illustrate(answer.Content, given.Response)
			}
		}
	}
}

func illustrate(content map[string]*huma.MediaType, with any) {
	for _, media := range content {
		media.Example = with
	}
}

// successOf is the status with which an operation succeeds.
func successOf(o *huma.Operation) string {
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if status < "300" {
			return status
		}
	}
	return ""
}
