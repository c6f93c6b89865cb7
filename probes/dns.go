package probes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

const dnsExample = `type: dns
name: www.example.org
record: A
resolver: ns1.example.org
expect: {answers: [192.0.2.1]}
`

// DNS are the settings of a dns monitor.
type DNS struct {
	Name     string    `yaml:"name" jsonschema:"required" doc:"The name to ask for. For PTR, an IP address will do."`
	Record   string    `yaml:"record" jsonschema:"enum=A,enum=AAAA,enum=CNAME,enum=MX,enum=NS,enum=TXT,enum=SOA,enum=SRV,enum=CAA,enum=PTR" doc:"The type of record: A, AAAA, CNAME, MX, NS, TXT, SOA, SRV, CAA or PTR." default:"A"`
	Resolver string    `yaml:"resolver" doc:"The server to ask, host or host:port. It is then what is watched: its silence is a failure. Without one, the machine's own resolver is asked, and its silence is our own fault." default:"the machine's resolver"`
	Protocol string    `yaml:"protocol" jsonschema:"enum=udp,enum=tcp" doc:"udp (which turns to tcp when the answer is cut short) or tcp." default:"udp"`
	Expect   DNSExpect `yaml:"expect" doc:"What is expected of the answer."`
}

// DNSExpect is what is expected of an answer.
type DNSExpect struct {
	Answers    []string        `yaml:"answers" jsonschema:"minItems=1" doc:"Answers that must be among those given, as in a zone file without the name: 192.0.2.1, \"10 mail.example.org\", \"v=spf1 -all\"." default:"at least one, whichever"`
	Exact      bool            `yaml:"exact" doc:"No other answers may be given." default:"false"`
	RCode      string          `yaml:"rcode" doc:"The response code, such as NOERROR or NXDOMAIN." default:"NOERROR"`
	SlowerThan config.Duration `yaml:"slower_than" doc:"A look that takes longer is degraded."`
}

// Target is the resolver's host. The machine's own resolver has none.
func (s *DNS) Target() string { return hostOf(s.Resolver) }

type dnsProber struct {
	env      Env
	question dns.Question
	resolver string // host:port; empty: the machine's
	protocol string
	expect   DNSExpect
	rcode    int
}

// systemResolvers is the file that names the machine's resolvers.
const systemResolvers = "/etc/resolv.conf"

func recordTypes() map[string]uint16 {
	return map[string]uint16{
		"A": dns.TypeA, "AAAA": dns.TypeAAAA, "CNAME": dns.TypeCNAME, "MX": dns.TypeMX, "NS": dns.TypeNS,
		"TXT": dns.TypeTXT, "SOA": dns.TypeSOA, "SRV": dns.TypeSRV, "CAA": dns.TypeCAA, "PTR": dns.TypePTR,
	}
}

// Build checks the settings.
func (s *DNS) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	p := &dnsProber{env: env, protocol: "udp", expect: s.Expect}
	record := strings.ToUpper(s.Record)
	if record == "" {
		record = "A"
	}
	kind, known := recordTypes()[record]
	if !known {
		wrong.add("record", "%q is not known; use one of %s", s.Record, strings.Join(slices.Sorted(maps.Keys(recordTypes())), ", "))
	}
	p.question = dns.Question{Name: questionName(&wrong, s.Name, kind), Qtype: kind, Qclass: dns.ClassINET}
	if s.Resolver != "" {
		var host string
		host, p.resolver = splitAddress(&wrong, "resolver", s.Resolver, 53)
		env.checkHost(&wrong, "resolver", host, AnyIP)
	}
	switch s.Protocol {
	case "", "udp":
	case "tcp":
		p.protocol = "tcp"
	default:
		wrong.add("protocol", "%q is not known; use udp or tcp", s.Protocol)
	}
	if s.Expect.RCode != "" {
		if p.rcode, known = dns.StringToRcode[strings.ToUpper(s.Expect.RCode)]; !known {
			wrong.add("expect.rcode", "%q is no response code; use NOERROR, NXDOMAIN, SERVFAIL or REFUSED", s.Expect.RCode)
		}
	}
	if s.Expect.Exact && len(s.Expect.Answers) == 0 {
		wrong.add("expect.exact", "compares with expect.answers, which are missing; list them")
	}
	p.expect.Answers = make([]string, 0, len(s.Expect.Answers))
	for _, answer := range s.Expect.Answers {
		p.expect.Answers = append(p.expect.Answers, sameForm(kind, answer))
	}
	checkSlower(&wrong, s.Expect.SlowerThan, env.Timeout)
	return p, wrong.err()
}

