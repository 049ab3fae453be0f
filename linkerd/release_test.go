package linkerd

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An edge release counts as the last 2.x that was made of it or of one before.
// source: tags of linkerd/linkerd2 (git describe --match 'edge-*' stable-2.x.0; version-2.x).
func TestParseRelease(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	want := map[string]int{
		"2.18": 18, "v2.18.1": 18, "2.18.0-rc1": 18, "stable-2.14.10": 14, "version-2.19": 19, "enterprise-2.17.0": 17, "enterprise-2.17.0-1": 17, "2.99.0": 99,
		"edge-26.8.1": 20, "edge-26.6.3": 20, "edge-26.6.2": 19, "edge-25.4.4": 18, "edge-25.4.3": 17, "edge-24.2.4": 15, "edge-24.2.3": 14,
		"edge-23.8.3": 14, "edge-23.8.2": 13, "edge-19.5.2": 3, "edge-18.1.1": 1,
		"": 0, "latest": 0, "2": 0, "2.": 0, "2.0.1": 0, "2.-1": 0, "3.1.0": 0, "edge-25.4": 0, "edge-25.4.4.1": 0, "edge-+5.4.4": 0, "dev-undefined": 0,
	}
	for text := range want {
		r, ok := parseRelease(text)
		if !ok && r.edge != (edition{}) {
			t.Errorf("%s: no release, and edge %v", text, r.edge)
		}
		if ok {
			got[text] = r.minor
		} else {
			got[text] = 0
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("minor releases (-want +got):\n%s", diff)
	}
}

// A rule that came with an edge release holds from that on, and of other releases from the 2.x that was made of it.
func TestSinceEdge(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"edge-25.6.2": false, "edge-25.6.3": true, "2.18.5": false, "2.19.0": true, "": true} {
		r, _ := parseRelease(text)
		if got := r.sinceEdge(19, edition{25, 6, 3}); got != want {
			t.Errorf("%q: since edge-25.6.3 is %v, want %v", text, got, want)
		}
	}
}

// FuzzParseRelease: a release that is known has a minor version, and the rules of no later one.
func FuzzParseRelease(f *testing.F) {
	for _, seed := range []string{"edge-25.4.4", "stable-2.14.10", "v2.18.1", "enterprise-2.17.0-1", "2."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := parseRelease(text)
		if ok && (r.minor < 1 || !r.since(r.minor) || r.since(r.minor+1)) {
			t.Errorf("%q is release %+v", text, r)
		}
	})
}
