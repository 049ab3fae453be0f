package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// ways lists how traffic enters the cluster: what ends TLS, what goes on behind it, and what leads
// around it. Places that nothing leads to for sure are counted only, unless the report is verbose.
func (t *text) ways() {
	all := t.in.ways()
	if len(all) == 0 {
		return
	}
	shown := all
	if !t.opts.Verbose {
		shown = slices.DeleteFunc(slices.Clone(all), func(w way) bool { return !w.open() })
	}
	t.heading("Ways in: " + count(len(shown), "place"))
	n := t.fold(len(shown))
	for _, w := range shown[:n] {
		t.way(w)
	}
	t.folded(2, len(shown)-n, "place")
	if len(shown) == len(all) {
		return
	}
	unsure, left := 0, len(all)-len(shown)
	for _, w := range all {
		if w.unsure() {
			unsure++
		}
	}
	if unsure > 0 {
		t.line(2, fmt.Sprintf("… and %s of which it is not known whether anything leads there from outside (%s)", more(unsure, "place"), t.opts.Unfold))
	}
	if left -= unsure; left > 0 {
		t.line(2, fmt.Sprintf("… and %s to which nothing leads from outside, or of gateways' own pods (%s)", more(left, "place"), t.opts.Unfold))
	}
}

func (t *text) way(w way) {
	name := w.Object.String()
	if w.Port != 0 {
		name = "port " + strconv.Itoa(int(w.Port)) + " of " + name
	}
	if len(w.Hosts) > 0 {
		name += " for " + firstFew(w.Hosts)
	}
	behind := w.behind()
	text := name + ": " + sentence(", ", edgeText(w.Entry), certificateText(w.Entry), servedText(w.Entry), w.exposedText())
	if w.straight() {
		text, behind = sentence(", ", text, behind), ""
	}
	t.line(2, sentence(" ", text, at(w.Loc.Pos())))
	t.line(4, behind)
	if around := w.around(); around != "" {
		t.line(4, "around it: "+around)
	}
	if t.opts.Verbose {
		gaps := w.unknown()
		t.list("gap", len(gaps), func(i int) string { return "not known: " + gapText(gaps[i]) })
	}
}

// firstFew names the first three and counts the rest.
func firstFew(names []string) string {
	const first = 3
	if len(names) <= first {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:first], ", "), len(names)-first)
}

func edgeText(e mesh.Entry) string {
	switch e.TLS {
	case mesh.EdgePlaintext:
		if e.RedirectsToTLS == truth.True {
			return "plaintext, redirected to TLS"
		}
		return "plaintext"
	case mesh.EdgeOpaque:
		return "bytes as they come"
	case mesh.EdgePassthrough:
		return "TLS that is passed through"
	case mesh.EdgeTerminated:
		return "TLS ends here"
	case mesh.EdgeMeshMutual:
		return "mutual TLS of the mesh ends here"
	case mesh.EdgeMeshThrough:
		return "mutual TLS of the mesh is passed through"
	default:
		return "what becomes of TLS is not known"
	}
}

func certificateText(e mesh.Entry) string {
	if e.TLS != mesh.EdgeTerminated {
		return ""
	}
	switch e.ClientCertificate {
	case truth.True:
		return "client certificates are demanded"
	case truth.False:
		return "no client certificate is demanded"
	default:
		return "whether client certificates are demanded is not known"
	}
}

func servedText(e mesh.Entry) string {
	switch e.Served {
	case truth.True:
		return ""
	case truth.False:
		return "NOTHING ANSWERS"
	default:
		return "whether anything answers is not known"
	}
}

// exposedText says how the entry is reached from outside.
func (w *way) exposedText() string {
	switch {
	case len(w.Exposed) == 0 && len(w.Unknown) > 0:
		return "whether anything leads to it from outside is not known"
	case len(w.Exposed) == 0:
		return "nothing leads to it from outside"
	default:
		return exposedText(w.Exposed, w.Object)
	}
}

// exposedText names the objects that lead somewhere from outside, each with its ways; the one that
// the sentence is about is not named again.
func exposedText(all []mesh.Exposure, subject source.Ref) string {
	var objects []string
	ways := map[string][]string{}
	for _, x := range all {
		name := " of " + x.Object.String()
		if x.Object == subject {
			name = ""
		}
		if ways[name] == nil {
			objects = append(objects, name)
		}
		if kind := x.Kind.String(); !slices.Contains(ways[name], kind) {
			ways[name] = append(ways[name], kind)
		}
	}
	for i, name := range objects {
		objects[i] = strings.Join(ways[name], " and ") + name
	}
	return "by " + firstFew(objects)
}

// outcomes are what may become of a second hop, in the order in which they are written.
var outcomes = []string{"plaintext to", "TLS to", "mTLS to", "calls fail to", "not known to"}

func outcome(t mesh.Transport) string {
	switch {
	case t.Connects == truth.False:
		return "calls fail to"
	case t.MTLS() == truth.True:
		return "mTLS to"
	case t.Connects == truth.True && t.Encrypted == truth.False:
		return "plaintext to"
	case t.Connects == truth.True && t.Encrypted == truth.True:
		return "TLS to"
	default:
		return "not known to"
	}
}

// behind says where an entry leads, and how.
func (w *way) behind() string {
	if len(w.hops) == 0 {
		return w.straightBehind()
	}
	by := map[string][]*mesh.Workload{}
	for _, h := range w.hops {
		if o := outcome(h.Transport); !slices.Contains(by[o], h.Server) {
			by[o] = append(by[o], h.Server)
		}
	}
	var parts []string
	for _, o := range outcomes {
		if len(by[o]) > 0 {
			parts = append(parts, o+" "+firstFew(workloadNames(by[o])))
		}
	}
	return strings.Join(parts, "; ")
}

// straightBehind names the workloads behind an entry, with what their ports accept where no proxy
// stands before them.
func (w *way) straightBehind() string {
	var names []string
	for _, b := range w.Backends {
		for _, server := range b.Workloads {
			name := named(server.ID())
			if ports := b.Targets(server); w.straight() && len(ports) > 0 {
				name += " (mTLS " + server.Inbound(ports[0]).Enforced.String() + ")"
			}
			names = appendOnce(names, name)
		}
	}
	if len(names) == 0 {
		return "no workload of the input is behind it"
	}
	return "to " + firstFew(names)
}

func workloadNames(ws []*mesh.Workload) []string {
	names := make([]string, len(ws))
	for i, w := range ws {
		names[i] = named(w.ID())
	}
	return names
}

// around says who reaches what is behind an entry without it: clients that have no identity of the mesh.
func (w *way) around() string {
	var outside, inside, perhaps []string
	for _, d := range w.detours {
		name := named(d.Server.ID()) + " port " + strconv.Itoa(int(d.Port))
		switch {
		case d.Open == truth.Unknown:
			perhaps = append(perhaps, name)
		case len(d.Exposed) > 0:
			outside = append(outside, name+" "+exposedText(d.Exposed, source.Ref{}))
		default:
			inside = append(inside, name)
		}
	}
	part := func(who string, names []string) string {
		if len(names) == 0 {
			return ""
		}
		return who + " " + firstFew(names)
	}
	return sentence("; ", part("from outside the cluster", outside), part("from inside it without an identity", inside), part("perhaps", perhaps))
}
