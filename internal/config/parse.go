package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxSize bounds a configuration. Ten thousand monitors take some 2 MiB.
const maxSize = 16 << 20

// Load reads the file at path. The error is of type Problems.
func Load(path string, kinds Kinds, env Lookup) (*File, error) {
	text, err := read(path)
	if err != nil {
		return nil, Problems{{File: path, What: "cannot be read: " + cause(err).Error(), Remedy: "check the path and its permissions"}}
	}
	return Parse(path, text, kinds, env)
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSize+1)) // one byte more, so that Parse sees the excess
}

// cause is the error without the operation and the path, which our own
// messages name.
func cause(err error) error {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// Parse reads a configuration from its text. Name is its path: problems name
// it, and ${file:PATH} starts at its folder. The error is of type Problems.
func Parse(name string, text []byte, kinds Kinds, env Lookup) (*File, error) {
	root, problem := document(text, "name at least one component with a monitor")
	if problem != nil {
		problem.File = name
		return nil, Problems{*problem}
	}
	if env == nil {
		env = os.LookupEnv
	}
	d := newDecoder(name, len(text), kinds, expander{env: env, folder: filepath.Dir(name)})
	file := d.file(root)
	check(d, file)
	if err := d.problems.and(d.beside); err != nil {
		return nil, err
	}
	return file, nil
}

// document is the one YAML document in text, not yet looked into. Least is what
// to write into an empty one.
func document(text []byte, least string) (*yaml.Node, *Problem) {
	switch {
	case len(text) > maxSize:
		return nil, &Problem{What: fmt.Sprintf("is larger than %d MiB", maxSize>>20), Remedy: "use anchors for what repeats, or watch less with one Upheld"}
	case !utf8.Valid(text):
		line, column := firstWrongByte(text)
		return nil, &Problem{Line: line, Column: column, What: "is not UTF-8 text", Remedy: "save the file as UTF-8"}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		return nil, syntax(err, text)
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return nil, &Problem{Line: 1, Column: 1, What: "the file is empty", Remedy: least}
	case err != nil:
		return nil, syntax(err, text)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, &Problem{Line: second.Line, Column: second.Column, What: "a second document starts here", Remedy: "keep one document in a file; remove the --- line"}
	case !errors.Is(err, io.EOF):
		return nil, syntax(err, text)
	}
	return first.Content[0], nil
}

// syntax puts a complaint of the YAML reader into our own form.
func syntax(err error, text []byte) *Problem {
	problem := &Problem{Line: 1, Column: 1, What: "this is not YAML: " + err.Error(), Remedy: "correct the line"}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return problem
	}
	at := load.Mark
	if strings.Contains(load.ContextMsg, "quoted scalar") {
		at = load.ContextMark // where the quote was opened, not where the file ends
	}
	problem.What = "this is not YAML: " + load.Message
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n")
	if at.Line > 0 {
		problem.Line, problem.Column = min(at.Line, len(lines)), max(at.Column, 1) // the end may be said to be a line further
	}
	line := lines[problem.Line-1]
	switch indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; {
	case strings.Contains(indent, "\t"):
		problem.Column = strings.Index(indent, "\t") + 1
		problem.What, problem.Remedy = "a tab stands in the indentation", "indent with spaces"
	case strings.Contains(load.Message, "control characters"):
		problem.Line, problem.Column = firstControl(text)
		problem.What, problem.Remedy = "a control character stands in the text", `remove it, or write it as an escape in double quotes, as "\x07"`
	case strings.Contains(load.Message, "mapping values are not allowed"):
		problem.Remedy = `put quotes around a value that holds ": ", and check the indentation`
	case strings.Contains(load.Message, "cannot start any token"):
		problem.Remedy = "put quotes around a value that starts with %, @ or `"
	case strings.Contains(load.ContextMsg, "quoted scalar"):
		problem.What, problem.Remedy = "this quote is never closed", "close it"
	case strings.Contains(load.Message, "unknown anchor"):
		problem.Remedy = "define the anchor with & above the place that uses it"
	case strings.Contains(load.Message, "did not find") || strings.Contains(load.Message, "could not find"):
		problem.Remedy = "check the indentation, brackets and colons of this line and the one before"
	}
	return problem
}

// firstWrongByte is where the text stops to be UTF-8.
func firstWrongByte(text []byte) (line, column int) {
	valid := 0
	for valid < len(text) {
		r, size := utf8.DecodeRune(text[valid:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		valid += size
	}
	return position(text[:valid])
}

func firstControl(text []byte) (line, column int) {
	end := bytes.IndexFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85
	})
	return position(text[:max(end, 0)])
}

// position is the line and column after what was read.
func position(read []byte) (line, column int) {
	line = bytes.Count(read, []byte("\n")) + 1
	return line, utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:]) + 1
}