func questionName(p *problems, name string, kind uint16) string {
	if addr, err := netip.ParseAddr(name); err == nil && kind == dns.TypePTR {
		reversed, _ := dns.ReverseAddr(addr.String())
		return reversed
	}
	ascii, err := asciiHost(name)
	if _, valid := dns.IsDomainName(ascii); name == "" || err != nil || !valid {
		p.add("name", "%q is no name that can be asked for; write it like www.example.org", name)
	}
	return dns.Fqdn(ascii)
}

// Look asks once, and a second time over TCP where UDP could not hold the
// answer.
func (p *dnsProber) Look(ctx context.Context) (r Result) {
	began := time.Now()
	answer, err := p.ask(ctx, &r)
	switch {
	case err != nil:
		r.broke(ctx, err)
	default:
		r.pass()
		p.judge(answer, &r)
	}
	p.blameOurs(&r)
	judgeSlow(&r, p.expect.SlowerThan, time.Since(began))
	return r
}

// ask asks the resolver, or the machine's own ones in turn until one answers.
func (p *dnsProber) ask(ctx context.Context, r *Result) (answer *dns.Msg, err error) {
	if p.resolver != "" {
		return p.askOne(ctx, r, func(ctx context.Context, protocol string) (net.Conn, func() bool, error) {
			return connect(ctx, p.env.Egress, protocol, p.resolver, r)
		})
	}
	conf, err := dns.ClientConfigFromFile(systemResolvers)
	if err != nil || len(conf.Servers) == 0 {
		return nil, &net.DNSError{Err: "no resolver in " + systemResolvers, Name: p.question.Name}
	}
	for i, server := range conf.Servers {
		share, cancel := shareOf(ctx, len(conf.Servers)-i)
		answer, err = p.askOne(share, r, func(ctx context.Context, protocol string) (net.Conn, func() bool, error) {
			conn, err := p.env.Egress.DialResolver(ctx, protocol, server)
			if err != nil {
				return nil, nil, err
			}
			return conn, bind(ctx, conn), nil
		})
		cancel()
		if err == nil {
			break
		}
	}
	return answer, err
}

// shareOf gives the first of n attempts its share of the time that is left.
func shareOf(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(n))
}

// way opens a connection to a resolver.
type way func(ctx context.Context, protocol string) (conn net.Conn, release func() bool, err error)

func (p *dnsProber) askOne(ctx context.Context, r *Result, to way) (*dns.Msg, error) {
	answer, err := p.exchange(ctx, p.protocol, r, to)
	if err == nil && answer.Truncated && p.protocol == "udp" {
		return p.exchange(ctx, "tcp", r, to)
	}
	return answer, err
}

// largestDatagram bounds an answer over UDP.
const largestDatagram = 4 << 10

// exchange asks one server. What is not an answer to the question is passed
// over on UDP, where anybody can send it, and an error on TCP.
func (p *dnsProber) exchange(ctx context.Context, protocol string, r *Result, to way) (*dns.Msg, error) {
	raw, release, err := to(ctx, protocol)
	if err != nil {
		return nil, err
	}
	defer closing(raw, release)
	conn := &dns.Conn{Conn: raw, UDPSize: largestDatagram}
	query := &dns.Msg{Question: []dns.Question{p.question}}
	query.Id, query.RecursionDesired = dns.Id(), true
	asked := time.Now()
	defer func() { r.Phases[uptime.Processing] += time.Since(asked) }()
	if err := conn.WriteMsg(query); err != nil {
		return nil, err
	}
	for {
		answer, err := conn.ReadMsg()
		switch {
		case answer == nil:
			return nil, err
		case answer.Id != query.Id || !answer.Response:
			err = errors.New("the answer is not one to the question")
		case err != nil:
			return nil, fmt.Errorf("the answer cannot be read: %w", err)
		case !p.answers(answer):
			err = errors.New("the answer is one to another question")
		default:
			return answer, nil
		}
		if protocol == "tcp" {
			return nil, err
		}
	}
}

