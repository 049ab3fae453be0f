package source

import (
	"cmp"
	"strings"
)

// Kind names a kind of object across its versions.
type Kind struct {
	Group string `json:"group,omitempty"` // empty for the core group
	Kind  string `json:"kind"`
}

// String returns "Kind.group", or "Kind" for the core group.
func (k Kind) String() string {
	if k.Group == "" {
		return k.Kind
	}
	return k.Kind + "." + k.Group
}

// Compare orders by group, then kind.
func (k Kind) Compare(l Kind) int {
	return cmp.Or(strings.Compare(k.Group, l.Group), strings.Compare(k.Kind, l.Kind))
}

// Ref names one object. The zero Ref names none.
// Namespace is empty for cluster-scoped objects.
type Ref struct {
	Kind
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// IsZero reports whether r names no object.
func (r Ref) IsZero() bool { return r == Ref{} }

// String returns "Kind/namespace/name", or "Kind/name" for a cluster-scoped object; the group is
// left out. The zero Ref gives "-".
func (r Ref) String() string {
	switch {
	case r.IsZero():
		return "-"
	case r.Namespace == "":
		return r.Kind.Kind + "/" + r.Name
	default:
		return r.Kind.Kind + "/" + r.Namespace + "/" + r.Name
	}
}

// Compare orders by namespace, kind, group and name.
func (r Ref) Compare(s Ref) int {
	return cmp.Or(
		strings.Compare(r.Namespace, s.Namespace),
		strings.Compare(r.Kind.Kind, s.Kind.Kind),
		strings.Compare(r.Group, s.Group),
		strings.Compare(r.Name, s.Name),
	)
}

// Object is one Kubernetes object as it was read.
type Object struct {
	Ref     Ref
	Version string // the API version without the group: "v1", "v1beta1"

	// JSON is the whole object. YAML input is converted: plain scalars become what the
	// Kubernetes API server would see, numbers keep their spelling (1.30 stays 1.30).
	// It is shared: nobody may change it.
	JSON []byte

	// In locates the object's fields; nil when the object came without a text.
	In Locator
}

// At is the place of a field of o, with the path syntax of Loc.Field.
func (o Object) At(field string) Loc { return At(o.In, field) }
