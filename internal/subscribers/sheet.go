package subscribers

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Limits of a file.
const (
	LinesMost    = 100_000  // below the header
	fileLargest  = 32 << 20 // bytes
	headerWidest = 200      // columns
	lineLongest  = 256 << 10
)

// sheet is a file that was read: the rows that can be added, each address
// once, and what is to be said of the others.
type sheet struct {
	rows   []row
	report Report
}

// row is one confirmed subscriber of the file.
type row struct {
	line, column int
	field        string
	address      string
	components   []uptime.ComponentID
	news         []uptime.News
	confirmedAt  time.Time // zero: the file does not say
	zone         string    // empty: the file does not say
}

// What columns may be called, in lower case and with "_" for spaces and
// hyphens. The first name is ours; the others are those of other products.
var columnNames = [...][]string{
	columnMail:       {"email", "e_mail", "mail", "email_address", "subscriber_email", "address"},
	columnWebhook:    {"webhook", "endpoint"},
	columnComponents: {"components", "component_ids", "component_names"},
	columnKinds:      {"kinds", "news"},
	columnState:      {"state", "status"},
	columnConfirmed:  {"confirmed_at"},
	columnMode:       {"mode", "type", "subscriber_type"},
	columnHeldSince:  {"quarantined_at"},
	columnZone:       {"time_zone", "timezone", "zone", "tz"},
}

const (
	columnMail = iota
	columnWebhook
	columnComponents
	columnKinds
	columnState
	columnConfirmed
	columnMode
	columnHeldSince
	columnZone
	columns
)

// scan is a file while it is read.
type scan struct {
	csv    *csv.Reader
	lines  *lineReader
	s      *Service
	parts  map[string]uptime.ComponentID // by id and by name, folded
	header []string
	at     [columns]int    // where each column stands; -1: nowhere
	seen   map[string]int  // line of each address, folded
	zones  map[string]bool // names that are zones
	now    time.Time
	record []string
	sheet
}

// read reads a file to its end. An error is one of reading; what is wrong with
// the file is in the report.
func (s *Service) read(file io.Reader) (sheet, error) {
	limited := &io.LimitedReader{R: file, N: fileLargest + 1}
	lines := &lineReader{Reader: limited}
	in := bufio.NewReader(lines)
	f := &scan{s: s, lines: lines, seen: map[string]int{}, parts: map[string]uptime.ComponentID{}, zones: map[string]bool{}, now: s.now()}
	for _, c := range s.Catalogue().Components {
		f.parts[fold(c.Name)] = c.ID
	}
	for _, c := range s.Catalogue().Components {
		f.parts[fold(string(c.ID))] = c.ID // an id outdoes a name
	}
	start, _ := in.Peek(3)
	switch {
	case bytes.Equal(start, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		f.refuse(1, "the file is UTF-16; save it as CSV in UTF-8")
		return f.sheet, nil
	}
	f.csv = csv.NewReader(in)
	f.csv.FieldsPerRecord, f.csv.ReuseRecord = -1, true
	more, err := f.head(in)
	for more && err == nil {
		more, err = f.next()
		if limited.N == 0 {
			f.refuse(f.line(), fmt.Sprintf("the file is larger than %d MiB; split it", fileLargest>>20))
			break
		}
	}
	if errors.Is(err, errWide) {
		f.refuse(f.line(), fmt.Sprintf("a line is longer than %d KiB, or its quotes do not end", lineLongest>>10))
		err = nil
	}
	return f.sheet, err
}

var errWide = errors.New("a line is too long")

// lineReader ends a file in which a line does not end: its fields would take
// many times its size.
type lineReader struct {
	io.Reader
	passed int // since the line before ended
}

func (r *lineReader) Read(b []byte) (int, error) {
	if r.passed > lineLongest {
		return 0, errWide
	}
	n, err := r.Reader.Read(b)
	r.passed += n
	return n, err
}

// head reads the header line.
func (f *scan) head(in *bufio.Reader) (more bool, err error) {
	if first, _ := in.Peek(in.Buffered()); len(first) > 0 {
		line, _, _ := bytes.Cut(first, []byte("\n"))
		if bytes.IndexByte(line, ',') < 0 && bytes.IndexByte(line, ';') >= 0 {
			f.csv.Comma = ';' // as some spreadsheets write it
		}
	}
	record, err := f.csv.Read()
	f.lines.passed = 0
	var broken *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		f.refuse(1, "the file is empty; it begins with a header such as email,components,kinds")
		return false, nil
	case errors.As(err, &broken):
		f.refuse(broken.Line, "this is no header of a CSV file")
		return false, nil
	case err != nil:
		return false, err
	}
	f.header = slices.Clone(record[:min(len(record), headerWidest)])
	for i := range f.at {
		f.at[i] = slices.IndexFunc(f.header, func(name string) bool { return slices.Contains(columnNames[i], plainName(name)) })
	}
	for i, name := range f.header {
		if !slices.Contains(f.at[:], i) && name != "" {
			f.report.Ignored = append(f.report.Ignored, fmt.Sprintf("%.40s", strings.ToValidUTF8(name, "?")))
		}
	}
	if f.at[columnMail] < 0 {
		f.refuse(1, "the header has no column email; it looks like email,components,kinds")
		return false, nil
	}
	return true, nil
}

func plainName(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// next reads one line. More is false after the last one.
func (f *scan) next() (more bool, err error) {
	broken, err := f.readLine()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if broken == nil && blank(f.record) {
		return true, nil
	}
	if f.report.Lines++; f.report.Lines > LinesMost {
		f.report.Lines--
		f.refuse(f.line(), fmt.Sprintf("the file has more than %d lines; split it", LinesMost))
		return false, nil
	}
	if broken == nil {
		f.take()
	} else {
		f.wrong(broken.Line, broken.Column, "", "the quotes of this line do not fit; a field with commas or quotes stands in quotes, and a quote in it is doubled")
	}
	return true, nil
}

// readLine reads one record, or says what is wrong with it. After a broken one
// the next can be read.
func (f *scan) readLine() (broken *csv.ParseError, err error) {
	f.record, err = f.csv.Read()
	f.lines.passed = 0
	if errors.As(err, &broken) {
		return broken, nil
	}
	return nil, err
}

func blank(record []string) bool {
	return !slices.ContainsFunc(record, func(field string) bool { return strings.TrimSpace(field) != "" })
}

// line is the line that the newest record began at.
func (f *scan) line() int {
	if len(f.record) == 0 {
		return 1
	}
	line, _ := f.csv.FieldPos(0)
	return line
}

// refuse gives the whole file up. It may end in half a line.
func (f *scan) refuse(line int, text string) {
	f.report.Problems = append(f.report.Problems[:0:0], Problem{line, 1, "", FileRefused, text})
	f.report.Refused, f.rows = true, nil
}

// wrong notes an invalid line.
func (f *scan) wrong(line, column int, field, text string) {
	f.note(Problem{line, column, field, LineInvalid, text})
}

// note counts a problem and keeps it, as long as the report tells it.
func (f *scan) note(p Problem) {
	f.report.tell(p)
	f.report.Problems = f.report.Problems[:min(len(f.report.Problems), ProblemsTold)]
}

// about notes a problem of one field of the present line.
func (f *scan) about(column int, kind ProblemKind, text string) {
	p := Problem{Line: f.line(), Column: 1, Kind: kind, Text: text}
	if i := f.at[column]; i >= 0 {
		p.Field = f.header[i]
		if i < len(f.record) {
			p.Line, p.Column = f.csv.FieldPos(i)
		}
	}
	f.note(p)
}
