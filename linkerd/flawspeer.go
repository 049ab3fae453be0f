package linkerd

import (
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// bearers are those who have identities of the mesh.
type bearers struct {
	surely   map[string]bool // identities of workloads in the mesh, and of what would be if it were made now
	uris     int             // how many of them are SPIFFE ids
	accounts map[source.Ref]*bearer
}

// bearer is who runs under a ServiceAccount.
type bearer struct {
	name   string     // of one of the workloads
	unsure []mesh.Gap // why one may be in the mesh
}

func (f *flawFinder) newBearers() *bearers {
	b := &bearers{surely: map[string]bool{}, accounts: map[source.Ref]*bearer{}}
	for _, s := range f.sites {
		b.add(f, s.workload, s.party)
		if t := s.workload.Template(); t != s.party.Pod && !t.Machine {
			e := f.Admit(t)
			e.Mesh = Name
			b.add(f, s.workload, mesh.Party{Pod: t, Enrolment: e})
		}
	}
	return b
}

func (b *bearers) add(f *flawFinder, w *mesh.Workload, v mesh.Party) {
	id := v.Enrolment.Identity
	if f.guards(v) && id != "" {
		b.surely[id] = true
		if isURI(id) {
			b.uris++
		}
	}
	if v.Pod.Machine {
		return
	}
	ref := source.Ref{Kind: kube.KindServiceAccount, Namespace: w.ID().Namespace, Name: v.Pod.Spec.Account()}
	if b.accounts[ref] == nil {
		b.accounts[ref] = &bearer{name: w.ID().Kind + " " + w.ID().Namespace + "/" + w.ID().Name}
	}
	if v.Enrolment.Mode == mesh.ModeUnknown || f.guards(v) && id == "" {
		b.accounts[ref].unsure = slices.Concat(b.accounts[ref].unsure, v.Enrolment.Unknown, []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: v.Pod.Object(), Loc: v.Pod.At("metadata"), Detail: "which identity the pod has is not known",
		}})
	}
}

// deadPeers reports the identities that an object names and that nobody has.
func (f *flawFinder) deadPeers(r *resource, named []namedPeer) {
	if r.fromChart() {
		return
	}
	for _, n := range named {
		detail, gaps := f.nobody(n.identity)
		if detail == "" {
			continue
		}
		flaw := r.flaw(mesh.FlawNamesNobody, ruleNamesNobody, n.field, detail)
		flaw.Unknown = gap.Once(gaps)
		f.report(flaw, nil)
	}
}

// nobody says why no workload has an identity, or one that a pattern takes; empty where one has. The gaps are
// what leaves it open.
func (f *flawFinder) nobody(text string) (string, []mesh.Gap) {
	switch {
	case f.bearers.surely[text] || isURI(text): // clients outside of the cluster may have any SPIFFE id
		return "", nil
	case text == "*":
		return f.noName()
	case strings.HasPrefix(text, "*."):
		return f.noneBelow(text[1:])
	default:
		return f.noneOf(text)
	}
}

// noName says why "*" takes nobody: it takes no SPIFFE ids.
func (f *flawFinder) noName() (string, []mesh.Gap) {
	if f.bearers.uris == 0 || len(f.bearers.surely) > f.bearers.uris {
		return "", nil
	}
	return "all identities of the mesh in the input are SPIFFE ids, which no pattern takes", f.elsewhere()
}

// noneBelow is nobody for a pattern.
func (f *flawFinder) noneBelow(suffix string) (string, []mesh.Gap) {
	ids := identities{suffixes: []string{suffix}}
	for id := range f.bearers.surely {
		if ids.has(id) {
			return "", nil
		}
	}
	ns, ours := strings.CutSuffix(suffix, f.settings.identity("", "")[2:])
	ns = strings.Trim(ns, ".")
	switch {
	case !ours:
		return f.foreign("*"+suffix, suffix)
	case ns == "" || strings.Contains(ns, "."):
		return "no workload of the mesh has an identity that *" + suffix + " takes", append(f.input.AbsentAnywhere(), f.elsewhere()...)
	}
	gaps := append(f.input.Absent(ns), f.elsewhere()...)
	for _, ref := range slices.SortedFunc(maps.Keys(f.bearers.accounts), source.Ref.Compare) {
		if ref.Namespace == ns {
			gaps = append(gaps, f.bearers.accounts[ref].unsure...)
		}
	}
	if f.cluster.Namespace(ns) == nil && len(gaps) == 0 {
		return "there is no namespace " + ns, nil
	}
	return "no workload of namespace " + ns + " is in the mesh", gaps
}

// noneOf is nobody for a whole identity.
func (f *flawFinder) noneOf(text string) (string, []mesh.Gap) {
	who, ours := strings.CutSuffix(text, f.settings.identity("", "")[1:])
	i := strings.LastIndexByte(who, '.')
	if !ours || i < 0 {
		return f.foreign(text, text)
	}
	ref := source.Ref{Kind: kube.KindServiceAccount, Namespace: who[i+1:], Name: who[:i]}
	b := f.bearers.accounts[ref]
	if b == nil {
		return "no workload of namespace " + ref.Namespace + " runs under ServiceAccount " + ref.Name, append(f.input.Absent(ref.Namespace), f.elsewhere()...)
	}
	return b.name + " runs under ServiceAccount " + ref.Namespace + "/" + ref.Name + " and is not in the mesh, so that it proves no identity", append(f.elsewhere(), b.unsure...)
}

// foreign tells of a name that this control plane gives to nobody.
func (f *flawFinder) foreign(text, name string) (string, []mesh.Gap) {
	gaps := f.elsewhere()
	if !f.settings.found() {
		gaps = append(gaps, mesh.Gap{Reason: source.ProblemIncomplete, Detail: "the ConfigMap linkerd-config is not in the input, so that the trust domain is not known"})
	}
	gaps = append(gaps, f.settings.gaps...)
	want := f.settings.identity("", "")[2:]
	if strings.Contains(name, ".serviceaccount.identity.") {
		return text + " is of another control plane or trust domain: identities end in " + want, gaps
	}
	return text + " is the name of no ServiceAccount: identities end in " + want, gaps
}

// elsewhere says who may have an identity of the trust domain beside the workloads of the input.
func (f *flawFinder) elsewhere() []mesh.Gap {
	for _, k := range f.clients.links {
		return []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: k.obj.Ref, Loc: k.at("spec"),
			Detail: "workloads of linked clusters may have the identity, and they are not in the input",
		}}
	}
	return nil
}
