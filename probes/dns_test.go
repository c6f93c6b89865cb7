package probes

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

// guardAsking is the author's guard with a resolver of the test's.
func guardAsking(server string) *egress.Guard {
	return egress.New(egress.Policy{Asker: egress.Author}, &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, server)
			if err == nil {
				bind(ctx, conn)
			}
			return conn, err
		},
	})
}

// zone is what the test's name server knows.
const zone = `
www.example.org.   60 IN A     192.0.2.1
www.example.org.   60 IN A     192.0.2.2
www.example.org.   60 IN AAAA  2001:db8::1
local.example.org. 60 IN A     127.0.0.1
metadata.example.org. 60 IN A  169.254.169.254
alias.example.org. 60 IN CNAME www.example.org.
example.org.       60 IN MX    10 Mail.Example.org.
example.org.       60 IN NS    ns1.example.org.
example.org.       60 IN TXT   "v=spf1 -all"
long.example.org.  60 IN TXT   "one " "two \"three\""
example.org.       60 IN SOA   ns1.example.org. host.example.org. 2026010100 7200 3600 1209600 300
_sip._tcp.example.org. 60 IN SRV 1 2 5060 sip.example.org.
example.org.       60 IN CAA   0 issue "letsencrypt.org"
1.2.0.192.in-addr.arpa. 60 IN PTR www.example.org.
`

