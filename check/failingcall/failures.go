package failingcall

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
)

// failures are the causes of all servers. What one thing does to the same clients at several servers of
// a namespace is one finding: a reader mends it once.
type failures struct {
	order []*failure
	byKey map[failureKey][]*failure
}

// failure is one thing that makes calls of the same clients fail.
type failure struct {
	causes []*cause // one for each server, in their order; never empty
}

type failureKey struct {
	namespace, accepts string
	cause              causeKey
}

func newFailures() *failures { return &failures{byKey: map[failureKey][]*failure{}} }

func (fs *failures) add(c *cause) {
	k := failureKey{c.server.ID().Namespace, c.accepts(), c.key}
	for _, f := range fs.byKey[k] {
		if f.causes[0].clients.Equal(c.clients) {
			f.causes = append(f.causes, c)
			return
		}
	}
	f := &failure{causes: []*cause{c}}
	fs.order = append(fs.order, f)
	fs.byKey[k] = append(fs.byKey[k], f)
}

func (fs *failures) report(p *check.Pass) {
	for _, f := range fs.order {
		p.Report(f.finding())
	}
}

// finding names the first server and the rule, and the object where it is not the client's own: this
// stays the same when clients come and go.
func (f *failure) finding() check.Finding {
	c := f.causes[0]
	found := check.Finding{
		Subject: c.server.ID().String() + " " + c.key.String(),
		Pos:     wording.WhyPos(c.first.Why),
		Message: fmt.Sprintf("calls of %s to %s fail: they send %s, and %s: %s",
			wording.Few(c.clients.All()), f.servers(), sent(c.first.Sends), c.accepts(), c.reason()),
		Why: slices.Clone(c.first.Why),
	}
	for _, other := range f.causes[1:] {
		if pos := wording.WhyPos(other.first.Why); !pos.IsZero() {
			found.Related = append(found.Related, check.Related{Pos: pos, Message: "calls to " + wording.Workload(other.server.ID()) + " fail by this"})
		}
	}
	return found
}

// most is how many servers a finding names before it counts the rest.
const most = 3

// servers names the ports with their workloads; ports that all have in common are named once.
func (f *failure) servers() string {
	first := f.causes[0]
	common := !slices.ContainsFunc(f.causes, func(c *cause) bool { return !slices.Equal(c.ports, first.ports) })
	var names []string
	for _, c := range f.causes[:min(most, len(f.causes))] {
		name := wording.Workload(c.server.ID())
		if !common {
			name = portNames(c.ports) + " of " + name
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if common {
		text = portNames(first.ports) + " of " + text
	}
	if n := len(f.causes) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
