package config

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Locate is where the value at a path stands, or its key or item. When the
// file does not give the path, because a default was taken or it is wrong, the
// place is that of the nearest thing around it.
func (f *File) Locate(path string) (line, column int) {
	at := locate(f.places, path)
	return at.line, at.column
}

// Given tells whether the file itself gives the value at a path, as
// "components[0].monitors[0].interval". What is not given has its default.
func (f *File) Given(path string) bool {
	_, given := f.places[path]
	return given
}

// Problem is a problem that somebody else found with the value at a path:
// a probe with its settings. Values that came from references are taken out
// of the text.
func (f *File) Problem(path, what, remedy string) Problem {
	line, column := f.Locate(path)
	return Problem{File: f.name, Line: line, Column: column, Path: path, What: f.Redact(what), Remedy: f.Redact(remedy)}
}

// Head is the file without what it says of monitors, components, services and
// promises, and without places: what a running program needs of it, in little memory.
func (f *File) Head() *File {
	head := *f
	head.Components, head.Services, head.places, head.secrets = nil, nil, nil, nil
	head.Policy, head.Policies = nil, nil
	return &head
}

// Redact replaces every value that came from a reference by "***", also where
// it stands quoted or escaped for an address.
func (f *File) Redact(text string) string {
	secrets := slices.Clone(f.secrets)
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the longest first: one may be part of another
	for _, secret := range secrets {
		quoted := strconv.Quote(secret)
		for _, form := range []string{secret, quoted[1 : len(quoted)-1], url.QueryEscape(secret), url.PathEscape(secret)} {
			text = strings.ReplaceAll(text, form, "***")
		}
	}
	return text
}

// locate finds the place of the longest known beginning of a path.
func locate(places map[string]place, path string) place {
	for end := len(path); end > 0; end-- {
		if end < len(path) && path[end] != '.' && path[end] != '[' {
			continue
		}
		if at, known := places[path[:end]]; known {
			return at
		}
	}
	return cmp.Or(places[""], place{1, 1})
}

// join adds a key to a path; one with other than plain letters is quoted:
// expect.json["$.status"].
func join(path, key string) string {
	switch {
	case key == "" || strings.ContainsFunc(key, notPlain):
		return fmt.Sprintf("%s[%q]", path, key)
	case path == "":
		return key
	}
	return path + "." + key
}

func notPlain(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && r != '_' && r != '-'
}
