package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// policies reads the documents that the file names and checks what it says of
// them. The short way, policy, becomes entries of policies.
func (c checker) policies(f *File, names PolicyNames) {
	for i := range f.Policies {
		f.Policies[i].Path = fmt.Sprintf("policies[%d]", i)
	}
	for i, word := range f.Policy {
		use := PolicyUse{Profile: word, Path: fmt.Sprintf("policy[%d]", i)}
		if ending := filepath.Ext(word); ending == ".yaml" || ending == ".yml" {
			use.Profile, use.File = "", word
		}
		f.Policies = append(f.Policies, use)
	}
	documents, ids := map[string]string{}, map[string]*PolicyUse{}
	for i := range f.Policies {
		use := &f.Policies[i]
		if c.sound(use.Path, use.Path+".profile", use.Path+".file") {
			c.policy(use, names)
		}
		if use.Document == nil {
			continue
		}
		if other, again := documents[use.Document.Profile]; again {
			c.refuse(use.Path, fmt.Sprintf("%s is in force by %s already", use.Document.Profile, other), "keep one version of each document")
			continue
		}
		documents[use.Document.Profile] = use.Path
		c.promised(use, ids)
		c.bindings(use)
	}
}

// policy reads one document.
func (c checker) policy(use *PolicyUse, names PolicyNames) {
	var name string
	short := strings.HasPrefix(use.Path, "policy[")
	switch {
	case use.Profile != "" && use.File != "":
		c.refuse(use.Path, "names both a profile and a file", "keep one; a file of your own may begin as a copy: upheld policy show --yaml "+use.Profile)
		return
	case use.File != "":
		name = c.nearby(use.File)
		text, err := read(name)
		if err != nil {
			path := cmp.Or(map[bool]string{true: use.Path}[short], use.Path+".file")
			c.refuse(path, fmt.Sprintf("the document %s cannot be read: %v", use.File, cause(err)), "a path starts at the folder of this configuration; check it and its permissions")
			return
		}
		use.Text = text
	case use.Profile == "":
		c.refuse(use.Path, "names no document of promises", "add profile: "+strings.Join(Profiles(), ", ")+", or file: with one of your own")
		return
	default:
		text, ships := Profile(use.Profile)
		if !ships {
			c.refuse(use.Path, fmt.Sprintf("%q is not a document of promises", use.Profile), didYouMean(use.Profile, Profiles()))
			return
		}
		name, use.Text = "profile "+use.Profile, text
	}
	document, err := ParsePolicy(name, use.Text, names)
	if problems := (Problems)(nil); errors.As(err, &problems) {
		c.decoder.beside = append(c.decoder.beside, problems...)
	}
	use.Document = document
}

// promised refuses a promise whose id another document has.
func (c checker) promised(use *PolicyUse, ids map[string]*PolicyUse) {
	for _, promise := range use.Document.Commitments {
		if other, taken := ids[promise.ID]; taken {
			c.refuse(use.Path, fmt.Sprintf("its promise %s has the id of one of %s", promise.ID, other.Document.Profile), "ids are unique over all documents in force; give one of them another")
			continue
		}
		ids[promise.ID] = use
	}
}

// bindings checks what services and contacts of the file stand for. A service
// that the file does not have is no problem here: the promise is then not
// measured, and the check says so.
func (c checker) bindings(use *PolicyUse) {
	services, roles := map[string]bool{}, map[string]bool{}
	for _, promise := range use.Document.Commitments {
		switch t := promise.Terms.(type) {
		case *AvailabilityTerms:
			services[t.Service] = true
		case *ContactTerms:
			for _, one := range t.Contacts {
				roles[one.Role] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(use.Services)) {
		c.known(join(use.Path+".services", name), name, "service in "+use.Document.Profile+" that is called", slices.Sorted(maps.Keys(services)))
	}
	for i, one := range use.Contacts {
		path := fmt.Sprintf("%s.contacts[%d]", use.Path, i)
		c.contact(path, one)
		c.known(path+".role", one.Role, "contact in "+use.Document.Profile+" in the role", slices.Sorted(maps.Keys(roles)))
	}
}
