//go:build slow

package statuspage

import "testing"

func TestNoTextOfAPromiseActsOfAll(t *testing.T) {
	for _, attack := range attacks(t) {
		attackPromises(t, attack)
	}
}
