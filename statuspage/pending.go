package statuspage

import (
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
)

type overall uint8

const (
	operational overall = iota
	notObserved
	maintenance
	degraded
	partialOutage
	majorOutage
)

func (b *book) overall() overall {
	out := operational
	if len(b.in.Catalogue.Components) == 0 {
		return notObserved
	}
	for _, c := range b.in.Catalogue.Components {
		state, _ := b.present(c)
		o := operational
		switch state {
		case uptime.Unknown:
			o = notObserved
		case uptime.Maintenance:
			o = maintenance
		case uptime.Degraded:
			o = degraded
		case uptime.Partial:
			o = partialOutage
		case uptime.Down:
			o = partialOutage
			if c.Importance == uptime.Critical {
				o = majorOutage
			}
		}
		out = max(out, o)
	}
	return out
}

func judge(s uptime.Service, p period, a availability.Figures) judgement {
	one := big.NewRat(1, 1)
	bad := a.Commitment.Bad()
	allowed := new(big.Rat).Mul(new(big.Rat).Sub(one, s.Target.Rat()), availability.Seconds(p.Duration()))
	f, _ := allowed.Float64()
	u, _ := bad.Float64()
	j := judgement{budget: time.Duration(f * 1e9), used: time.Duration(u * 1e9), allowed: allowed}
	j.overspent = bad.Cmp(allowed) > 0
	if f > 0 {
		j.share = min(int(100*u/f), 100)
	}
	switch {
	case j.overspent:
		j.name, j.verdict = "breached", Verdict{"miss", "missed"}
	case p.closed:
		j.name, j.verdict = "met", Verdict{"", "kept"}
	default:
		j.name = "on_track"
	}
	return j
}
