package istio

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// A resource can be refused twice: by the API server, which compares it with the custom resource
// definition, and by istiod's validating webhook. Its problems then have the code ProblemRejected. A
// resource that the webhook accepts with a warning has problems with the code ProblemWarned. What
// the strict reading finds (wrong types, words that an enumeration does not have) the API server
// refuses as well; such a resource keeps its other codes, since what was meant is not known.

// annotationDryRun makes an AuthorizationPolicy one that is only logged.
const annotationDryRun = "istio.io/dry-run"

// review is what the webhook says of one resource.
type review struct {
	c        *compiler
	r        resource
	refused  bool
	unread   bool // a value was not read, for which the API server refuses the resource before the webhook sees it
	warnings []breach
	reasons  int // reported
}

// maxReasons bounds the reasons and the warnings that are reported of one resource. Each costs a
// search for its line, and nobody reads more.
const maxReasons = 100

// review starts with what the definition says, and with the annotations, whose rules are those of
// all kinds: pkg/config/validation/validation.go validateMetadata.
func (c *compiler) review(r resource) *review {
	v := &review{c: c, r: r, refused: len(r.refused) > 0, unread: slices.ContainsFunc(r.gaps, unreadable)}
	for _, name := range []string{"internal.istio.io/webhook-always-reject", "internal.istio.io/parent-namespace", "internal.istio.io/parents"} {
		if _, ok := r.meta.Annotations[name]; ok && (name == "internal.istio.io/webhook-always-reject" || c.since(27)) {
			v.refuse(source.Key("metadata.annotations", name), "the annotation is reserved for Istio itself")
		}
	}
	return v
}

// unreadable reports whether a value was not what its field takes.
func unreadable(g mesh.Gap) bool {
	return g.Reason != source.ProblemUnknownField && g.Reason != source.ProblemDuplicate && g.Reason != source.ProblemRejected
}

// since reports whether the rules that came with a minor release of Istio 1 count. They do when no
// version is known.
func (c *compiler) since(minor int) bool { return c.release == 0 || c.release >= minor }

// judgeBy settles by which rules resources are judged.
func (c *compiler) judgeBy(revisions []*revision) {
	c.release = releaseOf(revisions)
	c.allocates = c.since(25)
	for _, r := range revisions {
		if on, err := strconv.ParseBool(r.env["PILOT_ENABLE_IP_AUTOALLOCATE"].value); err == nil {
			c.allocates = on
		}
	}
}

// releaseOf is the newest release among the revisions, whose definitions the API server has; 0 when
// no version is known.
func releaseOf(revisions []*revision) int {
	newest := 0
	for _, r := range revisions {
		if minor, ok := istioMinor(r.version); ok {
			newest = max(newest, minor)
		}
	}
	return newest
}

// judgeSchema reports what the API server refuses in a spec by the kind's definition, and clears what
// the release does not know.
func (c *compiler) judgeSchema(r *resource, spec proto.Message, text []byte, found []strict.Violation) {
	for _, v := range found {
		if v.Code == source.ProblemRejected {
			r.refused = append(r.refused, source.Join("spec", v.Path))
		}
	}
	if c.definitions == nil {
		c.definitions = newDefinitions(cmp.Or(c.release, newestMinor))
	}
	m := spec.ProtoReflect()
	breaches := c.definitions.breaches(m.Descriptor(), text)
	for _, b := range breaches[:min(len(breaches), maxReasons)] {
		if slices.Contains(r.refused, b.field) {
			continue // two reasons for one place say no more than one
		}
		r.refused = append(r.refused, b.field)
		c.report(source.ProblemRejected, r.obj, b.field, b.message)
	}
	c.uncounted(*r, source.ProblemRejected, len(breaches))
	if c.definitions.release < newestMinor {
		c.prune(r, m, "spec")
	}
}

// prune clears the fields of a message that the release does not know yet, and reports them: the
// API server drops them without a word, or the control plane does not look at them.
func (c *compiler) prune(r *resource, m protoreflect.Message, at string) {
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		if !m.Has(fd) {
			continue
		}
		field := source.Key(at, fd.JSONName())
		if since := c.definitions.fields[string(m.Descriptor().FullName())+"."+fd.JSONName()]; since > c.definitions.release {
			c.report(source.ProblemUnknownField, r.obj, field, fmt.Sprintf("the field exists since Istio 1.%d; Istio 1.%d passes over it", since, c.definitions.release))
			m.Clear(fd)
			continue
		}
		c.pruneField(r, fd, m.Get(fd), field)
	}
}

