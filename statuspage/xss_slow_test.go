//go:build slow

package statuspage

import "testing"

func TestNoTextOfAPersonActsAnywhere(t *testing.T) { attackEverything(t, attacks(t)) }
