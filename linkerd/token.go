package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// tokenPath is where a pod's token is mounted.
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// account is a ServiceAccount that says whether tokens are mounted.
type account struct {
	object source.Object
	mounts *bool // nil means yes
	gaps   []mesh.Gap
}

// accounts reads the ServiceAccounts where the injector depends on their tokens; nil where it does not.
func (c *compiler) accounts(s *settings) map[source.Ref]account {
	if *s.values.Identity.ServiceAccountTokenProjection {
		return nil
	}
	all := map[source.Ref]account{}
	for o := range c.in.Objects.Objects(kube.KindServiceAccount) {
		v, problems := kube.Decode[kube.ServiceAccount](o)
		c.problems = append(c.problems, problems...)
		all[o.Ref] = account{o, v.AutomountServiceAccountToken, gap.Of(o, problems)}
	}
	return all
}

// token reports whether the injector finds the pod's token, without which it does not inject where the
// control plane does without projected tokens: automountServiceAccountToken must not be false, and the first
// container must have the mount (pkg/inject/report.go newReport). The API server adds the mount before it
// asks the injector, unless the pod or its ServiceAccount says no.
func (l *Layer) token(p *mesh.Pod) (truth.Value, mesh.Step, []mesh.Gap) {
	if *l.settings.values.Identity.ServiceAccountTokenProjection {
		return truth.True, mesh.Step{}, nil
	}
	step := mesh.Step{
		Rule: ruleNoToken, Object: p.Object(), Loc: p.At("spec.automountServiceAccountToken"),
		Detail: "the pod has no token, and the control plane runs without projected tokens",
	}
	mount := p.Spec.AutomountServiceAccountToken
	mounted := len(p.Spec.Containers) > 0 && slices.ContainsFunc(p.Spec.Containers[0].VolumeMounts, func(m kube.VolumeMount) bool {
		return m.MountPath == tokenPath
	})
	switch {
	case mount != nil && !*mount:
		return truth.False, step, nil
	case mounted:
		return truth.True, mesh.Step{}, nil
	case len(p.Spec.Containers) == 0:
		return truth.False, step, nil
	case mount != nil:
		return truth.True, mesh.Step{}, nil
	}
	ref := source.Ref{Kind: kube.KindServiceAccount, Namespace: p.Namespace.Name, Name: p.Spec.Account()}
	a, ok := l.accounts[ref]
	switch {
	case !ok:
		return truth.Unknown, step, []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: ref,
			Detail: "the ServiceAccount is not in the input, so whether its pods have a token is not known",
		}}
	case len(a.gaps) > 0:
		return truth.Unknown, step, a.gaps
	case a.mounts != nil && !*a.mounts:
		step.Object, step.Loc = ref, a.object.At("automountServiceAccountToken")
		return truth.False, step, nil
	default:
		return truth.True, mesh.Step{}, nil
	}
}
