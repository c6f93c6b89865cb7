package store

import (
	"encoding/json"

	"github.com/upheld/upheld/internal/uptime"
)

// contentDoc is what a notice says, as it is kept: JSON knows no zones, so the
// rules of its plan have them by name.
type contentDoc struct {
	uptime.Content
	Plan planDoc `json:",omitzero"`
}

type planDoc struct {
	uptime.Plan
	Rules rulesDoc `json:",omitzero"`
}

func contentText(c uptime.Content) (string, error) {
	rules, err := docOfRules(c.Plan.Rules)
	if err != nil {
		return "", err
	}
	doc := contentDoc{Content: c, Plan: planDoc{Plan: c.Plan, Rules: rules}}
	doc.Plan.Plan.Rules = uptime.PlanRules{} // told beside it
	out, err := json.Marshal(doc)
	return string(out), err
}

func contentOf(kept string) (uptime.Content, error) {
	var doc contentDoc
	if err := json.Unmarshal([]byte(kept), &doc); err != nil {
		return uptime.Content{}, err
	}
	rules, err := doc.Plan.Rules.value(zoneBook{})
	if err != nil {
		return uptime.Content{}, err
	}
	c := doc.Content
	c.Plan = doc.Plan.Plan
	c.Plan.Rules = rules
	return c, nil
}
