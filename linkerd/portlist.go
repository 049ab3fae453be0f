package linkerd

import (
	"strconv"
	"strings"
)

// redirectedPorts reads a list as linkerd-init and the CNI plugin do: an entry that is no port or range is left
// out, and the rest counts. Unlike the destination controller they take entries as they stand, so that one
// with a blank is none (linkerd2-proxy-init pkg/iptables/iptables.go makeMultiportDestinations). It returns the
// entries that are none.
func redirectedPorts(text string) (portSet, []string) {
	if text == "" {
		return nil, nil
	}
	var s portSet
	var bad []string
	for e := range strings.SplitSeq(text, ",") {
		r, ok := lenientRange(e)
		if !ok {
			bad = append(bad, e)
			continue
		}
		s = append(s, r)
	}
	return s, bad
}

// words are the entries of the set as text, "80" or "80-90".
func (s portSet) words() []string {
	words := make([]string, 0, len(s))
	for _, r := range s {
		w := strconv.Itoa(int(r.from))
		if r.to != r.from {
			w += "-" + strconv.Itoa(int(r.to))
		}
		words = append(words, w)
	}
	return words
}

// String joins the words with commas.
func (s portSet) String() string { return strings.Join(s.words(), ",") }

// without leaves out the entries that are one of the ports.
func (s portSet) without(ports ...uint16) portSet {
	var rest portSet
	for _, r := range s {
		own := false
		for _, p := range ports {
			own = own || r == portRange{p, p}
		}
		if !own {
			rest = append(rest, r)
		}
	}
	return rest
}

// equal reports whether two sets hold the same ports, in whatever ranges.
func (s portSet) equal(t portSet) bool { return s.covers(t) && t.covers(s) }

func (s portSet) covers(t portSet) bool {
	for _, r := range t {
		for port := int(r.from); port <= int(r.to); port++ {
			if !s.has(uint16(port)) {
				return false
			}
		}
	}
	return true
}
