package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// advertisesMTLS is the way of Enrolment.Advertises: clients of the mesh are told an identity, and begin
// mutual TLS. That some ports are reached through the proxy's own, and how, differs from port to port and is
// not among the ways.
const advertisesMTLS = "linkerd-mtls"

// meshed reports whether a pod in this mode has a proxy of Linkerd before its ports.
func meshed(m mesh.Mode) bool {
	return m == mesh.ModeSidecar || m == mesh.ModeNativeSidecar || m == mesh.ModeGateway
}

// Ran reports whether the proxy's container and the injector's label show that the pod was made.
func (l *Layer) Ran(p *mesh.Pod) bool {
	_, proxied := proxyOf(p)
	return proxied && p.Labels[labelControlPlane] != ""
}

// Observe says what the running pod is. A proxy beside it and the label of its control plane belong
// together, and each of them is read by others: where one is missing a step says what follows.
func (l *Layer) Observe(p *mesh.Pod) mesh.Enrolment {
	if p.Machine {
		return l.machineEnrolment(p)
	}
	if px, ok := proxyOf(p); ok {
		return l.withProxy(p, px, mesh.CauseRunning, ruleProxy)
	}
	e := mesh.Enrolment{Mode: mesh.ModeNone, Cause: mesh.CauseRunning, Why: []mesh.Step{{
		Rule: ruleNoProxy, Object: p.Object(), Loc: p.At("metadata.name"), Detail: "the running pod has no container " + containerProxy,
	}}}
	l.noteLabel(&e, p)
	return e
}

// noteLabel says what follows from the label of a control plane on a pod without a proxy. A pod that was
// injected has it from the injector, and made again it would not.
func (l *Layer) noteLabel(e *mesh.Enrolment, p *mesh.Pod) {
	if p.Labels[labelControlPlane] == "" || byInjector(p) && p.IsTemplate() {
		return
	}
	e.Advertises = l.advertised(p)
	e.Why = append([]mesh.Step{{
		Rule: ruleLabelOnly, Object: p.Object(), Loc: p.LabelLoc(labelControlPlane),
		Detail: "label " + labelControlPlane + " lets clients believe that the pod is in the mesh, but no proxy runs beside it",
	}}, e.Why...)
}

// withProxy describes a pod with a linkerd-proxy container.
func (l *Layer) withProxy(p *mesh.Pod, px proxy, cause mesh.Cause, rule string) mesh.Enrolment {
	where := "container"
	if px.native {
		where = "restartable init container"
	}
	e := mesh.Enrolment{
		Mode: px.mode(), Cause: cause, Version: px.version(p), Advertises: l.advertised(p),
		Why: []mesh.Step{{Rule: rule, Object: p.Object(), Loc: p.At(px.path), Detail: "the pod has " + where + " " + containerProxy}},
	}
	if _, component := p.Labels[labelComponent]; component {
		e.Cause = mesh.CauseMeshComponent
	}
	l.notePlane(&e, p)
	l.noteRole(&e, p)
	l.noteIdentity(&e, p, px)
	return e
}

// advertised is what the destination controller tells clients about a pod, which it makes out by the label
// alone (controller/api/destination/endpoint_translator.go createWeightedAddr).
func (l *Layer) advertised(p *mesh.Pod) []string {
	if p.Labels[labelControlPlane] != l.settings.namespace || l.settings.trustDomain() == "" {
		return nil
	}
	return []string{advertisesMTLS}
}

