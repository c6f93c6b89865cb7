package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Lookup finds an environment variable, as os.LookupEnv does; where a Lookup
// is taken, nil is os.LookupEnv.
type Lookup func(name string) (value string, found bool)

// maxSecretFile bounds what ${file:PATH} may read.
const maxSecretFile = 64 << 10

// expander replaces references in single values: ${env:NAME} by a variable of
// the environment, ${file:PATH} by what a file holds, without the line break
// at its end. "$${" is the text "${". What comes out is not read again, and it
// never is YAML: a secret cannot rewrite the file.
type expander struct {
	env    Lookup
	folder string // relative paths start here
}

// expand replaces the references in text. found are the values that came in,
// which must never be shown; it is nil for a text without references.
func (e expander) expand(text string) (expanded string, found []string, err error) {
	var out strings.Builder
	for {
		start := strings.Index(text, "${")
		if start < 0 {
			return out.String() + text, found, nil
		}
		if start > 0 && text[start-1] == '$' {
			out.WriteString(text[:start-1] + "${")
			text = text[start+2:]
			continue
		}
		reference, after, closed := strings.Cut(text[start+2:], "}")
		if !closed {
			return "", nil, refusal{"${ without }", "close the reference, or write $${ for the text ${"}
		}
		value, err := e.value(reference)
		if err != nil {
			return "", nil, err
		}
		out.WriteString(text[:start] + value)
		found, text = append(found, value), after
	}
}

// value is what one reference stands for. An empty value is refused: a secret
// that is empty by mistake opens what it should close.
func (e expander) value(reference string) (string, error) {
	kind, name, _ := strings.Cut(reference, ":")
	var value string
	switch kind {
	case "env":
		set, found := e.env(name)
		if value = set; !found {
			return "", refusal{fmt.Sprintf("the environment variable %s is not set", name), "set it before the start"}
		}
		if value == "" {
			return "", refusal{fmt.Sprintf("the environment variable %s is empty", name), "give it a value"}
		}
	case "file":
		content, err := e.read(name)
		if err != nil {
			return "", refusal{fmt.Sprintf("the file %s cannot be read: %v", name, err), "a path starts at the folder of this configuration; check it and its permissions"}
		}
		if value = strings.TrimSuffix(strings.TrimSuffix(content, "\n"), "\r"); value == "" {
			return "", refusal{fmt.Sprintf("the file %s is empty", name), "write the value into it"}
		}
	default:
		return "", refusal{fmt.Sprintf("${%s} is no reference", reference), "write ${env:NAME} or ${file:PATH}, or $${ for the text ${"}
	}
	return value, nil
}

func (e expander) read(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(e.folder, path)
	}
	// A pipe or a device could hold the reader for ever.
	if info, err := os.Stat(path); err != nil { //nolint:gosec // whoever writes the configuration names its files
		return "", cause(err)
	} else if !info.Mode().IsRegular() {
		return "", errors.New("not a regular file")
	}
	file, err := os.Open(path) //nolint:gosec // as above
	if err != nil {
		return "", cause(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	if err == nil && len(content) > maxSecretFile {
		err = fmt.Errorf("larger than %d KiB", maxSecretFile>>10)
	}
	return string(content), cause(err)
}