// pruneField goes into the messages of a field.
func (c *compiler) pruneField(r *resource, fd protoreflect.FieldDescriptor, value protoreflect.Value, at string) {
	switch {
	case fd.IsMap():
		if fd.MapValue().Message() == nil {
			return
		}
		keys := map[string]protoreflect.Message{}
		value.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			keys[k.String()] = v.Message()
			return true
		})
		for _, k := range sortedKeys(keys) {
			c.prune(r, keys[k], source.Key(at, k))
		}
	case fd.Message() == nil:
	case fd.IsList():
		for i := range value.List().Len() {
			c.prune(r, value.List().Get(i).Message(), source.Index(at, i))
		}
	default:
		c.prune(r, value.Message(), at)
	}
}

// refuse reports a reason for which the resource is refused, unless the API server has one for the
// same place.
func (v *review) refuse(field, message string) {
	if v.unread {
		return
	}
	v.refused = true
	if slices.Contains(v.r.refused, field) {
		return
	}
	if v.reasons++; v.reasons <= maxReasons {
		v.c.report(source.ProblemRejected, v.r.obj, field, message)
	}
}

// refuseIf refuses the field when there is a message.
func (v *review) refuseIf(field, message string) {
	if message != "" {
		v.refuse(field, message)
	}
}

// warn notes a warning. Nobody sees it when the resource is refused.
func (v *review) warn(field, message string) {
	v.warnings = append(v.warnings, breach{field, message})
}

// accepted ends the review: it reports the warnings, and whether the resource exists.
func (v *review) accepted() bool {
	v.c.uncounted(v.r, source.ProblemRejected, v.reasons)
	if v.refused || v.unread {
		return !v.refused
	}
	v.c.uncounted(v.r, source.ProblemWarned, len(v.warnings))
	for _, w := range v.warnings[:min(len(v.warnings), maxReasons)] {
		v.c.report(source.ProblemWarned, v.r.obj, w.field, w.message)
	}
	return true
}

// uncounted says how many of n reasons are not listed.
func (c *compiler) uncounted(r resource, code source.ProblemCode, n int) {
	if n > maxReasons {
		c.report(code, r.obj, "", fmt.Sprintf("%d more reasons are not listed", n-maxReasons))
	}
}

// noDryRun refuses the annotation on kinds other than AuthorizationPolicy.
func (v *review) noDryRun() {
	if _, ok := v.r.meta.Annotations[annotationDryRun]; ok {
		v.refuse(source.Key("metadata.annotations", annotationDryRun), "only an AuthorizationPolicy can be a dry run")
	}
}

// selector judges how a policy selects workloads: validateWorkloadSelector. Wildcards and empty keys
// are the definition's to refuse.
func (v *review) selector(field string, s *typev1beta1.WorkloadSelector) {
	if s != nil && len(s.GetMatchLabels()) == 0 {
		v.warn(field, "the selector has no labels, and selects every workload")
	}
}

// targets judges what a policy attaches to: validatePolicyTargetReference. That only one of selector,
// targetRef and targetRefs is set is in the definition.
func (v *review) targets(one *typev1beta1.PolicyTargetReference, many []*typev1beta1.PolicyTargetReference) {
	if one != nil {
		v.target("spec.targetRef", one)
	}
	for i, ref := range many {
		v.target(source.Index("spec.targetRefs", i), ref)
	}
}

func (v *review) target(at string, ref *typev1beta1.PolicyTargetReference) {
	switch (source.Kind{Group: ref.GetGroup(), Kind: ref.GetKind()}) {
	case source.Kind{Kind: "Service"}, source.Kind{Group: "core", Kind: "Service"}, kindGateway,
		source.Kind{Group: "networking.istio.io", Kind: "ServiceEntry"}:
	case kindGatewayClass:
		if !v.c.since(25) {
			v.refuse(at, "Istio before 1.25 takes no GatewayClass as the target of a policy")
		}
	default:
		v.refuse(at, "a policy's target must be a Service, a ServiceEntry, a Gateway or a GatewayClass, with its group")
	}
}

// acceptsPeerAuthentication reports whether a PeerAuthentication passes ValidatePeerAuthentication. All
// that can refuse it is in the definition.
func (c *compiler) acceptsPeerAuthentication(r resource, spec *securityv1beta1.PeerAuthentication) bool {
	v := c.review(r)
	v.noDryRun()
	v.selector("spec.selector", spec.GetSelector())
	return v.accepted()
}
