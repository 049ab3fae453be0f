package mesh

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// FlawKind is in which way an object does not do what it says, in words that are the same for every mesh.
type FlawKind uint8

// The zero FlawKind is no flaw. What each says is said of the workloads of the Flaw.
const (
	FlawSelectsNothing FlawKind = iota + 1 // it selects nothing that exists
	FlawNamesNobody                        // it names an identity, namespace or provider that nothing has
	FlawNoEffect                           // it changes nothing where it stands
	FlawOpensMore                          // it lets through more than it says
	FlawClosesMore                         // it keeps out more than it says
	FlawUnverified                         // it changes how the mesh enforces, in ways that are not evaluated
	FlawInadmissible                       // the mesh's admission would refuse it as it stands; it exists all the same, and may count
)

var flawNames = [...]string{"-", "selects-nothing", "names-nobody", "no-effect", "opens-more", "closes-more", "unverified", "inadmissible"}

// String returns the word of k, such as "no-effect", or "-" for none.
func (k FlawKind) String() string {
	if int(k) < len(flawNames) {
		return flawNames[k]
	}
	return fmt.Sprintf("FlawKind(%d)", uint8(k))
}

// MarshalText writes String's word.
func (k FlawKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Flaw is an object of the mesh's configuration, or a part of one, that the mesh accepts and that does
// not do what it says.
type Flaw struct {
	Mesh      string
	Kind      FlawKind
	Rule      string     // stable name, as of a Step: "istio/layer7-at-ztunnel"
	Object    source.Ref // never zero
	Loc       source.Loc // the field
	Workloads []*Workload
	Detail    string // what it does instead, lower case
	Why       []Step // further reasons; may be nil
	Unknown   []Gap  // not empty when it may not be a flaw after all
}

// FlawLister lists the layer's objects that do not do what they say; in any order.
type FlawLister interface {
	Flaws() []Flaw
}

// Flaws returns the objects that do not do what they say, ordered by mesh, object, rule and place.
// Listing them may look at every workload.
func (g *Graph) Flaws() []Flaw {
	var all []Flaw
	for name, f := range answering[FlawLister](g.layers) {
		list := slices.Clone(f.Flaws())
		slices.SortStableFunc(list, func(a, b Flaw) int {
			return cmp.Or(
				a.Object.Compare(b.Object), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Rule, b.Rule),
				strings.Compare(a.Loc.Field(), b.Loc.Field()), strings.Compare(a.Detail, b.Detail),
			)
		})
		for _, flaw := range list {
			flaw.Mesh = name
			all = append(all, flaw)
		}
	}
	return all
}