// notePlane says which control plane the label names. Without it the policy controller does not know the
// pod (policy-controller/runtime/src/args.rs watches pods with the label only).
func (l *Layer) notePlane(e *mesh.Enrolment, p *mesh.Pod) {
	switch ns := p.Labels[labelControlPlane]; ns {
	case l.settings.namespace:
	case "":
		_, step := l.enforcedByDefault(p)
		e.Why = append(e.Why, mesh.Step{
			Rule: ruleProxyWithoutLabel, Object: p.Object(), Loc: p.At("metadata.labels"),
			Detail: "the pod has no label " + labelControlPlane + ": clients send it plaintext, and policies do not reach its proxy",
		}, step)
	default:
		step := mesh.Step{
			Rule: ruleOtherControlPlane, Object: p.Object(), Loc: p.LabelLoc(labelControlPlane),
			Detail: "the pod belongs to the control plane in namespace " + ns + ", not to the one in " + l.settings.namespace,
		}
		e.Why = append(e.Why, step)
		if !l.settings.found() {
			e.Unknown = append(e.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: p.Object(), Loc: step.Loc,
				Detail: "the ConfigMap linkerd-config is not in the input, so that the control plane's namespace is not known",
			})
		}
	}
}

// noteRole tells a gateway of other clusters and a proxy in ingress mode from others.
func (l *Layer) noteRole(e *mesh.Enrolment, p *mesh.Pod) {
	c := l.config(p)
	if c.gateway {
		e.Mode = mesh.ModeGateway
		s := c.loc(annotationGateway)
		s.Rule, s.Detail = ruleGateway, "the proxy hands on what clients of other clusters send to its own port"
		e.Why = append(e.Why, s)
	}
	if c.ingress {
		s := c.loc(annotationInject)
		s.Rule, s.Detail = ruleIngressMode, "the proxy runs in ingress mode: it routes requests by their header l5d-dst-override, and others by their address"
		e.Why = append(e.Why, s)
	}
}

// noteIdentity fills in the name that the proxy itself asks for, which counts before what the configuration
// would make now.
func (l *Layer) noteIdentity(e *mesh.Enrolment, p *mesh.Pod, px proxy) {
	made := l.settings.identity(p.Spec.Account(), p.Namespace.Name)
	step := mesh.Step{Rule: ruleIdentity, Object: p.Object(), Loc: p.At(px.path + ".env")}
	name, known := px.identity(p)
	_, said := px.env(envLocalName)
	switch {
	case known:
		e.Identity = name
		if name != made {
			step.Detail = "the proxy proves " + name + ", and not " + made + ", which the control plane's configuration makes now"
			e.Why = append(e.Why, step)
		}
	case said:
		e.Unknown = append(e.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: p.Object(), Loc: step.Loc,
			Detail: "the value of " + envLocalName + " takes from what is not in the input",
		})
	case len(l.settings.gaps) > 0:
		e.Unknown = append(e.Unknown, l.settings.gaps...)
	case p.Labels[labelControlPlane] != "" && p.Labels[labelControlPlane] != l.settings.namespace:
		e.Unknown = append(e.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.LabelLoc(labelControlPlane),
			Detail: "the trust domain of the other control plane is not known",
		})
	default:
		e.Identity = made
	}
}

// enforcedByDefault is the policy of a proxy that the policy controller does not know, because the pod's
// label is missing: the controller answers "not found", the proxy asks again for ever, and what its
// environment names stays in force for every port (linkerd2-proxy linkerd/app/inbound/src/policy/store.rs
// Store::get_policy and api.rs GrpcRecover; linkerd/app/src/env.rs). It returns the policy's word.
func (l *Layer) enforcedByDefault(p *mesh.Pod) (string, mesh.Step) {
	px, ok := proxyOf(p)
	word := policyAllOpen
	step := mesh.Step{Rule: ruleProxyWithoutLabel, Object: p.Object(), Loc: p.At("metadata.labels")}
	if ok {
		step.Loc = p.At(px.path + ".env")
		if text, said := px.env(envDefault); said && l.settings.isPolicy(text) {
			word = text
		}
	}
	step.Detail = "the proxy enforces its own default, " + word + ", on every port"
	return word, step
}

// enforcesDefaultOnly reports whether policies do not reach the pod's proxy, which then enforces
// enforcedByDefault.
func (l *Layer) enforcesDefaultOnly(p *mesh.Pod) bool {
	_, proxied := proxyOf(p)
	return proxied && !p.Machine && p.Labels[labelControlPlane] == "" && !l.asksInjector(p)
}
