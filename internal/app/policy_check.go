package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/upheld/upheld/internal/config"
)

// maxPolicy bounds a document of promises, far over a thousand of them.
const maxPolicy = 4 << 20

// CheckPolicy reads a document of promises as the configuration at the second
// path would, or, where that is empty, one that has nothing of its own. Its error
// is config.Problems. The remarks are what its author should know of what it
// means there: of no configuration, of lists of holidays alone.
func CheckPolicy(path, configuration string, now time.Time) (*config.Policy, []string, error) {
	text, err := ReadPolicy(path)
	if err != nil {
		return nil, nil, err
	}
	file := &config.File{}
	if configuration != "" {
		if file, err = config.Load(configuration, Kinds(), nil); err != nil {
			return nil, nil, err
		}
	}
	known, err := civilOf(file)
	if err != nil {
		return nil, nil, err
	}
	policy, err := config.ParsePolicy(path, text, namesOf(file, known))
	if err != nil {
		return nil, nil, err
	}
	if configuration == "" {
		for _, name := range ServicesOf(policy) {
			file.Services = append(file.Services, config.Service{ID: name})
		}
		return policy, quiet(file, policy, now), nil
	}
	file.Policies = []config.PolicyUse{{File: path, Document: policy, Text: text}}
	remarks, err := Remarks(file, now)
	return policy, remarks, err
}

// namesOf are the names that a document of promises may use.
func namesOf(file *config.File, known civilTime) config.PolicyNames {
	names := config.PolicyNames{Holidays: civil{}.Lists()}
	for _, c := range known.calendars {
		names.Calendars = append(names.Calendars, c.ID)
	}
	for _, l := range file.Holidays {
		names.Holidays = append(names.Holidays, l.ID)
	}
	return names
}

// quiet are the remarks on a document alone: whether its lists of holidays end.
func quiet(file *config.File, policy *config.Policy, now time.Time) []string {
	alone := *policy
	alone.Commitments = nil
	for _, c := range policy.Commitments {
		if hours, is := c.Terms.(*config.HoursTerms); is && hours.Blackouts[0].Regions == "each" || c.Kind == "heartbeat" {
			continue // they follow from the configuration
		}
		alone.Commitments = append(alone.Commitments, c)
	}
	file.Policies = []config.PolicyUse{{Document: &alone}}
	remarks, err := Remarks(file, now)
	if err != nil {
		return []string{err.Error()}
	}
	return remarks
}

// ServicesOf are the services that a document names, each once.
func ServicesOf(policy *config.Policy) []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range policy.Commitments {
		if terms, is := c.Terms.(*config.AvailabilityTerms); is && !seen[terms.Service] {
			names, seen[terms.Service] = append(names, terms.Service), true
		}
	}
	return names
}

// ReadPolicy is the text of a document that ships, by its name, or of a file.
func ReadPolicy(name string) ([]byte, error) {
	if text, ships := config.Profile(name); ships {
		return text, nil
	}
	file, err := os.Open(name)
	if err != nil {
		cause := err
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			cause = at.Err // without the path again
		}
		return nil, fmt.Errorf("%s is no document that ships, and cannot be read: %w; upheld policy list names those that ship", name, cause)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxPolicy+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	if len(text) > maxPolicy {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxPolicy>>20)
	}
	return text, nil
}
