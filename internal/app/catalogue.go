package app

import (
	"github.com/upheld/upheld/internal/uptime"
)

// Catalogue is what a configuration watches, shows and promises. Its error is
// config.Problems, as Check's is.
func Catalogue(path string) (uptime.Catalogue, error) {
	file, err := Check(path)
	if err != nil {
		return uptime.Catalogue{}, err
	}
	plan, err := NewPlan(file, newEnvironment(&jobs{}))
	return plan.Catalogue, err
}
