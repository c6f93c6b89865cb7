package notify

import "strings"

// Types are all types of channels, in the order of the reference.
func Types() []Type {
	types := []Type{
		{Name: "log", Summary: "Writes a line to the program's own log.", Example: logExample, New: func() Settings { return new(Log) }},
		{Name: "mail", Summary: "Sends mail.", Example: mailExample, Notes: mailNotes, New: func() Settings { return new(Mail) }},
		{Name: "webhook", Summary: "Posts signed JSON to an address.", Example: webhookExample, Notes: webhookNotes, New: func() Settings { return new(Webhook) }},
	}
	for _, s := range services() {
		types = append(types, Type{
			Name: s.name, Summary: s.summary, Notes: s.notes,
			Example: "type: " + s.name + "\nname: On call\nurl: ${env:" + strings.ToUpper(s.name) + "_URL} # " + s.like + "\n",
			New:     func() Settings { return &Chat{service: s} },
		})
	}
	return types
}

// TypeNamed finds a type by its name.
func TypeNamed(name string) (Type, bool) {
	for _, t := range Types() {
		if t.Name == name {
			return t, true
		}
	}
	return Type{}, false
}
