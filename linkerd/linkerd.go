// Package linkerd is the adapter for Linkerd.
//
// It answers what the injector, the policy controller, the destination controller and the proxies would
// do with a cluster's objects. Where Linkerd's documentation and its source differ, the source counts:
// linkerd/linkerd2 at b24cd4059, linkerd/linkerd2-proxy at 29637b64f and linkerd/linkerd2-proxy-init at
// 183e791d9 where a rule cites a file; rules that changed name the release in which they did.
//
// Linkerd has no switch for strict mutual TLS: what a port refuses, it refuses by policies, which only
// grant. The mode of a port is therefore worked out from all grants that reach it.
//
// Covered are Linkerd 2.14 to 2.20 and the edge releases between: who gets a proxy and how it is configured
// (admit.go, observe.go, podconfig.go), what proxies send and take (send.go, discovery.go, receive.go), who
// gets through by which policy (grant.go, route.go, policygate.go, callers.go), ServiceProfiles and routes on
// the client's side (outboundpoint.go), egress (egress.go), other clusters (multicluster.go, export.go), the
// control plane with its certificates (control.go, cert.go), and objects that do not do what they say
// (flaws.go, admission.go). How an object is read, and held against the definition of its release, is in
// decode.go and schema.go.
package linkerd

import (
	"context"
	"slices"
	"sync"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Name is the adapter's name, and the prefix of its rules.
const Name = "linkerd"

// Options say what the cluster's objects do not. The zero Options take everything from the objects, and
// Linkerd's own defaults for what is not there.
type Options struct {
	// Version is the release of the control plane, such as "2.18", "stable-2.14.10" or "edge-25.4.4". It
	// counts instead of what the objects say. Empty means what they say; where they do not, the newest
	// rules that are known are taken.
	Version string

	// ReadSecrets lets the adapter look at the Secrets linkerd-identity-issuer and those of the control
	// plane's webhooks, for their public certificates; private keys are passed over. Without it no Secret
	// is asked for, and certificates are those that ConfigMaps hold.
	ReadSecrets bool
}

// Adapter reads Linkerd's resources. It is immutable and safe for concurrent use.
type Adapter struct{ opts Options }

var (
	_ mesh.Adapter       = Adapter{}
	_ mesh.MachineLister = Adapter{}
	_ mesh.Detector      = Adapter{}
)

// New returns an adapter with these options.
func New(opts Options) Adapter { return Adapter{opts} }

// Name returns "linkerd".
func (Adapter) Name() string { return Name }

// Reads lists the kinds that Compile asks for.
func (a Adapter) Reads() []source.Kind {
	kinds := slices.Concat([]source.Kind{kube.KindConfigMap, kindExternalWorkload}, kindsEnrolment, kindsPolicy, kindsClient, kindsEgress, kindsControl)
	if a.opts.ReadSecrets {
		kinds = append(kinds, kindSecret)
	}
	return kinds
}

// Compile reads the cluster's Linkerd resources. The only error is that of a cancelled context.
func (a Adapter) Compile(ctx context.Context, in mesh.Input) (mesh.Layer, error) {
	c := &compiler{opts: a.opts, in: in}
	installed := c.installations()
	l := &Layer{cluster: in.Cluster, settings: installed[0].settings}
	c.release = l.settings.release
	c.enrolment(l)
	l.policy = c.policy(l)
	l.clients = c.clientSide(l)
	l.egress = c.egress(l)
	l.control = c.controlPlane(l, installed)
	l.refusals = c.refusals()
	l.problems, l.unread = c.problems, c.unread
	l.flaws = sync.OnceValue(l.findFlaws)
	return l, ctx.Err()
}

// Layer is what the adapter knows of one cluster: the posture that package mesh asks for, and a few
// facts that only Linkerd has. It is immutable and safe for concurrent use.
type Layer struct {
	cluster     *mesh.Cluster
	settings    *settings
	policy      *policy
	clients     *clientSide
	egress      *egress
	control     *controlPlane
	machines    map[mesh.WorkloadID]*machine
	cni         redirection // of pods that say nothing
	webhook     *injectorHook
	accounts    map[source.Ref]account
	anchors     []string   // digests of the trust anchors; nil when they are not in the input
	inherits    []string   // keys of annotations that pods take over from their namespaces
	oldKubelets []mesh.Gap // nodes on which native sidecars may not start; nil for none
	configs     memo.Map[*mesh.Pod, *podConfig]
	refusals    []mesh.Flaw // what the policy webhook would refuse
	unread      []mesh.Flaw // objects of kinds that came with later releases
	flaws       func() []mesh.Flaw
	problems    []mesh.Problem
}

var (
	_ mesh.Layer           = (*Layer)(nil)
	_ mesh.Enroller        = (*Layer)(nil)
	_ mesh.Witness         = (*Layer)(nil)
	_ mesh.InboundJudge    = (*Layer)(nil)
	_ mesh.PortNamer       = (*Layer)(nil)
	_ mesh.BypassLister    = (*Layer)(nil)
	_ mesh.CompletionJudge = (*Layer)(nil)
	_ mesh.StaleJudge      = (*Layer)(nil)
	_ mesh.Sender          = (*Layer)(nil)
	_ mesh.Receiver        = (*Layer)(nil)
	_ mesh.ConnectionJudge = (*Layer)(nil)
	_ mesh.Authorizer      = (*Layer)(nil)
	_ mesh.CallerJudge     = (*Layer)(nil)
	_ mesh.ConflictLister  = (*Layer)(nil)
	_ mesh.FlawLister      = (*Layer)(nil)
	_ mesh.ExitLister      = (*Layer)(nil)
	_ mesh.EgressJudge     = (*Layer)(nil)
	_ mesh.ControlPlaner   = (*Layer)(nil)
	_ mesh.ComponentLister = (*Layer)(nil)
)

// Problems returns what the adapter did not understand.
func (l *Layer) Problems() []mesh.Problem { return l.problems }

// compiler collects what is needed to make a Layer.
type compiler struct {
	opts     Options
	in       mesh.Input
	release  release            // of the control plane; zero when not known
	decoded  map[decodedKey]any // what was read of the objects
	problems []mesh.Problem
	unread   []mesh.Flaw // objects of kinds that came with later releases
	routes   []*route    // nil until they are read
}
