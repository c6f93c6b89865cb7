package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// remote is a running Upheld that is spoken to by its API.
type remote struct {
	Server string `env:"UPHELD_SERVER" default:"http://127.0.0.1:8080" placeholder:"URL" help:"Where Upheld runs."`
	Token  string `env:"UPHELD_TOKEN" placeholder:"TOKEN" help:"An API token, of the console or of upheld admin token. Better in UPHELD_TOKEN: others on the machine can read arguments."`
	JSON   bool   `name:"json" help:"Print the answer as it came, for programs."`
}

// patience is how long an answer may take; an import of many lines is slow.
const patience = time.Minute

// answerLargest is as much of an answer as is read, in bytes.
const answerLargest = 64 << 20

// message is a request to the API.
type message struct {
	method, path string // the path is below /api/v1
	kind         string // the body's type; empty: JSON
	body         []byte
	key          string // Idempotency-Key; empty: none
	open         bool   // everybody may read it: a token is not needed
}

// refused is an error that the API told.
type refused struct {
	Status int
	Title  string
	Detail string
	Errors []struct{ Location, Message string }
}

// Error is one line: what, where, and what to do next.
func (r refused) Error() string {
	parts := []string{strings.TrimSuffix(r.Detail, ".")}
	for _, e := range r.Errors {
		parts = append(parts, strings.TrimPrefix(e.Location, "body.")+" "+e.Message)
	}
	return fmt.Sprintf("refused (%d %s): %s", r.Status, r.Title, strings.Join(parts, "; "))
}

// send asks and returns the answer's body. An error is one line.
func (r remote) send(ctx context.Context, m message) ([]byte, error) {
	if r.Token == "" && !m.open {
		return nil, errors.New("no token; put one into UPHELD_TOKEN: upheld admin token --owner NAME makes one")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	address := strings.TrimSuffix(r.Server, "/") + "/api/v1" + m.path
	request, err := http.NewRequestWithContext(ctx, m.method, address, bytes.NewReader(m.body))
	if err != nil {
		return nil, fmt.Errorf("--server %s is no address; write it as https://status.example.org", r.Server)
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if len(m.body) > 0 {
		request.Header.Set("Content-Type", orElse(m.kind, "application/json"))
	}
	if m.key != "" {
		request.Header.Set("Idempotency-Key", m.key)
	}
	// Where the token goes is what was named, and nowhere that an answer points to.
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no answer from %s; is Upheld running there? Name another with --server (%w)", r.Server, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerLargest))
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off: %w", r.Server, err)
	}
	return text, judge(r.Server, answer, text)
}

// judge is nil for an answer that says yes.
func judge(server string, answer *http.Response, text []byte) error {
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return nil
	}
	told := refused{}
	if json.Unmarshal(text, &told) != nil || told.Status != answer.StatusCode {
		return fmt.Errorf("%s answers %s, which is not Upheld's API; check --server", server, answer.Status)
	}
	return told
}

// read asks and reads the answer into a value; with --json it prints it instead
// and answers true.
func (r remote) read(ctx context.Context, s streams, m message, into any) (printed bool, err error) {
	text, err := r.send(ctx, m)
	if err != nil {
		return false, err
	}
	if r.JSON {
		_, err = s.out.Write(text)
		return true, err
	}
	if len(text) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("the answer of %s is not what this version of upheld knows: %w", r.Server, err)
	}
	return false, nil
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