// nameServer serves the zone on UDP and TCP at one address. Names under
// "servfail" and "refused" get that code, "big" needs TCP.
func nameServer(t testing.TB) string {
	t.Helper()
	records := map[dns.Question][]dns.RR{}
	parser := dns.NewZoneParser(strings.NewReader(zone), "", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		q := dns.Question{Name: strings.ToLower(rr.Header().Name), Qtype: rr.Header().Rrtype, Qclass: dns.ClassINET}
		records[q] = append(records[q], rr)
	}
	if parser.Err() != nil {
		t.Fatal(parser.Err())
	}
	names := map[string]bool{}
	for q := range records {
		names[q.Name] = true
	}
	return dnsServer(t, func(w dns.ResponseWriter, query *dns.Msg) {
		answer := new(dns.Msg).SetReply(query)
		q := query.Question[0]
		q.Name = strings.ToLower(q.Name)
		_, udp := w.RemoteAddr().(*net.UDPAddr)
		switch {
		case strings.HasPrefix(q.Name, "servfail"):
			answer.Rcode = dns.RcodeServerFailure
		case strings.HasPrefix(q.Name, "refused"):
			answer.Rcode = dns.RcodeRefused
		case strings.HasPrefix(q.Name, "big") && udp:
			answer.Truncated = true
		case strings.HasPrefix(q.Name, "big"):
			answer.Answer = records[dns.Question{Name: "www.example.org.", Qtype: dns.TypeA, Qclass: dns.ClassINET}]
		case names[q.Name]:
			answer.Answer = records[q]
		default:
			answer.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(answer)
	})
}

func dnsServer(t testing.TB, handle dns.HandlerFunc) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []*dns.Server{{Listener: listener, Handler: handle}, {PacketConn: packets, Handler: handle}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go func() { _ = server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return listener.Addr().String()
}

func TestDNSAnswers(t *testing.T) {
	server := nameServer(t)
	for name, row := range map[string]struct {
		settings DNS
		outcome  uptime.Outcome
		code     uptime.Code
	}{
		"any answer":       {DNS{Name: "www.example.org"}, uptime.Pass, uptime.OK},
		"over tcp":         {DNS{Name: "www.example.org", Protocol: "tcp"}, uptime.Pass, uptime.OK},
		"cut short":        {DNS{Name: "big.example.org", Expect: DNSExpect{Answers: []string{"192.0.2.2"}}}, uptime.Pass, uptime.OK},
		"one of two":       {DNS{Name: "WWW.example.org.", Expect: DNSExpect{Answers: []string{"192.0.2.2"}}}, uptime.Pass, uptime.OK},
		"exactly both":     {DNS{Name: "www.example.org", Expect: DNSExpect{Answers: []string{"192.0.2.2", "192.0.2.1"}, Exact: true}}, uptime.Pass, uptime.OK},
		"not exactly":      {DNS{Name: "www.example.org", Expect: DNSExpect{Answers: []string{"192.0.2.2"}, Exact: true}}, uptime.Fail, uptime.DNSAnswer},
		"another":          {DNS{Name: "www.example.org", Expect: DNSExpect{Answers: []string{"192.0.2.3"}}}, uptime.Fail, uptime.DNSAnswer},
		"aaaa":             {DNS{Name: "www.example.org", Record: "aaaa", Expect: DNSExpect{Answers: []string{"2001:DB8:0::1"}}}, uptime.Pass, uptime.OK},
		"cname":            {DNS{Name: "alias.example.org", Record: "CNAME", Expect: DNSExpect{Answers: []string{"www.example.org"}}}, uptime.Pass, uptime.OK},
		"mx":               {DNS{Name: "example.org", Record: "MX", Expect: DNSExpect{Answers: []string{"10 mail.example.org."}}}, uptime.Pass, uptime.OK},
		"ns":               {DNS{Name: "example.org", Record: "NS", Expect: DNSExpect{Answers: []string{"NS1.example.org"}}}, uptime.Pass, uptime.OK},
		"txt":              {DNS{Name: "example.org", Record: "TXT", Expect: DNSExpect{Answers: []string{"v=spf1 -all"}}}, uptime.Pass, uptime.OK},
		"txt in quotes":    {DNS{Name: "example.org", Record: "TXT", Expect: DNSExpect{Answers: []string{`"v=spf1 -all"`}}}, uptime.Pass, uptime.OK},
		"txt in parts":     {DNS{Name: "long.example.org", Record: "TXT", Expect: DNSExpect{Answers: []string{`one two "three"`}}}, uptime.Pass, uptime.OK},
		"txt by case":      {DNS{Name: "example.org", Record: "TXT", Expect: DNSExpect{Answers: []string{"V=spf1 -all"}}}, uptime.Fail, uptime.DNSAnswer},
		"soa":              {DNS{Name: "example.org", Record: "SOA", Expect: DNSExpect{Answers: []string{"ns1.example.org host.example.org 2026010100 7200 3600 1209600 300"}}}, uptime.Pass, uptime.OK},
		"srv":              {DNS{Name: "_sip._tcp.example.org", Record: "SRV", Expect: DNSExpect{Answers: []string{"1 2 5060 sip.example.org"}}}, uptime.Pass, uptime.OK},
		"caa":              {DNS{Name: "example.org", Record: "CAA", Expect: DNSExpect{Answers: []string{`0 issue "letsencrypt.org"`}}}, uptime.Pass, uptime.OK},
		"ptr by address":   {DNS{Name: "192.0.2.1", Record: "PTR", Expect: DNSExpect{Answers: []string{"www.example.org"}}}, uptime.Pass, uptime.OK},
		"no such record":   {DNS{Name: "local.example.org", Record: "MX"}, uptime.Fail, uptime.DNSAnswer},
		"no such name":     {DNS{Name: "nowhere.example.org"}, uptime.Fail, uptime.DNSCode},
		"absence wanted":   {DNS{Name: "nowhere.example.org", Expect: DNSExpect{RCode: "nxdomain"}}, uptime.Pass, uptime.OK},
		"absence not had":  {DNS{Name: "www.example.org", Expect: DNSExpect{RCode: "NXDOMAIN"}}, uptime.Fail, uptime.DNSCode},
		"servfail":         {DNS{Name: "servfail.example.org"}, uptime.Fail, uptime.DNSCode},
		"refused question": {DNS{Name: "refused.example.org"}, uptime.Fail, uptime.DNSCode},
	} {
		t.Run(name, func(t *testing.T) {
			row.settings.Resolver = server
			wants(t, look(t, &row.settings), row.outcome, row.code)
		})
	}
	o := look(t, &DNS{Name: "www.example.org", Resolver: server})
	want := uptime.Facts{DNSCode: "NOERROR", DNSAnswers: 2, IPVersion: 4}
	if diff := cmp.Diff(want, o.Facts); diff != "" {
		t.Error(diff)
	}
	wants(t, look(t, &DNS{Name: "www.example.org", Resolver: closedPort(t)}), uptime.Fail, uptime.Refused)
	wants(t, look(t, &DNS{Name: "www.example.org", Resolver: closedPort(t), Protocol: "tcp"}), uptime.Fail, uptime.Refused)
}

// A configured resolver is the target; the machine's own is part of us.
func TestDNSBlame(t *testing.T) {
	for _, row := range []struct {
		code, rcode string
		ours        bool
	}{
		{string(uptime.TimedOut), "", true},
		{string(uptime.Refused), "", true},
		{string(uptime.DNSCode), "SERVFAIL", true},
		{string(uptime.DNSCode), "REFUSED", true},
		{string(uptime.DNSCode), "NXDOMAIN", false},
		{string(uptime.DNSCode), "NOERROR", false},
		{string(uptime.DNSAnswer), "NOERROR", false},
	} {
		for _, resolver := range []string{"", "192.0.2.53:53"} {
			r := Result{Outcome: uptime.Fail, Code: uptime.Code(row.code), Facts: uptime.Facts{DNSCode: row.rcode}}
			(&dnsProber{resolver: resolver}).blameOurs(&r)
			if unseen := r.Outcome == uptime.Unseen; unseen != (row.ours && resolver == "") {
				t.Errorf("%s %s of resolver %q: %v, %s", row.code, row.rcode, resolver, r.Outcome, r.Code)
			}
		}
	}
}

// Names in other probes go through the machine's resolver: what it says for
// certain counts against the target, everything else against us.
func TestNamesOfTargets(t *testing.T) {
	env := testEnv()
	env.Egress = guardAsking(nameServer(t))
	port := closedPort(t)[len("127.0.0.1:"):]
	for host, want := range map[string]uptime.Code{
		"local.example.org.":    uptime.Refused,
		"nowhere.example.org.":  uptime.NameNotFound,
		"servfail.example.org.": uptime.ResolverFailed,
		"refused.example.org.":  uptime.ResolverFailed,
	} {
		for _, settings := range []Settings{&HTTP{URL: "http://" + host + ":" + port}, &TCP{Address: host + ":" + port}, &TLS{Address: host + ":" + port}, &GRPC{Address: host + ":" + port}} {
			o := lookIn(t, settings, env)
			if o.Code != want || (o.Outcome == uptime.Unseen) != (want == uptime.ResolverFailed) {
				t.Errorf("%T %s: %v, %s (%s); want %s", settings, host, o.Outcome, o.Code, o.Detail, want)
			}
		}
	}
}

func TestDNSHostile(t *testing.T) {
	raw := func(change func([]byte) []byte) dns.HandlerFunc {
		return func(w dns.ResponseWriter, query *dns.Msg) {
			good, _ := new(dns.Msg).SetReply(query).Pack()
			_, _ = w.Write(change(good))
		}
	}
	for name, row := range map[string]struct {
		handle dns.HandlerFunc
		udp    uptime.Code
		tcp    uptime.Code
	}{
		"silence":     {func(dns.ResponseWriter, *dns.Msg) {}, uptime.TimedOut, uptime.TimedOut},
		"other id":    {raw(func(b []byte) []byte { b[0] ^= 1; return b }), uptime.TimedOut, uptime.BadAnswer},
		"an echo":     {raw(func(b []byte) []byte { b[2] &^= 0x80; return b }), uptime.TimedOut, uptime.BadAnswer},
		"other name":  {raw(func(b []byte) []byte { b[13] ^= 1; return b }), uptime.TimedOut, uptime.BadAnswer},
		"name loop":   {raw(func(b []byte) []byte { b[12], b[13] = 0xc0, 12; return b }), uptime.BadAnswer, uptime.BadAnswer},
		"many counts": {raw(func(b []byte) []byte { b[6], b[7] = 0xff, 0xff; return b }), uptime.DNSAnswer, uptime.DNSAnswer},
		"cut off":     {raw(func(b []byte) []byte { return b[:11] }), uptime.BadAnswer, uptime.BadAnswer},
	} {
		server := dnsServer(t, row.handle)
		for protocol, code := range map[string]uptime.Code{"udp": row.udp, "tcp": row.tcp} {
			t.Run(name+" over "+protocol, func(t *testing.T) {
				env := testEnv()
				env.Timeout = hostileTimeout
				o := bounded(t, &DNS{Name: "www.example.org", Resolver: server, Protocol: protocol}, env)
				wants(t, o, uptime.Fail, code)
			})
		}
	}
}

func TestDNSRefusesSettings(t *testing.T) {
	for name, row := range map[string]struct {
		settings DNS
		paths    []string
	}{
		"nothing":  {DNS{}, []string{"name"}},
		"record":   {DNS{Name: "a.example", Record: "ANY"}, []string{"record"}},
		"resolver": {DNS{Name: "a.example", Resolver: "1.1.1.1:0"}, []string{"resolver"}},
		"metadata": {DNS{Name: "a.example", Resolver: "168.63.129.16"}, []string{"resolver"}},
		"protocol": {DNS{Name: "a.example", Protocol: "quic"}, []string{"protocol"}},
		"rcode":    {DNS{Name: "a.example", Expect: DNSExpect{RCode: "FINE"}}, []string{"expect.rcode"}},
		"exact":    {DNS{Name: "a.example", Expect: DNSExpect{Exact: true}}, []string{"expect.exact"}},
		"name":     {DNS{Name: strings.Repeat("a", 64) + ".example"}, []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzDNSAnswer has a name server answer with arbitrary bytes after a header
// that fits the question.
func FuzzDNSAnswer(f *testing.F) {
	answer := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeTXT)
	answer.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: "www.example.org.", Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: []string{"v=spf1", `"\`}}}
	packed, _ := answer.Pack()
	f.Add(packed)
	f.Add([]byte{0, 0, 0x81, 0x80, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0xc0, 12})
	f.Add([]byte{})
	kinds := []uint16{dns.TypeA, dns.TypeTXT, dns.TypeCAA, dns.TypeSOA}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range kinds {
			p := &dnsProber{resolver: "192.0.2.53:53", env: testEnv(), question: dns.Question{Name: "www.example.org.", Qtype: kind, Qclass: dns.ClassINET}}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			var r Result
			answer, err := p.exchange(ctx, "tcp", &r, func(ctx context.Context, _ string) (net.Conn, func() bool, error) {
				ours, theirs := net.Pipe()
				go answerWith(theirs, data)
				return ours, bind(ctx, ours), nil
			})
			cancel()
			if err == nil {
				p.judge(answer, &r)
			}
			if r.Outcome == uptime.Pass && len(answer.Answer) == 0 {
				t.Error("an answer without records passes")
			}
		}
	})
}

// answerWith reads one question and sends the bytes, with the question's id.
func answerWith(conn net.Conn, data []byte) {
	defer func() { _ = conn.Close() }()
	query := make([]byte, 512)
	n, err := conn.Read(query)
	if err != nil || n < 4 {
		return
	}
	data = append([]byte(nil), data...)
	if len(data) >= 2 {
		copy(data, query[2:4])
	}
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(append([]byte{byte(len(data) >> 8), byte(len(data))}, data...))
}
