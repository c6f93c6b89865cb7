package console

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/static"
)

const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'javascript:alert(1)//`

// pages are every page, with something evil wherever a text goes.
func pages() map[string]Page {
	return map[string]Page{
		"sign in":        SignIn(SignInView{}),
		"sign in, evil":  SignIn(SignInView{Name: evil, Next: evil, Problem: evil, Ended: true, Insecure: true}),
		"set up":         SetUp(SetUpView{}),
		"set up, evil":   SetUp(SetUpView{Name: evil, Problem: evil, Insecure: true}),
		"set up is over": SetUp(SetUpView{Over: true}),
		"problem":        Problem(ProblemView{Frame: Frame{Title: "Forbidden"}, Detail: "No."}),
		"problem, evil":  Problem(ProblemView{Frame: Frame{Title: evil, Person: evil, Role: evil}, Detail: evil, Request: evil}),
	}
}

func TestPagesHoldNothingThatRuns(t *testing.T) {
	sheets := map[string]bool{static.Stylesheet().Path: true, static.ConsoleStylesheet().Path: true, static.Favicon().Path: true}
	for name, page := range pages() {
		if page.CSP != Policy {
			t.Errorf("%s: policy %q", name, page.CSP)
		}
		tokens := html.NewTokenizer(strings.NewReader(string(page.Body)))
		for tokens.Next() != html.ErrorToken {
			token := tokens.Token()
			if token.Data == "script" || token.Data == "img" || token.Data == "style" {
				if token.Type != html.TextToken {
					t.Errorf("%s holds <%s>", name, token.Data)
				}
			}
			for _, a := range token.Attr {
				link := a.Key == "href" || a.Key == "src" || a.Key == "action"
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || link && !sheets[a.Val] && !strings.HasPrefix(a.Val, "/") && a.Val != "#main" {
					t.Errorf("%s: %s=%q", name, a.Key, a.Val)
				}
			}
		}
	}
}

// Every field has a label, and a password is never sent back.
func TestFormsCanBeFilledIn(t *testing.T) {
	for name, page := range pages() {
		labels, fields := map[string]bool{}, []string{}
		tokens := html.NewTokenizer(strings.NewReader(string(page.Body)))
		for tokens.Next() != html.ErrorToken {
			token := tokens.Token()
			attr := map[string]string{}
			for _, a := range token.Attr {
				attr[a.Key] = a.Val
			}
			switch {
			case token.Type == html.EndTagToken:
			case token.Data == "label":
				labels[attr["for"]] = true
			case token.Data == "input" && attr["type"] != "hidden":
				fields = append(fields, attr["id"])
				if _, filled := attr["value"]; filled && attr["type"] == "password" {
					t.Errorf("%s: a password is sent back", name)
				}
			case token.Data == "form":
				if attr["method"] != "post" {
					t.Errorf("%s: a form is sent by %q", name, attr["method"])
				}
			}
		}
		for _, field := range fields {
			if !labels[field] {
				t.Errorf("%s: the field %q has no label", name, field)
			}
		}
	}
}
