package plaintextinside

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/source"
)

// findings are the gaps of all servers. What one thing does to the same clients at several servers of a
// namespace is one finding: where two meshes meet it concerns every server.
type findings struct {
	order []*finding
	byKey map[findingKey][]*finding
}

// finding is one thing that makes connections of the same clients plaintext.
type finding struct {
	gaps []*gap // one for each server, in their order; never empty
}

type findingKey struct{ namespace, rule, detail string }

func (fs *findings) add(g *gap) {
	key := findingKey{g.server.ID().Namespace, g.rule, g.why[0].Detail}
	for _, f := range fs.byKey[key] {
		if f.gaps[0].clients.Equal(g.clients) {
			f.gaps = append(f.gaps, g)
			return
		}
	}
	f := &finding{gaps: []*gap{g}}
	fs.order = append(fs.order, f)
	if fs.byKey == nil {
		fs.byKey = map[findingKey][]*finding{}
	}
	fs.byKey[key] = append(fs.byKey[key], f)
}

func (fs *findings) report(p *check.Pass) {
	for _, f := range fs.order {
		p.Report(f.finding())
	}
}

// finding names the first server and the rule: this stays the same when clients come and go.
func (f *finding) finding() check.Finding {
	g := f.gaps[0]
	found := check.Finding{
		Subject: g.server.ID().String() + ":" + strconv.Itoa(int(g.ports[0])) + " " + g.rule,
		Pos:     g.place(),
		Message: fmt.Sprintf("connections to %s from %s inside the mesh (%s) are plaintext: %s",
			f.servers(), wording.Count(g.clients.Len(), "workload"), wording.Few(g.clients.All()), g.why[0].Detail),
		Why: slices.Clone(g.why),
	}
	for _, other := range f.gaps[1:min(len(f.gaps), wording.Most)] {
		if pos := other.place(); pos != found.Pos {
			found.Related = append(found.Related, check.Related{Pos: pos, Message: "likewise to " + wording.Workload(other.server.ID())})
		}
	}
	return found
}

// most is how many servers a finding names before it counts the rest.
const most = 3

func (f *finding) servers() string {
	names := make([]string, 0, most)
	for _, g := range f.gaps[:min(most, len(f.gaps))] {
		names = append(names, g.portNames()+" of "+wording.Workload(g.server.ID()))
	}
	text := strings.Join(names, ", ")
	if n := len(f.gaps) - most; n > 0 {
		text += fmt.Sprintf(" and of %d more", n)
	}
	return text
}

func (g *gap) portNames() string {
	if len(g.ports) == 1 {
		return "port " + strconv.Itoa(int(g.ports[0]))
	}
	names := make([]string, len(g.ports))
	for i, n := range g.ports {
		names[i] = strconv.Itoa(int(n))
	}
	return "ports " + wording.List(names)
}

// place is that of the deciding step, or of the server where a default decided.
func (g *gap) place() source.Pos {
	if pos := wording.WhyPos(g.why); !pos.IsZero() {
		return pos
	}
	return g.server.At("metadata.name").Pos()
}
