package uptime

import (
	"fmt"
	"math/big"
	"strings"
)

// Percent is an exact decimal percentage in millionths of a percent: 99.95 %
// is 99,950,000. Targets are compared as such, never as floats.
type Percent int64

// Hundred is 100 %.
const Hundred Percent = 100_000_000

const percentDecimals = 6

// ParsePercent reads "99.95", "99.95%" or "99.95 %": 0 to 100, at most six
// decimals, no sign.
func ParsePercent(text string) (Percent, error) {
	digits := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	whole, frac, dotted := strings.Cut(digits, ".")
	if whole == "" || dotted && frac == "" || len(whole) > 3 || len(frac) > percentDecimals {
		return 0, fmt.Errorf("%q is not a percentage such as 99.95%% (at most %d decimals)", text, percentDecimals)
	}
	var p Percent
	for _, c := range whole + frac + strings.Repeat("0", percentDecimals-len(frac)) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%q is not a percentage such as 99.95%%", text)
		}
		p = p*10 + Percent(c-'0')
	}
	if p > Hundred {
		return 0, fmt.Errorf("%s is more than 100 %%", text)
	}
	return p, nil
}

// String writes the percentage without trailing zeros and without the sign:
// "99.95".
func (p Percent) String() string {
	s := fmt.Sprintf("%d.%06d", p/1_000_000, p%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Rat is the percentage as an exact share of one: 99.95 % is 1999/2000.
func (p Percent) Rat() *big.Rat { return big.NewRat(int64(p), int64(Hundred)) }