// answers tells whether a message repeats the question. Some servers leave it
// out of errors.
func (p *dnsProber) answers(m *dns.Msg) bool {
	if len(m.Question) == 0 {
		return m.Rcode != dns.RcodeSuccess
	}
	q := m.Question[0]
	return q.Qtype == p.question.Qtype && q.Qclass == p.question.Qclass && strings.EqualFold(q.Name, p.question.Name)
}

func (p *dnsProber) judge(m *dns.Msg, r *Result) {
	r.Facts.DNSCode = dns.RcodeToString[m.Rcode]
	if r.Facts.DNSCode == "" {
		r.Facts.DNSCode = fmt.Sprintf("RCODE%d", m.Rcode)
	}
	var given []string
	for _, record := range m.Answer {
		if record.Header().Rrtype == p.question.Qtype {
			given = append(given, answerText(record))
		}
	}
	r.Facts.DNSAnswers = len(m.Answer)
	if m.Rcode != p.rcode {
		r.fail(uptime.DNSCode, "%s for %s; expected %s", r.Facts.DNSCode, p.question.Name, dns.RcodeToString[p.rcode])
		return
	}
	if len(given) == 0 && len(p.expect.Answers) == 0 && p.rcode == dns.RcodeSuccess {
		r.fail(uptime.DNSAnswer, "%s has no %s record", p.question.Name, dns.TypeToString[p.question.Qtype])
		return
	}
	for _, want := range p.expect.Answers {
		if !slices.Contains(given, want) {
			r.fail(uptime.DNSAnswer, "%s is not among the answers: %s", want, strings.Join(given, ", "))
			return
		}
	}
	for _, got := range given {
		if p.expect.Exact && !slices.Contains(p.expect.Answers, got) {
			r.fail(uptime.DNSAnswer, "%s was answered, which is not expected", got)
			return
		}
	}
}

// blameOurs takes a failure of the machine's own resolver upon ourselves. That
// a name does not exist, or has no such record, is an answer.
func (p *dnsProber) blameOurs(r *Result) {
	if p.resolver != "" || r.Outcome != uptime.Fail {
		return
	}
	told := r.Code == uptime.DNSAnswer || r.Facts.DNSCode == dns.RcodeToString[dns.RcodeNameError] ||
		r.Facts.DNSCode == dns.RcodeToString[dns.RcodeSuccess]
	if !told {
		r.Outcome, r.Code = uptime.Unseen, uptime.ResolverFailed
	}
}

// answerText is a record's data in the form of sameForm.
func answerText(record dns.RR) string {
	switch record := record.(type) {
	case *dns.TXT:
		return unescape(strings.Join(record.Txt, ""))
	case *dns.CAA:
		return sameForm(dns.TypeCAA, fmt.Sprintf("%d %s %s", record.Flag, record.Tag, unescape(record.Value)))
	}
	return sameForm(record.Header().Rrtype, strings.TrimPrefix(record.String(), record.Header().String()))
}

// sameForm writes an answer's data so that two spellings of one are the same:
// addresses by value, names in lower case without the last dot, texts without
// quotes.
func sameForm(kind uint16, data string) string {
	data = strings.TrimSpace(data)
	switch kind {
	case dns.TypeA, dns.TypeAAAA:
		if addr, err := netip.ParseAddr(data); err == nil {
			return addr.String()
		}
		return data
	case dns.TypeTXT:
		return plainText(data)
	}
	fields := strings.Fields(strings.ToLower(data))
	for i, field := range fields {
		if field = strings.Trim(field, `"`); field != "." {
			field = strings.TrimSuffix(field, ".")
		}
		fields[i] = field
	}
	return strings.Join(fields, " ")
}

// plainText is the text that quoted strings of a zone file stand for, or the
// text itself where it is not quoted.
func plainText(data string) string {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return data
	}
	return unescape(strings.ReplaceAll(data[1:len(data)-1], `" "`, ""))
}

// unescape turns the \DDD and \X of zone files (RFC 1035, 5.1) into bytes.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var plain []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			plain = append(plain, text[i])
			continue
		}
		if i+3 < len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+4], 10, 8); err == nil {
				plain, i = append(plain, byte(code)), i+3
				continue
			}
		}
		i++
		plain = append(plain, text[i])
	}
	return string(plain)
}
