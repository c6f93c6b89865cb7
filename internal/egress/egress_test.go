package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// metadata are spellings of addresses that hand out a machine's credentials.
func metadata() []string {
	return []string{
		"169.254.169.254", "169.254.170.2", "169.254.170.23", "168.63.129.16", "100.100.100.200", "192.0.0.192",
		"fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fe80::a9fe:a9fe%eth0",
		"fd00:ec2::254%lo", "FD00:EC2:0:0:0:0:0:254",
		"::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:168.63.129.16", "::ffff:100.100.100.200",
		"::169.254.169.254", "::ffff:0:169.254.169.254",
		"64:ff9b::169.254.169.254", "64:ff9b::a83f:8110", "64:ff9b:1::169.254.169.254", "64:ff9b:1:a9fe:a9:fe00::",
		"2002:a9fe:a9fe::", "2002:a9fe:a9fe::1", "2002:a83f:8110::", "2002:6464:64c8::1",
		"2001:0:a9fe:a9fe::", "2001:0:808:808::5601:5601",
		"2001:db8::5efe:169.254.169.254", "fe80::200:5efe:169.254.169.254",
	}
}

func TestNobodyReachesMetadata(t *testing.T) {
	everything := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	for _, asker := range []Asker{RunTime, Author} {
		guard := New(Policy{Asker: asker, Allow: everything}, nil)
		for _, text := range metadata() {
			if err := guard.Check(netip.MustParseAddr(text)); !errors.Is(err, ErrRefused) {
				t.Errorf("asker %d may reach %s: %v", asker, text, err)
			}
		}
	}
}

func TestWhatEachAskerMayReach(t *testing.T) {
	author := New(Policy{Asker: Author}, nil)
	public := New(Policy{}, nil)
	allowed := New(Policy{Allow: []netip.Prefix{
		netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16"),
		netip.MustParsePrefix("::ffff:192.168.7.0/120"), netip.MustParsePrefix("64:ff9b::/96"),
	}}, nil)
	for _, row := range []struct {
		addr                    string
		author, public, allowed bool
	}{
		{"1.1.1.1", true, true, true},
		{"93.184.216.34", true, true, true},
		{"2606:4700::1111", true, true, true},
		{"127.0.0.1", true, false, false},
		{"127.255.255.254", true, false, false},
		{"::1", true, false, false},
		{"0.0.0.0", true, false, false},
		{"::", true, false, false},
		{"10.0.0.1", true, false, false},
		{"10.1.2.3", true, false, true},
		{"::ffff:10.1.2.3", true, false, true},
		{"::ffff:10.2.2.3", true, false, false},
		{"192.168.7.9", true, false, true},
		{"192.168.8.9", true, false, false},
		{"172.31.255.255", true, false, false},
		{"100.64.0.1", true, false, false},
		{"169.254.1.1", false, false, false},
		{"224.0.0.1", true, false, false},
		{"255.255.255.255", true, false, false},
		{"240.0.0.1", true, false, false},
		{"198.18.0.1", true, false, false},
		{"fd12::1", true, false, true},
		{"fd13::1", true, false, false},
		{"fe80::1%lo", true, false, false},
		{"ff02::1", true, false, false},
		{"2001:db8::1", true, false, false},
		{"64:ff9b::1.1.1.1", true, false, true},
		{"64:ff9b::10.9.9.9", true, false, false}, // a translator leads into the private network
		{"64:ff9b::7f00:1", true, false, false},
		{"2002:0a00:0001::1", true, false, false},
	} {
		addr := netip.MustParseAddr(row.addr)
		for name, check := range map[string]struct {
			guard *Guard
			want  bool
		}{"author": {author, row.author}, "public": {public, row.public}, "allowed": {allowed, row.allowed}} {
			if err := check.guard.Check(addr); (err == nil) != check.want {
				t.Errorf("%s, %s: %v; want allowed = %v", row.addr, name, err, check.want)
			}
		}
	}
	if err := author.Check(netip.Addr{}); !errors.Is(err, ErrRefused) {
		t.Errorf("the zero address passes: %v", err)
	}
}

// An allowed network never widens what it says: whatever is allowed, an address
// outside of it is judged as without it.
func TestAllowingOpensOnlyWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")
		addr, _ := netip.AddrFromSlice(bytes)
		bits := rapid.IntRange(0, 32).Draw(t, "bits")
		base, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "network"))
		network := netip.PrefixFrom(base, bits).Masked()
		with, without := New(Policy{Allow: []netip.Prefix{network}}, nil), New(Policy{}, nil)
		got, plain := with.Check(addr) == nil, without.Check(addr) == nil
		if want := !isMetadata(addr) && (plain || network.Contains(addr)); got != want {
			t.Fatalf("%s with %s allowed: %v; want %v", addr, network, got, want)
		}
	})
}

