package availability

import (
	"math/big"
	"time"
)

// Floor writes an exact number with so many decimals, rounded towards minus
// infinity: what is shown never promises more than there is. Nil is undefined,
// and written as nothing.
func Floor(x *big.Rat, decimals int) string {
	if x == nil {
		return ""
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Int).Mul(x.Num(), scale)
	// Div rounds towards minus infinity where the divisor is positive, as a
	// denominator is.
	scaled.Div(scaled, x.Denom())
	whole, frac := new(big.Int).QuoRem(new(big.Int).Abs(scaled), scale, new(big.Int))
	text := whole.String()
	if decimals > 0 {
		digits := frac.String()
		for len(digits) < decimals {
			digits = "0" + digits
		}
		text += "." + digits
	}
	if scaled.Sign() < 0 {
		text = "-" + text
	}
	return text
}

// FloorPercent writes a share of one as a percentage: 1999/2000 with four
// decimals is "99.9500".
func FloorPercent(share *big.Rat, decimals int) string {
	if share == nil {
		return ""
	}
	return Floor(new(big.Rat).Mul(share, hundred()), decimals)
}

// Seconds is a length of time in seconds, exactly.
func Seconds(d time.Duration) *big.Rat { return big.NewRat(int64(d), int64(time.Second)) }

func hundred() *big.Rat { return big.NewRat(100, 1) }

func zero() *big.Rat { return new(big.Rat) }

func one() *big.Rat { return big.NewRat(1, 1) }

// rest is 1 - part/whole, or nil where the whole is zero.
func rest(part, whole *big.Rat) *big.Rat {
	share := ratio(part, whole)
	if share == nil {
		return nil
	}
	return share.Sub(one(), share)
}

// ratio is part/whole, or nil where the whole is zero.
func ratio(part, whole *big.Rat) *big.Rat {
	if whole.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(part, whole)
}

func plus(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }

func minus(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
