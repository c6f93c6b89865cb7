package probes

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

const icmpExample = `type: icmp
host: gateway.example.org
expect: {loss_over: 25%, slower_than: 100ms}
`

// ICMP are the settings of an icmp monitor.
type ICMP struct {
	Host   string     `yaml:"host" jsonschema:"required" doc:"The host, by name or by address."`
	IP     IPVersion  `yaml:"ip" jsonschema:"enum=any,enum=4,enum=6" doc:"The version of IP: any, 4 or 6." default:"any"`
	Count  int        `yaml:"count" jsonschema:"minimum=1,maximum=20" doc:"How many packets are sent, spread over half of the timeout and at most 200 ms apart." default:"4"`
	Expect ICMPExpect `yaml:"expect" doc:"What is expected of the answers. Without any answer at all, the look fails."`
}

// ICMPExpect is what is expected of the answers.
type ICMPExpect struct {
	LossOver   config.Percent  `yaml:"loss_over" doc:"If a larger share of the packets is lost, the look is degraded." default:"25%"`
	SlowerThan config.Duration `yaml:"slower_than" doc:"If the mean round trip takes longer, the look is degraded."`
}

// The defaults and bounds of icmp settings.
const (
	usualCount    = 4
	mostCount     = 20
	widestSpacing = 200 * time.Millisecond
	usualLoss     = 25 * uptime.Hundred / 100
)

// Target is the host.
func (s *ICMP) Target() string { return s.Host }

type icmpProber struct {
	env     Env
	network string
	host    string
	count   int
	spacing time.Duration
	loss    uptime.Percent
	slower  config.Duration
}

// Build checks the settings.
func (s *ICMP) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	s.IP.check(&wrong)
	host, err := asciiHost(s.Host)
	if s.Host == "" || err != nil {
		wrong.add("host", "%q is no host; write a name or an address, without a port", s.Host)
	}
	env.checkHost(&wrong, "host", host, s.IP)
	p := &icmpProber{env: env, network: s.IP.network("ip"), host: host, count: s.Count, loss: usualLoss, slower: s.Expect.SlowerThan}
	if s.Count == 0 {
		p.count = usualCount
	}
	if p.count < 1 || p.count > mostCount {
		wrong.add("count", "%d packets are not sent; use 1 to %d", s.Count, mostCount)
		p.count = usualCount
	}
	if s.Expect.LossOver != "" {
		if p.loss, err = uptime.ParsePercent(string(s.Expect.LossOver)); err != nil {
			wrong.add("expect.loss_over", "%v", err)
		}
	}
	p.spacing = widestSpacing
	if env.Timeout > 0 {
		p.spacing = max(min(widestSpacing, env.Timeout/time.Duration(2*p.count)), time.Millisecond)
	}
	checkSlower(&wrong, s.Expect.SlowerThan, env.Timeout)
	return p, wrong.err()
}

// Look sends the packets and waits for them to come back.
func (p *icmpProber) Look(ctx context.Context) (r Result) {
	addr, err := p.resolve(ctx, &r)
	if err != nil {
		r.broke(ctx, err)
		return r
	}
	trips, err := p.ping(ctx, addr, false)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		trips, err = p.ping(ctx, addr, true)
	}
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return unseen(r, uptime.NoResources, "this process may not send echo requests; "+
			"allow its group in net.ipv4.ping_group_range, or grant it CAP_NET_RAW")
	}
	if err != nil {
		r.broke(ctx, err)
		return r
	}
	p.judge(trips, &r)
	return r
}

func (p *icmpProber) resolve(ctx context.Context, r *Result) (netip.Addr, error) {
	began := time.Now()
	addr, err := netip.ParseAddr(p.host)
	if err != nil {
		found, err := p.env.Egress.Resolver().LookupNetIP(ctx, p.network, p.host)
		r.Phases[uptime.Resolve] = time.Since(began)
		if err != nil {
			return addr, err
		}
		addr = found[0]
	}
	addr = addr.Unmap()
	r.Facts.IPVersion = 6
	if addr.Is4() {
		r.Facts.IPVersion = 4
	}
	// Connecting a datagram socket sends nothing, but asks the guard and the
	// machine's routes; a route that prohibits would have the library try for
	// ever.
	conn, err := p.env.Egress.DialContext(ctx, "udp", netip.AddrPortFrom(addr, 9).String())
	if err == nil {
		_ = conn.Close()
	}
	return addr, err
}

// trips are the packets of one look.
type trips struct {
	sent map[int]time.Time
	took []time.Duration
}

// ping sends the packets, through a datagram socket of the kernel's or a raw
// one. Round trips are measured here: the library compares wall clocks, and
// reads the time of sending from what the target sends back.
func (p *icmpProber) ping(ctx context.Context, addr netip.Addr, raw bool) (*trips, error) {
	t := &trips{sent: map[int]time.Time{}}
	pinger := probing.New("")
	pinger.SetIPAddr(&net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()})
	pinger.SetPrivileged(raw)
	pinger.SetLogger(probing.NoopLogger{})
	pinger.Count, pinger.Interval, pinger.Timeout = p.count, p.spacing, longestPing
	if deadline, ok := ctx.Deadline(); ok {
		pinger.Timeout = time.Until(deadline) * 9 / 10
	}
	pinger.OnSend = func(packet *probing.Packet) { t.sent[packet.Seq] = time.Now() }
	pinger.OnRecv = func(packet *probing.Packet) {
		if at, ok := t.sent[packet.Seq]; ok {
			t.took = append(t.took, time.Since(at))
		}
	}
	err := pinger.RunWithContext(ctx)
	if len(t.sent) > 0 && ctx.Err() == nil {
		return t, nil // what was sent can be counted, whatever came after
	}
	return t, err
}

// longestPing bounds a look without a deadline.
const longestPing = 10 * time.Second

func (p *icmpProber) judge(t *trips, r *Result) {
	sent, back := len(t.sent), len(t.took)
	lost := max(sent-back, 0)
	r.Facts.PacketsSent, r.Facts.PacketsLost = sent, lost
	if back == 0 {
		r.fail(uptime.TimedOut, "none of %d packets came back", sent)
		return
	}
	for _, took := range t.took {
		r.Phases[uptime.RTT] += took / time.Duration(back)
	}
	r.pass()
	if int64(lost)*int64(uptime.Hundred) > int64(sent)*int64(p.loss) {
		r.slow(uptime.PacketLoss, "%d of %d packets were lost; more than %s%%", lost, sent, p.loss)
	}
	judgeSlow(r, p.slower, r.Phases[uptime.RTT])
}
