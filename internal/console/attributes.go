package console

import (
	"strings"

	"github.com/a-h/templ"
)

// attributes are what every kind of field has: a name, the words that belong to
// it, and whether it has to be filled in.
func attributes(form string, f Field) templ.Attributes {
	id := form + "-" + f.Name
	out := templ.Attributes{"id": id, "name": f.Name}
	var described []string
	if f.Fault != "" {
		described = append(described, id+"-fault")
		out["aria-invalid"] = "true"
	}
	if f.Help != "" {
		described = append(described, id+"-help")
	}
	if len(described) > 0 {
		out["aria-describedby"] = strings.Join(described, " ")
	}
	if f.Needed {
		out["required"] = true
	}
	if f.Kind == Line || f.Kind == Secret {
		out["autocomplete"] = "off"
		if f.Fill != "" {
			out["autocomplete"] = f.Fill
		}
	}
	return out
}

// faulty tells whether something of a form has to be filled in again.
func faulty(f Form) bool {
	for _, one := range f.Fields {
		if one.Fault != "" {
			return true
		}
	}
	return f.Problem != ""
}
