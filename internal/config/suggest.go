package config

import (
	"fmt"
	"strings"
)

// mostListed bounds a list of words in a message.
const mostListed = 30

// didYouMean is the question about the nearest of the known words, or a list
// of them when none is near.
func didYouMean(word string, known []string) string {
	best, least := "", 3 // a third slip makes another word
	for _, k := range known {
		if n := slips(strings.ToLower(word), k); n < least && n < len(k) {
			best, least = k, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	switch {
	case len(known) == 0:
		return "remove it"
	case len(known) > mostListed:
		return fmt.Sprintf("use one of: %s … (%d in all)", strings.Join(known[:mostListed], ", "), len(known))
	}
	return "use one of: " + strings.Join(known, ", ")
}

// slips counts the letters to add, drop, change or swap with their neighbour
// to get from a to b (optimal string alignment). Words whose lengths differ by
// three or more count as three slips.
func slips(a, b string) int {
	if d := len(a) - len(b); d > 2 || d < -2 {
		return 3
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
