package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	v3 "go.yaml.in/yaml/v3"
	"go.yaml.in/yaml/v4"
)

// Blackbox is /probe on the operators' listener.
type Blackbox struct {
	ModulesFile string `yaml:"modules_file" jsonschema:"minLength=1" doc:"A file of modules as blackbox_exporter reads it; a path starts at the folder of this configuration. It is read again when it changes. A module that cannot be guarded is refused alone. Without the file /probe is off."`
	Reach       string `yaml:"reach" jsonschema:"enum=any,enum=public,default=any" doc:"What a probe may reach. any: private and loopback addresses as well, as blackbox_exporter does. public: public addresses and egress.allow. Metadata services of clouds: never."`
	Concurrency int    `yaml:"concurrency" jsonschema:"default=64,minimum=1,maximum=1000" doc:"Probes that run at the same time. One more is answered with 503."`
}

// Modules is the path of the file of modules; empty: there is none.
func (f *File) Modules() string {
	name := f.Blackbox.ModulesFile
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(f.name), name)
}

// ModuleFile is a file of blackbox_exporter's modules. M is that program's own
// type: its settings check themselves as they are read.
type ModuleFile[M any] struct {
	Modules map[string]M
	name    string
	root    *yaml.Node
}

// Problem is one thing in the file that cannot be, at the key that the path
// leads to, or at the last of its keys that there is.
func (f *ModuleFile[M]) Problem(what, remedy string, path ...string) Problem {
	line, column := keyAt(f.root, path)
	return Problem{File: f.name, Line: line, Column: column, Path: strings.Join(path, "."), What: what, Remedy: remedy}
}

// LoadModules reads a file of modules. The error is of type Problems.
func LoadModules[M any](path string) (*ModuleFile[M], error) {
	// Opening a pipe waits until somebody writes, and a reload would wait with it.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, Problems{{File: path, What: "is a pipe or a device", Remedy: "name a file in blackbox.modules_file"}}
	}
	text, err := read(path)
	if err != nil {
		return nil, Problems{{File: path, What: "cannot be read: " + cause(err).Error(), Remedy: "check blackbox.modules_file and the file's permissions"}}
	}
	return ParseModules[M](path, text)
}

// ParseModules reads modules from their text; problems call it name. Keys that
// the type does not have are refused. The error is of type Problems.
func ParseModules[M any](name string, text []byte) (*ModuleFile[M], error) {
	root, problem := document(text, "name at least one module below modules:")
	if problem != nil {
		problem.File = name
		return nil, Problems{*problem}
	}
	// The types of the library can be read by the version of the reader that
	// they were written for, and by no other.
	var read struct {
		Modules map[string]M `yaml:"modules"`
	}
	decoder := v3.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	file := &ModuleFile[M]{name: name, root: root}
	var mistyped *v3.TypeError
	switch err := decoder.Decode(&read); {
	case errors.As(err, &mistyped):
		return nil, file.mistyped(mistyped, text).orNil()
	case err != nil:
		return nil, file.misfit(err, text).orNil()
	case len(read.Modules) == 0:
		return nil, Problems{file.Problem("there is no module in it", "name at least one module below modules:", "modules")}
	}
	file.Modules = read.Modules
	return file, nil
}

// mistyped puts the reader's complaints, each of which names its line, into our
// form. The value in them goes: it may be a secret.
func (f *ModuleFile[M]) mistyped(err *v3.TypeError, text []byte) (problems Problems) {
	lines := strings.Split(string(text), "\n")
	for _, complaint := range err.Errors {
		problem := Problem{File: f.name}
		place, what, found := strings.Cut(strings.TrimPrefix(complaint, "line "), ": ")
		if line, wrong := strconv.Atoi(place); found && wrong == nil && line >= 1 && line <= len(lines) {
			own := lines[line-1]
			problem.Line, problem.Column = line, len(own)-len(strings.TrimLeft(own, " -"))+1
			complaint = what
		}
		problem.What, problem.Remedy = plainly(complaint)
		problems = append(problems, problem)
	}
	return problems
}

// plainly says in our words what the reader complains of.
func plainly(complaint string) (what, remedy string) {
	if key := regexp.MustCompile(`^field (.*) not found in type .*$`).FindStringSubmatch(complaint); key != nil {
		return fmt.Sprintf("there is no key %q here", key[1]), "remove it or correct its spelling"
	}
	if kind := regexp.MustCompile(`^cannot unmarshal !!(\w+)`).FindStringSubmatch(complaint); kind != nil {
		names := map[string]string{"str": "text", "seq": "a list", "map": "a group of keys", "int": "a number", "float": "a number", "bool": "true or false"}
		return cmp.Or(names[kind[1]], "this") + " cannot stand here", "correct the line"
	}
	return regexp.MustCompile("(?s) `.*`").ReplaceAllString(complaint, ""), "correct the line"
}

// misfit finds the module that a complaint without a line is about, by reading
// each for itself.
func (f *ModuleFile[M]) misfit(err error, text []byte) (problems Problems) {
	var alone struct {
		Modules map[string]v3.Node `yaml:"modules"`
	}
	if v3.Unmarshal(text, &alone) == nil {
		for _, name := range slices.Sorted(maps.Keys(alone.Modules)) {
			var module M
			node := alone.Modules[name]
			if wrong := node.Decode(&module); wrong != nil && !errors.As(wrong, new(*v3.TypeError)) {
				problems = append(problems, f.Problem(withoutAddress(wrong), "correct the module", "modules", name))
			}
		}
	}
	if len(problems) == 0 {
		problems = Problems{f.Problem(withoutAddress(err), "correct the file", "modules")}
	}
	return problems
}

// withoutAddress is an error without the address that it quotes, which may hold
// a password.
func withoutAddress(err error) string {
	return regexp.MustCompile(`(?s)parse ".*": `).ReplaceAllString(strings.TrimPrefix(err.Error(), "yaml: "), "an address cannot be read: ")
}

// keyAt is where the key at the end of a path stands, or the last one before it
// that there is.
func keyAt(node *yaml.Node, path []string) (line, column int) {
	line, column = node.Line, node.Column
	for _, key := range path {
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		at := -1
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				at = i
			}
		}
		if at < 0 {
			return line, column
		}
		line, column, node = node.Content[at].Line, node.Content[at].Column, node.Content[at+1]
	}
	return line, column
}