// hostileURLs are spellings that have fooled filters which looked at the text.
func hostileURLs() []string {
	return strings.Fields(`http://127.0.0.1/ http://127.1/ http://0/ http://0.0.0.0/ http://2130706433/ http://0x7f000001/
		http://017700000001/ http://0177.0.0.1/ http://localhost/ http://LOCALHOST./ http://[::1]/ http://[::]/
		http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:7f00:1]/ http://169.254.169.254/
		http://2852039166/ http://0xa9fea9fe/ http://0251.0376.0251.0376/ http://[::ffff:169.254.169.254]/
		http://[fd00:ec2::254]/ http://[64:ff9b::a9fe:a9fe]/ http://[2002:a9fe:a9fe::]/ http://[fe80::1%25lo]/
		http://10.0.0.1/ http://172.16.0.1/ http://192.168.0.1/ http://100.64.0.1/ http://100.100.100.200/
		http://168.63.129.16/ http://192.0.0.192/ http://198.18.0.1/ http://224.0.0.1/ http://255.255.255.255/
		http://[ff02::1]/ http://user@127.0.0.1/ http://1.1.1.1@127.0.0.1/ http://127.0.0.1#@1.1.1.1/
		http://127。0。0。1/ http://①②⑦.⓪.⓪.①/ http://127.0.0.1:22/ http://[::ffff:0:127.0.0.1]/ http://127.0.0.1%00.example/`)
}

// A client over the guard reaches no trap on this machine, however the address
// is spelled, and whatever a proxy variable says.
func TestHostileSpellingsReachNothing(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	guard := New(Policy{}, deadResolver())
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := guard.DialContext(ctx, network, address)
			if err == nil {
				t.Errorf("connected to %s", address)
			}
			return conn, err
		},
		DisableKeepAlives: true,
	}}
	for _, url := range hostileURLs() {
		if answer, err := client.Get(url); err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s was reached", url)
		}
	}
}

// deadResolver knows nothing beyond the hosts file.
func deadResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no resolver in this test")
	}}
}

func TestControlChecksWhatIsConnectedTo(t *testing.T) {
	guard := New(Policy{Asker: Author}, nil)
	for _, address := range []string{"169.254.169.254:80", "[::ffff:169.254.169.254]:80", "[fd00:ec2::254]:80", "/run/docker.sock", ""} {
		if err := guard.Control("tcp", address, nil); !errors.Is(err, ErrRefused) {
			t.Errorf("%q passes: %v", address, err)
		}
	}
	if err := guard.Control("tcp4", "127.0.0.1:80", nil); err != nil {
		t.Error(err)
	}
}

func TestDialing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	address := listener.Addr().String()

	conn, err := New(Policy{Asker: Author}, nil).DialContext(context.Background(), "tcp", address)
	if err != nil {
		t.Fatalf("the author may not reach loopback: %v", err)
	}
	_ = conn.Close()
	if _, err = New(Policy{}, nil).DialContext(context.Background(), "tcp", address); !errors.Is(err, ErrRefused) {
		t.Errorf("run time reaches loopback: %v", err)
	}
	allowed := New(Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, nil)
	if conn, err = allowed.DialContext(context.Background(), "tcp", address); err != nil {
		t.Fatalf("what is allowed is refused: %v", err)
	}
	_ = conn.Close()
	for _, network := range []string{"unix", "ip4:icmp", "tcp:80", ""} {
		if _, err := allowed.DialContext(context.Background(), network, address); !errors.Is(err, ErrRefused) {
			t.Errorf("network %q is dialed: %v", network, err)
		}
	}
	if _, err := allowed.DialResolver(context.Background(), "udp", "resolver.example.org"); !errors.Is(err, ErrRefused) {
		t.Errorf("a resolver is dialed by name: %v", err)
	}
}

func TestClasses(t *testing.T) {
	for host, want := range map[string]Class{
		"127.0.0.1": Loopback, "127.9.9.9": Loopback, "::1": Loopback, "[::1]": Loopback, "0.0.0.0": Loopback,
		"localhost": Loopback, "LocalHost.": Loopback, "app.localhost": Loopback, "::ffff:127.0.0.1": Loopback,
		"10.0.0.1": Private, "192.168.1.1": Private, "172.20.0.1": Private, "100.64.9.9": Private, "169.254.3.4": Private,
		"fd00::1": Private, "fe80::1%eth0": Private, "db": Private, "db.internal": Private, "printer.local": Private,
		"nas.home.arpa": Private, "::ffff:10.0.0.1": Private,
		"1.1.1.1": Internet, "www.example.org": Internet, "2606:4700::1111": Internet, "internal.example.org": Internet,
		"172.32.0.1": Internet,
	} {
		if got := ClassifyHost(host); got != want {
			t.Errorf("%s is of class %d; want %d", host, got, want)
		}
	}
}

// FuzzCheck holds that no spelling of an address passes that its unmapped form
// does not.
func FuzzCheck(f *testing.F) {
	for _, text := range metadata() {
		f.Add(text)
	}
	f.Add("::ffff:10.0.0.1")
	guard := New(Policy{}, nil)
	f.Fuzz(func(t *testing.T, text string) {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return
		}
		if guard.Check(addr) == nil && guard.Check(addr.WithZone("").Unmap()) != nil {
			t.Errorf("%s passes, but not what it stands for", text)
		}
	})
}
