package web

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
)

// operation is one row of the API: the route and the OpenAPI document both come
// from it, so that neither says what the other does not.
type operation struct {
	huma.Operation
	policy   policy
	register func(*site, huma.API, huma.Operation)
}

// op makes a row. The handler's input and output types are what the document
// says of them and what requests are checked against.
func op[I, O any](least policy, o huma.Operation, handle func(context.Context, *site, *I) (*O, error)) operation {
	return operation{o, least, func(s *site, api huma.API, o huma.Operation) {
		huma.Register(api, o, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, s, in)
			if err != nil {
				return nil, s.apiProblem(ctx, o.OperationID, err)
			}
			return out, nil
		})
	}}
}

const (
	apiPrefix   = "/api/v1"
	openAPIPath = apiPrefix + "/openapi.json"
)

// operations are the API, version 1, one table for each part of it.
func operations() []operation {
	return slices.Concat(
		incidentOperations(), planOperations(), seriesOperations(), promiseOperations(), registerOperations(),
		ledgerOperations(), subscriberOperations(), peopleOperations(), alertOperations(),
	)
}

// apiRoutes are the API, version 1.
func apiRoutes() []route {
	all := []route{{openAPIPath, []string{http.MethodGet, http.MethodHead}, public, (*site).openAPI}}
	for _, o := range operations() {
		all = append(all, route{echoPath(o.Path), []string{o.Method}, o.policy, func(s *site, c echo.Context) error {
			if o.policy == public {
				c.Response().Header().Set("Access-Control-Allow-Origin", "*")
			}
			return s.api().handle(o.Operation, c)
		}})
	}
	return all
}

// echoPath writes {id} as echo does.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// api is the machinery behind the rows: it reads, checks and writes bodies. Its
// router is never served; it holds the handlers for ours to call.
type api struct {
	handlers *echo.Echo
	document []byte
}

func newAPI(s *site) *api {
	config := huma.DefaultConfig("Upheld", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // we serve the one document ourselves
	config.CreateHooks = nil                                             // no $schema in bodies
	config.NoFormatFallback = false
	config.RejectUnknownQueryParameters = true
	config.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	config.Transformers = []huma.Transformer{tellProblem}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	describeAPI(config.OpenAPI)
	a := &api{handlers: echo.New()}
	built := humaecho.New(a.handlers, config)
	for _, o := range operations() {
		o.register(s, built, documented(o))
	}
	addExamples(built.OpenAPI(), apiExamples())
	a.document = writeDocument(built.OpenAPI(), config.Components.Schemas)
	return a
}

// handle calls the handler of an operation for a request that our own router
// has found and let in.
func (a *api) handle(o huma.Operation, c echo.Context) error {
	found := a.handlers.NewContext(nil, nil)
	a.handlers.Router().Find(o.Method, echoPath(o.Path), found)
	return found.Handler()(c)
}

// documented is the operation as the document shows it: who may, and the
// errors that any request can meet.
func documented(o operation) huma.Operation {
	described := o.Operation
	described.SkipValidateParams = false
	if o.policy == public {
		described.Errors = o.refusals()
		described.Security = []map[string][]string{}
		described.Description = strings.TrimSpace(o.Description + "\n\nEverybody may read it.")
		return described
	}
	described.Errors = append(o.refusals(), http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	described.Security = []map[string][]string{{"token": {}}}
	described.Description = strings.TrimSpace(o.Description + "\n\nNeeds the role " + o.policy.least().String() + " or more.")
	return described
}

// refusals are the errors that the operation can meet, beside those that all
// can.
func (o operation) refusals() []int {
	refusals := slices.Clone(o.Errors)
	if strings.Contains(o.Path, "{") {
		refusals = append(refusals, http.StatusNotFound)
	}
	if o.Method != http.MethodGet && o.Method != http.MethodDelete {
		refusals = append(refusals, http.StatusBadRequest, http.StatusConflict,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return refusals
}

// apiTypes are the types of body that an address of the API takes in.
func apiTypes(path string) []string {
	switch {
	case strings.HasSuffix(path, "/import"):
		return []string{typeCSV}
	case strings.HasSuffix(path, "/bounces"):
		return []string{typeMail}
	}
	return []string{typeJSON, typeMergePatch}
}

func describeAPI(doc *huma.OpenAPI) {
	doc.Info.Description = "What the console does, for programs. Times are RFC 3339 in UTC. Lists are newest first and " +
		"answer `next`, the cursor for the following page, or null. What is created twice would be told twice: a POST that " +
		"takes the header Idempotency-Key happens once for each key, and its repetitions are answered with " +
		"`Idempotency-Replayed: true`. Errors are application/problem+json and never repeat what was sent. " +
		"A token may call 600 times a minute."
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token of /console/account, as `Authorization: Bearer uph_…`."},
	}
}

// schemaName is a type's name in the document, without what only our code needs.
func schemaName(t reflect.Type, hint string) string {
	return strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "Body", "")
}

// writeDocument is the document as it is served and checked in. Its errors are
// ours and not the machinery's.
func writeDocument(doc *huma.OpenAPI, schemas huma.Registry) []byte {
	all := schemas.Map()
	all["ErrorModel"] = huma.SchemaFromType(schemas, reflect.TypeFor[apiProblem]())
	delete(all, "ErrorDetail")
	text, err := doc.MarshalJSON()
	if err != nil {
		panic(err) // our own types
	}
	return indented(text)
}

func (s *site) openAPI(c echo.Context) error {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	send(c, http.StatusOK, "application/vnd.oai.openapi+json;version=3.1", s.api().document)
	return nil
}
