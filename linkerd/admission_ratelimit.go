package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	"github.com/meshposture/meshposture/source"
)

// rateLimit: impl Validate<RateLimitPolicySpec>.
func (v review) rateLimit(s *policyapi.HTTPLocalRateLimitPolicySpec) {
	if !sameKind(s.TargetRef.Group, s.TargetRef.Kind, kindServer) {
		v.refuse("spec.targetRef", "invalid targetRef kind: "+kindOf(s.TargetRef.Group, s.TargetRef.Kind))
	}
	v.positive("spec.total", "total", s.Total)
	v.positive("spec.identity", "identity", s.Identity)
	if s.Identity != nil {
		v.within("spec.identity", "identity", s.Identity.RequestsPerSecond, s.Total)
	}
	for i, o := range s.Overrides {
		at := source.Index("spec.overrides", i)
		v.positive(at, "override", &policyapi.RateLimit{RequestsPerSecond: o.RequestsPerSecond})
		v.within(at, "override", o.RequestsPerSecond, s.Total)
		for k, ref := range o.ClientRefs {
			if !sameKind(ref.Group, ref.Kind, kube.KindServiceAccount) {
				v.refuse(source.Index(at+".clientRefs", k), "overrides.clientRefs must target a ServiceAccount")
			}
		}
	}
}

// positive refuses a limit of nothing; nil is none.
func (v review) positive(at, name string, l *policyapi.RateLimit) {
	if l != nil && l.RequestsPerSecond == 0 {
		v.refuse(at+".requestsPerSecond", name+".requestsPerSecond must be greater than 0")
	}
}

// within refuses a limit above that of all requests together.
func (v review) within(at, name string, n int64, total *policyapi.RateLimit) {
	if total != nil && n > total.RequestsPerSecond {
		v.refuse(at+".requestsPerSecond", name+".requestsPerSecond must be less than or equal to total.requestsPerSecond")
	}
}
