package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing in a file that cannot be: where it stands, what is
// wrong and what to do about it. It never quotes what a reference to a secret
// stands for.
type Problem struct {
	File   string
	Line   int    // from 1; 0: of the file as a whole
	Column int    // from 1, where the key or the item of a list starts
	Path   string // as components[0].monitors[0].interval; may be empty
	What   string
	Remedy string
}

// Error is the problem in one line:
// "upheld.yaml:12:9: components[0].monitors[0].interval: 0s is too short; use at least 1s".
func (p Problem) Error() string {
	text := p.File + ": "
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	}
	if p.Path != "" {
		text += p.Path + ": "
	}
	text += p.What
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	return text
}

// Problems are all that is wrong with a file, in the file's order.
type Problems []Problem

// Error has one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// orNil is the problems as an error: sorted, each once, and a true nil when
// there are none.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	// What stands behind an anchor is read once for each alias.
	return slices.CompactFunc(p, func(a, b Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.What == b.What && lastKey(a.Path) == lastKey(b.Path)
	})
}

// lastKey is the key that a path ends in.
func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// and is the problems of a file and those of the files that it names, as an
// error; nil when there are none.
func (p Problems) and(beside Problems) error {
	var own Problems
	errors.As(p.orNil(), &own)
	if all := slices.Concat(own, beside); len(all) > 0 {
		return all
	}
	return nil
}

// refusal is why a value cannot be used and what to write instead. The types
// of this package refuse with it, so that both parts reach the Problem.
type refusal struct{ what, remedy string }

// Error is the refusal in one line.
func (r refusal) Error() string { return r.what + "; " + r.remedy }
