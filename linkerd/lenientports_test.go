package linkerd

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A part that is no port does not void the list for the destination controller, as it does for the policy controller.
func TestLenientPorts(t *testing.T) {
	t.Parallel()
	named := func(name string) (uint16, bool) { return 9000, name == "db" }
	for text, want := range map[string]portSet{
		"":                     nil,
		"80":                   {{80, 80}},
		" 80 , 90-95,":         {{80, 80}, {90, 95}},
		"80,http,95-90,70000":  {{80, 80}},
		"db,1":                 {{9000, 9000}, {1, 1}},
		"1-2-3":                nil,
		"-5":                   nil,
		"80 - 90":              nil,
		"0":                    {{0, 0}},
		"99999999999999999999": nil,
	} {
		if diff := cmp.Diff(want, lenientPorts(text, named), cmp.AllowUnexported(portRange{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// Every port that the strict reading of a list has, the lenient one has too.
func FuzzLenientPorts(f *testing.F) {
	for _, text := range []string{"80", "25,587,1000-2000", "a,1", "1-,2", " 3 ,4- 5"} {
		f.Add(text, uint16(1))
	}
	f.Fuzz(func(t *testing.T, text string, port uint16) {
		lenient := lenientPorts(text, nil)
		for _, r := range lenient {
			if r.to < r.from {
				t.Errorf("%q: range %v", text, r)
			}
		}
		strict, ok := parsePortSet(text)
		if ok && strict.has(port) && !lenient.has(port) && !spaced(text) {
			t.Errorf("%q: only the strict reading has port %d", text, port)
		}
	})
}

// spaced reports whether a range has space, or signs, around its bounds, which only the strict reading ignores.
func spaced(text string) bool {
	for _, r := range text {
		if r != ',' && r != '-' && (r < '0' || r > '9') {
			return true
		}
	}
	return false
}
