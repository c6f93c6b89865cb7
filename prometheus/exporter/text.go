package exporter

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// The text format 0.0.4 is written by hand for everything that is read at a
// scrape: for ten thousand monitors that costs milliseconds, where const
// metrics through the registry cost hundreds.
// (https://prometheus.io/docs/instrumenting/exposition_formats/)

// text collects an exposition, family by family.
type text struct {
	out    []byte
	pieces []piece
	family family
	begun  bool
	long   bool // the family has a sample for each thing that is watched
}

// family is what a reader is told of a metric that is not counted here.
type family struct {
	name string
	help string
	kind kind
}

// kind is the type of a family.
type kind uint8

// The kinds. A counter or a histogram is one that somebody else counts.
const (
	gauge kind = iota
	counter
	histogram
)

// begin starts a family. Its head is written with its first sample, so that a
// family without samples leaves no trace.
func (t *text) begin(f family) { t.family, t.begun, t.long = f, false, false }

// head writes what is told of the family.
func (t *text) head() {
	t.begun = true
	if last := len(t.pieces) - 1; last < 0 || t.long || t.pieces[last].long {
		t.cut(0) // short families share a piece
	}
	t.out = append(append(append(append(t.out, "# HELP "...), t.family.name...), ' '), t.family.help...)
	t.out = append(append(append(t.out, "\n# TYPE "...), t.family.name...), ' ')
	t.out = append(append(t.out, [...]string{gauge: "gauge", counter: "counter", histogram: "histogram"}[t.family.kind]...), '\n')
}

// piece is a part of an exposition that changes, or stays as it was, as a whole.
type piece struct {
	family string // the first in it
	number int    // within that family
	from   int    // where it begins; it ends where the next one does
	long   bool   // whether there is no other family in it
}

// pieceLength is of how many things that are watched a piece tells. One that
// changes has its piece compressed anew, so it is short; each piece learns the
// words anew, so it is not too short.
const pieceLength = 2500

// item tells that what follows is said of the thing with this number. Pieces end
// at the same things in every scrape, whatever is left out, so that they are
// found again.
func (t *text) item(number int) {
	t.long = true
	if t.begun && number%pieceLength == 0 {
		t.cut(t.pieces[len(t.pieces)-1].number + 1)
	}
}

func (t *text) cut(number int) {
	t.pieces = append(t.pieces, piece{family: t.family.name, number: number, from: len(t.out), long: t.long})
}

// sample writes one sample. The labels are written out, without braces; more
// are appended to them.
func (t *text) sample(value float64, labels ...string) { t.part("", value, labels...) }

// part writes one sample of a family that has several names, such as a histogram.
func (t *text) part(suffix string, value float64, labels ...string) {
	if !t.begun {
		t.head()
	}
	t.out = append(append(t.out, t.family.name...), suffix...)
	for i, l := range labels {
		t.out = append(append(t.out, "{,"[min(i, 1)]), l...)
	}
	if len(labels) > 0 {
		t.out = append(t.out, '}')
	}
	t.out = appendValue(append(t.out, ' '), value)
	t.out = append(t.out, '\n')
}

// gauge writes a gauge without labels.
func (t *text) gauge(name, help string, value float64) {
	t.begin(family{name: name, help: help})
	t.sample(value)
}

// count writes a counter without labels.
func (t *text) count(name, help string, value int64) {
	t.begin(family{name: name, help: help, kind: counter})
	t.sample(float64(value))
}

func appendValue(out []byte, v float64) []byte {
	switch {
	case v == 0:
		return append(out, '0')
	case v == 1:
		return append(out, '1')
	case math.IsInf(v, 1):
		return append(out, "+Inf"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		return strconv.AppendInt(out, int64(v), 10)
	}
	return strconv.AppendFloat(out, v, 'g', -1, 64)
}

// label is one label, written out and escaped.
func label(name, value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	if strings.ContainsAny(value, "\\\n\"") {
		value = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(value)
	}
	return name + `="` + value + `"`
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// unix is an instant in whole seconds since 1970.
func unix(t time.Time) float64 { return float64(t.Unix()) }
