package app

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/monitoring"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// canary is an address that is up whenever our own connection is. Any answer
// at all shows that the connection is there, an error as well.
type canary struct{ prober probes.Prober }

// Look tells whether anything answered.
func (c canary) Look(ctx context.Context) bool {
	result := c.prober.Look(ctx)
	switch result.Outcome {
	case uptime.Pass, uptime.Slow:
		return true
	case uptime.Fail:
		switch result.Code {
		case uptime.HTTPStatus, uptime.TooManyRedirects, uptime.TooLarge, uptime.DNSCode, uptime.DNSAnswer:
			return true
		}
	case uptime.Unseen:
	}
	return false
}

// canaries builds the canaries of a file. An address that cannot be asked is
// a problem of the configuration.
func canaries(file *config.File, env environment) ([]monitoring.Canary, error) {
	var built []monitoring.Canary
	var problems config.Problems
	for i, c := range file.Canaries {
		prober, err := canarySettings(c).Build(probes.Env{
			Timeout: 4 * time.Second, Egress: env.egress, Shared: env.shared, Now: env.now,
		})
		if err != nil {
			for _, problem := range located(file, "", err) { // whichever setting: all of it is the address
				problems = append(problems, file.Problem(fmt.Sprintf("canaries[%d].address", i), problem.What, ""))
			}
			continue
		}
		built = append(built, canary{prober})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return built, nil
}

func canarySettings(c config.Canary) probes.Settings {
	switch c.Type {
	case "dns":
		address := c.Address
		if _, _, err := net.SplitHostPort(address); err != nil {
			address = net.JoinHostPort(address, "53")
		}
		return &probes.DNS{Name: ".", Record: "NS", Resolver: address}
	case "tcp":
		return &probes.TCP{Address: c.Address}
	default:
		return &probes.HTTP{URL: c.Address, Method: "HEAD"}
	}
}
