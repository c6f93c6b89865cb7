package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// wish is a subscription as clients of Statuspage's API ask for it.
type wish struct {
	Email      string   `json:"email"`
	Endpoint   string   `json:"endpoint"` // of a webhook; goes before email, which then is a contact
	Webhook    string   `json:"webhook"`  // likewise, as it stands in answers
	Component  string   `json:"component_id"`
	Components []string `json:"component_ids"`
	Incident   string   `json:"incident_id"`
	Phone      string   `json:"phone_number"`
}

// wished is the answer. It says what was asked for, and nothing of whether it
// was asked for before.
type wished struct {
	Page       json.RawMessage `json:"page,omitempty"`
	Selectable bool            `json:"can_select_components"`
	Mode       string          `json:"mode"`
	Email      string          `json:"email,omitempty"`
	Webhook    string          `json:"webhook,omitempty"`
}

// invalidProblem is a problem that names the fields that are wrong.
type invalidProblem struct {
	problem
	Errors []invalidField `json:"errors"`
}

type invalidField struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// subscribeByAPI takes a wish in JSON, with the limits and the silence of the
// form.
func (s *site) subscribeByAPI(c echo.Context) error {
	if err := s.subscribable(c); err != nil {
		return err
	}
	asked, err := readWish(c)
	if err != nil {
		return s.apiTrouble(c, err)
	}
	if field, detail := asked.unsupported(); field != "" {
		return s.invalid(c, []invalidField{{field, detail}})
	}
	r := asked.request()
	r.IP = c.RealIP()
	ctx, cancel := writing(c)
	defer cancel()
	err = s.Subscribers.Ask(ctx, r)
	var invalid *subscribers.Invalid
	if errors.As(err, &invalid) {
		return s.invalid(c, asked.named(invalid))
	}
	if err != nil {
		return s.apiTrouble(c, err)
	}
	answer := wished{Page: s.pageObject(c), Selectable: true, Mode: "email_sms", Email: r.Address}
	if r.Kind == uptime.ToWebhook {
		answer.Mode, answer.Email, answer.Webhook = "webhook", "", r.Address
	}
	return sendJSON(c, http.StatusOK, "application/json; charset=utf-8", answer)
}

// readWish reads the body.
func readWish(c echo.Context) (wish, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, c.Request().Body, formBody))
	if err != nil {
		return wish{}, err
	}
	var envelope struct {
		Subscriber *wish `json:"subscriber"`
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.Subscriber == nil {
		return wish{}, refusal{http.StatusBadRequest, `Send JSON such as {"subscriber": {"email": "name@example.org"}}.`}
	}
	return *envelope.Subscriber, nil
}

// unsupported names a field that asks for something that there is not. It is
// refused, because who leaves it out would get other news than they asked for.
func (w wish) unsupported() (field, detail string) {
	switch {
	case w.Phone != "":
		return "phone_number", "nothing is sent to phones here; subscribe by mail or webhook"
	case w.Incident != "":
		return "incident_id", "there are no subscriptions to one incident; subscribe to the page or to components"
	}
	return "", ""
}

func (w wish) request() subscribers.Request {
	r := subscribers.Request{Kind: uptime.ToMail, Address: strings.TrimSpace(w.Email), Source: "api"}
	if hook := w.hook(); hook != "" {
		r.Kind, r.Address = uptime.ToWebhook, hook
	}
	for _, id := range append(slices.Clip(w.Components), w.Component) {
		if id != "" {
			r.Components = append(r.Components, uptime.ComponentID(id))
		}
	}
	return r
}

func (w wish) hook() string {
	if w.Endpoint != "" {
		return strings.TrimSpace(w.Endpoint)
	}
	return strings.TrimSpace(w.Webhook)
}

// named are the invalid fields by the names that the client knows.
func (w wish) named(invalid *subscribers.Invalid) []invalidField {
	list := make([]invalidField, len(invalid.Fields))
	for i, f := range invalid.Fields {
		name := f.Name
		switch {
		case name == "address" && w.hook() != "":
			name = "endpoint"
		case name == "address":
			name = "email"
		case name == "components":
			name = "component_ids"
		}
		list[i] = invalidField{name, f.Text}
	}
	return list
}

// pageObject is the page as every answer of this API names it; nil if it cannot
// be read at the moment.
func (s *site) pageObject(c echo.Context) json.RawMessage {
	doc, err := s.Documents.Document(c.Request().Context(), "/api/v2/status.json")
	if err != nil || doc == nil {
		return nil
	}
	var status struct {
		Page json.RawMessage `json:"page"`
	}
	_ = json.Unmarshal(doc.Body, &status) // our own; without it the answer is shorter
	return status.Page
}

func (s *site) invalid(c echo.Context, fields []invalidField) error {
	p := newProblem(http.StatusUnprocessableEntity, "Some of it cannot be taken as it is.", 0)
	return sendJSON(c, p.Status, "application/problem+json", invalidProblem{p, fields})
}

// apiTrouble answers a request that came to nothing.
func (s *site) apiTrouble(c echo.Context, err error) error {
	p := s.told(c, err)
	return sendJSON(c, p.Status, "application/problem+json", p)
}

// confirmation is what a program is told that confirmed.
type confirmation struct {
	State  uptime.SubscriberState `json:"state"`
	Secret string                 `json:"secret,omitempty"` // this once
	Manage string                 `json:"manage_path"`
	Leave  string                 `json:"unsubscribe_path"`
}

func (s *site) confirmedJSON(c echo.Context, done subscribers.Confirmed) error {
	return sendJSON(c, http.StatusOK, "application/json; charset=utf-8", confirmation{
		State: done.Subscriber.State, Secret: done.Secret,
		Manage: "/subscribe/manage/" + s.Subscribers.Word(subscribers.ToManage, done.Subscriber.ID),
		Leave:  "/unsubscribe/" + s.Subscribers.Word(subscribers.ToLeave, done.Subscriber.ID),
	})
}

// wantsJSON tells whether a client asks for JSON and not for a page.
func wantsJSON(c echo.Context) bool {
	accept := strings.ToLower(strings.Join(c.Request().Header.Values("Accept"), ","))
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// sendJSON answers with a value of our own, which cannot fail to be written.
func sendJSON[T wished | problem | invalidProblem | confirmation](c echo.Context, status int, contentType string, value T) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if inAPI(c.Request().URL.Path) {
		c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	}
	send(c, status, contentType, append(body, '\n'))
	return nil
}
