package linkerd

import (
	"strconv"
	"strings"
)

// portSet is a list of ports and ranges; the nil portSet is empty.
type portSet []portRange

type portRange struct{ from, to uint16 }

// has reports whether port is in the set.
func (s portSet) has(port uint16) bool {
	for _, r := range s {
		if r.from <= port && port <= r.to {
			return true
		}
	}
	return false
}

// parsePortSet reads "25,587,1000-2000". It returns false, and an empty set, where a part is neither a port
// nor a range: the controllers then take the whole list for empty
// (policy-controller/k8s/index/src/ports.rs parse_portset).
func parsePortSet(text string) (portSet, bool) {
	var s portSet
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		first, last, isRange := strings.Cut(part, "-")
		from, ok := parsePort(first)
		to := from
		if isRange && ok {
			to, ok = parsePort(last)
		}
		if !ok || from == 0 || to < from {
			return nil, false
		}
		s = append(s, portRange{from, to})
	}
	return s, true
}

func parsePort(text string) (uint16, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	return uint16(n), err == nil
}
