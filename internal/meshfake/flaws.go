package meshfake

import (
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Flaws reads them from the policies; of the workloads that they name, or of none.
func (l *layer) Flaws() []mesh.Flaw {
	var all []mesh.Flaw
	for i := range l.policies {
		q := &l.policies[i]
		for j, text := range q.Spec.Flaws {
			f := q.flaw(j, text)
			for w := range l.cluster.Workloads() {
				if w.ID().Name == q.Spec.Workload {
					f.Workloads = append(f.Workloads, w)
				}
			}
			all = append(all, f)
		}
	}
	return all
}

func (q *policy) flaw(i int, text string) mesh.Flaw {
	word, detail, _ := strings.Cut(text, " ")
	word, unsure := strings.CutSuffix(word, "?")
	f := mesh.Flaw{
		Kind: flawKind(word), Rule: prefix + word, Object: q.object.Ref,
		Loc: q.object.At("spec.flaws[" + strconv.Itoa(i) + "]"), Detail: detail,
	}
	if unsure {
		f.Unknown = []mesh.Gap{{Reason: source.ProblemUnsupported, Object: q.object.Ref, Loc: f.Loc, Detail: "the toy does not evaluate it"}}
	}
	return f
}

// flawKind reads a word; one that is none means no flaw.
func flawKind(word string) mesh.FlawKind {
	for k := mesh.FlawSelectsNothing; k <= mesh.FlawInadmissible; k++ {
		if k.String() == word {
			return k
		}
	}
	return 0
}
