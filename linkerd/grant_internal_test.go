package linkerd

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

func TestGrantIdentities(t *testing.T) {
	t.Parallel()
	const id = "a.ns.serviceaccount.identity.linkerd.cluster.local"
	tests := []struct {
		written, shown string
		want           bool
	}{
		{"*", id, true},
		{"*", "spiffe://cluster.local/ns/a", false}, // a SPIFFE identity is met by its whole name only
		{"*.cluster.local", "spiffe://x/a.cluster.local", false},
		{"spiffe://cluster.local/ns/a", "spiffe://cluster.local/ns/a", true},
		{id, id, true},
		{"*.ns.serviceaccount.identity.linkerd.cluster.local", id, true},
		{"*.other.serviceaccount.identity.linkerd.cluster.local", id, false},
		{"*.s.serviceaccount.identity.linkerd.cluster.local", id, false}, // whole labels only
		{"*.cluster.local", "cluster.local", false},
		{"**", id, false},
	}
	for _, tt := range tests {
		var ids identities
		ids.add(tt.written)
		v := visitor{tls: truth.True, named: truth.True, identity: tt.shown}
		if got := ids.admit(&v); got != truth.Of(tt.want) {
			t.Errorf("%q lets %q in: %v, want %v", tt.written, tt.shown, got, tt.want)
		}
	}
}

// What a grant says of a client of which something is not known holds whatever that is.
func TestGrantIsMonotone(t *testing.T) {
	t.Parallel()
	g := grant{networks: networks{{cidr: netip.MustParsePrefix("10.0.0.0/8"), except: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}}}
	var ids identities
	ids.add("a")
	known := []visitor{}
	for _, addr := range []string{"10.0.0.1", "10.1.0.1", "192.0.2.1"} {
		for _, id := range []string{"a", "b", ""} {
			v := visitor{tls: truth.Of(id != ""), named: truth.Of(id != ""), identity: id, addrs: []netip.Addr{netip.MustParseAddr(addr)}}
			known = append(known, v)
		}
	}
	for _, who := range []identities{{}, {need: needTLS}, ids, anyIdentity()} {
		g.who = who
		for _, v := range known {
			sure := g.admits(&v)
			blurred := v
			blurred.addrs = nil
			if got := g.admits(&blurred); got != truth.Unknown && got != sure {
				t.Errorf("%+v: of %+v it says %v, and without an address %v", who, v, sure, got)
			}
			blurred = v
			blurred.tls, blurred.named, blurred.identity = truth.Unknown, truth.Unknown, ""
			if got := g.admits(&blurred); got != truth.Unknown && got != sure {
				t.Errorf("%+v: of %+v it says %v, and without an identity %v", who, v, sure, got)
			}
		}
	}
	g.gaps = []mesh.Gap{{}}
	if got := g.admits(&known[0]); got != truth.Unknown {
		t.Errorf("a grant that was not understood says %v", got)
	}
}

// Identities are met as they are written, whatever stands in them.
func FuzzIdentities(f *testing.F) {
	f.Add("*.ns", "a.ns")
	f.Add("spiffe://a/b", "spiffe://a/b")
	f.Fuzz(func(t *testing.T, written, shown string) {
		var ids identities
		ids.add(written)
		ids.settle()
		want := written == shown
		if suffix, ok := strings.CutPrefix(written, "*"); ok && (suffix == "" || suffix[0] == '.') {
			want = !strings.Contains(shown, "://") && strings.HasSuffix(shown, suffix)
		}
		if got := ids.has(shown); got != want {
			t.Errorf("%q has %q: %v, want %v", written, shown, got, want)
		}
	})
}

// A network has the addresses that its range has and its holes have not.
func FuzzNetwork(f *testing.F) {
	f.Add("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3")
	f.Add("::/0", "2001:db8::1", "2001:db8::1")
	f.Fuzz(func(t *testing.T, text, hole, addr string) {
		p, ok := parseNet(text)
		a, err := netip.ParseAddr(addr)
		if !ok || err != nil || a.Zone() != "" {
			return
		}
		n := network{cidr: p}
		if h, ok := parseNet(hole); ok {
			n.except = append(n.except, h)
		}
		want := p.Contains(a.Unmap())
		for _, h := range n.except {
			want = want && !h.Contains(a.Unmap())
		}
		ns := networks{n}
		if got := ns.hasAll([]netip.Addr{a}); got != truth.Of(want) {
			t.Errorf("%v has %v: %v, want %v", ns.texts(), a, got, want)
		}
		if n.filled() && want {
			t.Errorf("%v has %v and is taken for empty", ns.texts(), a)
		}
		for _, one := range addressesOf([]networks{ns}) {
			if !one.IsValid() || loopback().has(one) {
				t.Errorf("%v is tried for %v", one, ns.texts())
			}
		}
	})
}
