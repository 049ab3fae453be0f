package linkerd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every entry of a list is either a port or range, or told to be none; what was read reads the same again, and
// where no entry has a blank the destination controller reads the same.
func FuzzRedirectedPorts(f *testing.F) {
	for _, text := range []string{"", "80", "4190,4191,4567-4568", "80, 90", "a,80,,9-", "0,65535", "90-80", "1-2-3", "+5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, bad := redirectedPorts(text)
		if n := strings.Count(text, ",") + 1; text != "" && len(s)+len(bad) != n {
			t.Errorf("%q: %v and %q are not the %d entries", text, s, bad, n)
		}
		again, bad := redirectedPorts(s.String())
		if diff := cmp.Diff(s, again, cmp.AllowUnexported(portRange{})); diff != "" || len(bad) > 0 {
			t.Errorf("%q: read again, %q are bad and (-first +second):\n%s", text, bad, diff)
		}
		if !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789-,", r) }) {
			if diff := cmp.Diff(lenientPorts(text, nil), s, cmp.AllowUnexported(portRange{})); diff != "" {
				t.Errorf("%q: the destination controller reads (-want +got):\n%s", text, diff)
			}
		}
	})
}

// A list of subnets is read whole or not at all, and reads the same again.
func FuzzSubnets(f *testing.F) {
	for _, text := range []string{"", "192.0.2.0/24", "192.0.2.7/24, fd00::/8", "192.0.2.1", ",", "::ffff:192.0.2.0/120"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, ok := parseSubnets(text)
		if !ok && len(all) > 0 || ok && text != "" && len(all) != strings.Count(text, ",")+1 {
			t.Errorf("%q: read as %v, %t", text, all, ok)
		}
		var words []string
		for _, p := range all {
			words = append(words, p.String())
		}
		again, ok := parseSubnets(strings.Join(words, ","))
		if diff := cmp.Diff(len(all), len(again)); diff != "" || !ok {
			t.Errorf("%q: read again %v", words, again)
		}
		for i := range again {
			if again[i] != all[i] {
				t.Errorf("%v: read again %v", all[i], again[i])
			}
		}
	})
}

// A text is expanded by what is known of it, and not at all where something is not known.
func FuzzExpand(f *testing.F) {
	for _, text := range []string{"", "a", "$(a).$(b)", "$(c)", "$$(a)", "$(a", "$", "$$", "$a", "$()"} {
		f.Add(text)
	}
	known := map[string]string{"a": "1", "b": "$(a)"}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := expand(text, known)
		if !strings.Contains(text, "$") && (got != text || !ok) {
			t.Errorf("%q: %q, %t, want it as it is", text, got, ok)
		}
		if again, same := expand(text+"$(a)", known); ok && !strings.HasSuffix(text, "$") && (again != got+"1" || !same) {
			t.Errorf("%q with a reference after it: %q, %t", text, again, same)
		}
	})
}

func TestExpand(t *testing.T) {
	t.Parallel()
	known := map[string]string{"_pod_sa": "web", "_pod_ns": "shop", "self": "$(_pod_sa)"}
	tests := []struct {
		text, want string
		ok         bool
	}{
		{"$(_pod_sa).$(_pod_ns).x", "web.shop.x", true},
		{"$$(_pod_sa)", "$(_pod_sa)", true},
		{"$(self)", "$(_pod_sa)", true}, // what a value refers to was expanded when it was set
		{"5$", "5$", true},
		{"$x", "$x", true},
		{"$(other)", "", false},
		{"$(_pod_sa", "", false},
	}
	for _, tt := range tests {
		if got, ok := expand(tt.text, known); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %q, %t, want %q, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
