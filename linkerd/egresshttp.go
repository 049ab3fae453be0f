package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

func (q *egressQuestion) http(routes []*egressRoute) mesh.Point { return q.notJudged(routes[0]) }
func (q *egressQuestion) grpc(routes []*egressRoute) mesh.Point { return q.notJudged(routes[0]) }

func (q *egressQuestion) notJudged(r *egressRoute) mesh.Point {
	return mesh.Point{Unknown: []mesh.Gap{{Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.at("spec.rules"), Detail: "the route's rules are not judged"}}, Why: []mesh.Step{q.selected()}}
}
