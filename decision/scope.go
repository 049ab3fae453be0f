package decision

import "path"

// Scope is what a record speaks of. The zero Scope is everything.
type Scope struct {
	Place `json:"-"`

	// Clusters are names that the organisation gives its clusters; manifests do not tell a
	// cluster's name, so they are not matched against anything. Empty means all.
	Clusters []string `json:"clusters"`
	// Namespaces are names or patterns (see Selector.Names). Empty means all.
	Namespaces []string `json:"namespaces"`
}

// Contains reports whether the namespace is within the scope. Clusters are not looked at.
// A faulty scope contains nothing.
func (s Scope) Contains(namespace string) bool {
	return !s.Faulty() && (len(s.Namespaces) == 0 || matchAny(s.Namespaces, namespace))
}

// matchAny reports whether one of the patterns matches the name.
func matchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		// A malformed pattern is reported when it is read and matches nothing.
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return false
}
