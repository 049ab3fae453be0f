package istio

import "strings"

// hostTable finds what is filed under the host that matches a name most closely: the name itself,
// else the longest wildcard that it ends in. The zero table is empty.
// pilot/pkg/model/config.go MostSpecificHostMatch.
type hostTable[V any] struct {
	exact    map[string]V
	wildcard map[string]V // by what follows the asterisk
}

// at returns what is filed under a host as it is written.
func (t *hostTable[V]) at(host string) V {
	if suffix, ok := strings.CutPrefix(host, "*"); ok {
		return t.wildcard[suffix]
	}
	return t.exact[host]
}

// put files v under a host.
func (t *hostTable[V]) put(host string, v V) {
	suffix, wild := strings.CutPrefix(host, "*")
	switch {
	case wild && t.wildcard == nil:
		t.wildcard = map[string]V{suffix: v}
	case wild:
		t.wildcard[suffix] = v
	case t.exact == nil:
		t.exact = map[string]V{host: v}
	default:
		t.exact[host] = v
	}
}

// find returns what is filed under the closest match of a name without wildcard.
func (t *hostTable[V]) find(name string) (V, bool) {
	if v, ok := t.exact[name]; ok {
		return v, true
	}
	if len(t.wildcard) > 0 {
		for i := range len(name) + 1 { // the longest suffix comes first
			if v, ok := t.wildcard[name[i:]]; ok {
				return v, true
			}
		}
	}
	var none V
	return none, false
}

// all calls f with everything whose host matches the name, closest first.
func (t *hostTable[V]) all(name string, f func(V)) {
	if v, ok := t.exact[name]; ok {
		f(v)
	}
	if len(t.wildcard) == 0 {
		return
	}
	for i := range len(name) + 1 {
		if v, ok := t.wildcard[name[i:]]; ok {
			f(v)
		}
	}
}

// hostWithin reports whether every name that a host stands for is one of those of pattern.
// pkg/config/host/name.go SubsetOf.
func hostWithin(host, pattern string) bool {
	suffix, wild := strings.CutPrefix(pattern, "*")
	if !wild {
		return host == pattern
	}
	own, hostWild := strings.CutPrefix(host, "*")
	if hostWild && len(host) < len(pattern) {
		return false
	}
	return strings.HasSuffix(own, suffix)
}

// fullHost completes a host without a dot by the namespace of the resource that names it; anything
// else is taken as it is. pilot/pkg/model/config.go ResolveShortnameToFQDN.
func fullHost(host, namespace, domain string) string {
	if host == "" || host == "*" || strings.ContainsAny(host, ".:") {
		return host
	}
	return host + "." + namespace + ".svc." + domain
}
