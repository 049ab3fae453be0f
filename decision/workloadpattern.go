package decision

import (
	"fmt"
	"strings"
)

// WorkloadPattern names workloads by "Kind/name", or by "name" for any kind; the name may be a
// Pattern. The empty WorkloadPattern matches nothing.
type WorkloadPattern string

// UnmarshalText accepts the two forms.
func (p *WorkloadPattern) UnmarshalText(text []byte) error {
	kind, name := WorkloadPattern(text).parts()
	var pattern Pattern
	if pattern.UnmarshalText([]byte(name)) != nil || strings.Contains(name, "/") || strings.HasPrefix(string(text), "/") ||
		!Pattern(kind).literal() {
		return fmt.Errorf("workload %q: want \"Kind/name\" or \"name\", as in \"Deployment/cart\"", shorten(string(text)))
	}
	*p = WorkloadPattern(text)
	return nil
}

// Matches reports whether the workload is named. Its namespace is not looked at.
func (p WorkloadPattern) Matches(w Workload) bool {
	kind, name := p.parts()
	return (kind == "" || kind == w.Kind) && Pattern(name).Matches(w.Name)
}

// covers reports whether every workload that q names is named by p (see Pattern.covers).
func (p WorkloadPattern) covers(q WorkloadPattern) bool {
	pKind, pName := p.parts()
	qKind, qName := q.parts()
	return (pKind == "" || pKind == qKind) && Pattern(pName).covers(Pattern(qName))
}

// parts are the kind, empty for any, and the name.
func (p WorkloadPattern) parts() (kind, name string) {
	kind, name, ok := strings.Cut(string(p), "/")
	if !ok {
		return "", string(p)
	}
	return kind, name
}
