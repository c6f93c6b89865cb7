package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// perComponent is how many monitors a generated component has.
const perComponent = 10

// addresses are where an Upheld under measurement listens.
type addresses struct{ public, ops string }

// freeAddresses asks the system for two ports that are free now.
func freeAddresses() (addresses, error) {
	var found [2]string
	for i := range found {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return addresses{}, err
		}
		defer l.Close()
		found[i] = l.Addr().String()
	}
	return addresses{found[0], found[1]}, nil
}

// writeConfig writes a configuration of n http monitors, ten a component, that
// look at the target every interval; wait says how late address id answers.
func writeConfig(path string, at addresses, base int, s scenario) error {
	var b strings.Builder
	fmt.Fprintf(&b, "page: {name: Bench, url: \"http://%s\", time_zone: UTC}\n", at.public)
	fmt.Fprintf(&b, "listen: {public: %q, ops: %q}\n", at.public, at.ops)
	b.WriteString("database: sqlite\ncomponents:\n")
	for id := range s.monitors {
		if id%s.perComponent == 0 {
			fmt.Fprintf(&b, "  - name: Component %d\n    group: Group %d\n    importance: important\n    monitors:\n",
				id/s.perComponent+1, id/s.perComponent/10+1)
		}
		fmt.Fprintf(&b, "      - {type: http, id: m-%d, url: %q, interval: %s, timeout: 5s, expect: {status: [200]}}\n",
			id, addressURL(base, id, s.wait(id)), s.interval)
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// scenario is what is watched in one measurement.
type scenario struct {
	name         string
	monitors     int
	perComponent int
	interval     time.Duration
	slow         time.Duration // how late the slow addresses answer
	fast         int           // addresses below this answer at once
	settle       time.Duration // between the moment when all were seen and the window: start-up is measured by itself
	window       time.Duration // how long is measured
}

// wait is how late an address answers.
func (s scenario) wait(id int) time.Duration {
	if id < s.fast {
		return 0
	}
	return s.slow
}
