package decision

// Scope is what a record speaks of. The zero Scope is everything.
type Scope struct {
	Place `json:"-"`

	// Clusters are names that the organisation gives its clusters; manifests do not tell a
	// cluster's name, so they are not matched against anything. Empty means all.
	Clusters []string `json:"clusters"`
	// Namespaces are those within the scope. Empty means all.
	Namespaces []Pattern `json:"namespaces"`
}

// Contains reports whether the namespace is within the scope. Clusters are not looked at.
// A faulty scope contains nothing.
func (s Scope) Contains(namespace string) bool {
	return !s.Faulty() && (len(s.Namespaces) == 0 || matchAny(s.Namespaces, namespace))
}
