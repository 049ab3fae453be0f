// Package istio is the adapter for Istio, with sidecars and in ambient mode.
//
// It answers what istiod, the injection webhook, istio-cni, the sidecar and ztunnel would do with
// a cluster's objects. Where Istio's documentation and its source differ, the source counts; the
// release read is 1.31 (git 86c9f01 where a rule cites a file), and rules that changed name the
// release in which they did.
//
// The adapter covers enrolment (both stages of injection, revisions and tags, native sidecars,
// ambient, gateways, proxyless), the mTLS mode of every workload port as it is declared and as it
// is enforced, traffic that goes around the proxy, the waypoint that a Service is bound to, what
// clients send to a port and what becomes of it, which requests pass, the entries and exits of the
// cluster, what istiod would refuse, objects that do not do what they say, and facts about control
// planes and telemetry. What EnvoyFilters and other changes of proxies may do is named as a gap.
package istio

import (
	"context"
	"slices"
	"sync"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Name is the adapter's name, and the prefix of its rules.
const Name = "istio"

// The kinds that the adapter reads beside those of the cluster itself.
var (
	kindPeerAuthentication = source.Kind{Group: "security.istio.io", Kind: "PeerAuthentication"}
	kindEnvoyFilter        = source.Kind{Group: "networking.istio.io", Kind: "EnvoyFilter"}
	kindSidecar            = source.Kind{Group: "networking.istio.io", Kind: "Sidecar"}
	kindGateway            = source.Kind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}
	kindGatewayClass       = source.Kind{Group: "gateway.networking.k8s.io", Kind: "GatewayClass"}
)

// Options say what the cluster's objects do not. The zero Options take everything from the
// objects, and Istio's own defaults for what is not there.
type Options struct {
	// MeshConfig is a mesh configuration that counts instead of the ConfigMap "istio" of every
	// revision. Its zero value means that the ConfigMap counts.
	MeshConfig File

	// Revisions are the control planes whose webhooks exist. Nil means those found among the
	// objects, or one default installation when there are none. An empty slice means that no
	// control plane is installed.
	Revisions []Revision

	// Version is the release of control planes whose image does not tell it, such as "1.31.0".
	// Empty means that it is not known.
	Version string

	// Env holds feature flags of istiod that count instead of those of its Deployment, such as
	// "PILOT_ENABLE_AMBIENT": "true".
	Env map[string]string

	// CNI is the configuration of istio-cni; nil means what its ConfigMap says.
	CNI *CNI

	// ReadSecrets lets the adapter look at the Secrets cacerts and istio-ca-secret beside istiod, for
	// the kind and the public certificates of its certificate authority; private keys are passed over.
	// Without it no Secret is asked for, and the authority is described by what else is in the input.
	ReadSecrets bool

	// KeepInvalid keeps resources that Istio's validation refuses. They cannot have passed the API
	// server unless the validating webhook was absent; without KeepInvalid they are left out, and
	// named as a problem either way.
	KeepInvalid bool
}

// File is a text with the name that positions in it are given.
type File struct {
	Name string
	Data []byte // YAML or JSON; empty means that there is no file
}

// Revision is a control plane that is known to be installed.
type Revision struct {
	Name string   // as in the label istio.io/rev; empty means "default"
	Tags []string // revision tags that point to it
	// InjectUnlabelled is the Helm value sidecarInjectorWebhook.enableNamespacesByDefault.
	InjectUnlabelled bool
	Injector         Injector
}

// Injector is the configuration of a revision's sidecar injector. The zero Injector is the
// chart's default.
type Injector struct {
	Policy           string               // Helm value global.proxy.autoInject; empty means "enabled"
	NeverInject      []kube.LabelSelector // pods that are not injected unless they ask themselves
	AlwaysInject     []kube.LabelSelector // pods that are injected unless they refuse themselves
	DefaultTemplates []string             // empty means "sidecar"
	Capture          Capture
}

// Capture are the mesh-wide defaults of what a sidecar's redirection takes in (Helm values
// global.proxy.includeInboundPorts and so on). The zero Capture is the chart's default.
type Capture struct {
	IncludeInboundPorts     *string // nil means "*"
	ExcludeInboundPorts     string
	IncludeOutboundPorts    string
	ExcludeOutboundPorts    string
	IncludeOutboundIPRanges *string // nil means "*"
	ExcludeOutboundIPRanges string
}

// Adapter reads Istio's resources. It is immutable and safe for concurrent use.
type Adapter struct{ opts Options }

var (
	_ mesh.Adapter  = Adapter{}
	_ mesh.Detector = Adapter{}
)

// New returns an adapter with these options.
func New(opts Options) Adapter { return Adapter{opts} }

// Name returns "istio".
func (Adapter) Name() string { return Name }

// Reads lists the kinds that Compile asks for.
func (a Adapter) Reads() []source.Kind {
	kinds := slices.Concat([]source.Kind{
		kindPeerAuthentication, kindSidecar, kindEnvoyFilter, kindGateway, kindGatewayClass,
		kube.KindMutatingWebhook, kube.KindConfigMap,
	}, kindsAuthorization, kindsClientSide, kindsBoundary, kindsFacts)
	if a.opts.ReadSecrets {
		kinds = append(kinds, kindSecret)
	}
	return kinds
}

// Compile reads the cluster's Istio resources. The only error is that of a cancelled context.
func (a Adapter) Compile(ctx context.Context, in mesh.Input) (mesh.Layer, error) {
	c := &compiler{opts: a.opts, in: in, schemas: schemas{}}
	l := &Layer{cluster: in.Cluster, services: servicesByAge(in.Cluster)}
	c.install(l)
	c.judgeBy(l.revisions)
	l.policies = c.peerAuthentications(l.roots())
	l.sidecars = c.sidecarResources()
	l.filters = c.envoyFilters()
	l.extensions = c.extensions()
	l.proxyConfigs = c.proxyConfigs()
	l.waypoints = c.waypoints()
	l.authz = c.authorization(l)
	l.clients = c.clientSide(l)
	l.boundary = c.boundary(l)
	l.facts = c.facts(l)
	l.flaws = sync.OnceValue(l.findFlaws)
	l.problems = c.problems
	return l, ctx.Err()
}

// Layer is what the adapter knows of one cluster: the posture that package mesh asks for, and a
// few facts that only Istio has. It is immutable and safe for concurrent use.
type Layer struct {
	cluster      *mesh.Cluster
	revisions    []*revision // ordered by name; never empty but when the options say so
	webhooks     []*webhook  // in the order in which the API server calls them
	cni          cni
	policies     *policies
	sidecars     *sidecars
	filters      envoyFilters
	extensions   extensions
	proxyConfigs proxyConfigs
	waypoints    *waypoints
	authz        *authorization
	clients      *clientSide
	boundary     *boundary
	facts        *facts
	flaws        func() []mesh.Flaw
	services     map[*mesh.Workload][]*mesh.Service // oldest first
	problems     []mesh.Problem
}

var (
	_ mesh.Layer           = (*Layer)(nil)
	_ mesh.Enroller        = (*Layer)(nil)
	_ mesh.Witness         = (*Layer)(nil)
	_ mesh.InboundJudge    = (*Layer)(nil)
	_ mesh.PortNamer       = (*Layer)(nil)
	_ mesh.CompletionJudge = (*Layer)(nil)
	_ mesh.StaleJudge      = (*Layer)(nil)
	_ mesh.BypassLister    = (*Layer)(nil)
	_ mesh.ControlPlaner   = (*Layer)(nil)
	_ mesh.Binder          = (*Layer)(nil)
	_ mesh.ConflictLister  = (*Layer)(nil)
	_ mesh.Sender          = (*Layer)(nil)
	_ mesh.Receiver        = (*Layer)(nil)
	_ mesh.Authorizer      = (*Layer)(nil)
	_ mesh.CallerJudge     = (*Layer)(nil)
	_ mesh.ConnectionJudge = (*Layer)(nil)

	_ mesh.ComponentLister     = (*Layer)(nil)
	_ mesh.OverrideLister      = (*Layer)(nil)
	_ mesh.Telemeter           = (*Layer)(nil)
	_ mesh.TrafficPolicyLister = (*Layer)(nil)
	_ mesh.EntryLister         = (*Layer)(nil)
	_ mesh.ExitLister          = (*Layer)(nil)
	_ mesh.FlawLister          = (*Layer)(nil)
)

// Problems returns what the adapter did not understand.
func (l *Layer) Problems() []mesh.Problem { return l.problems }

// compiler collects what is needed to make a Layer.
type compiler struct {
	opts     Options
	in       mesh.Input
	schemas  schemas
	problems []mesh.Problem
	// release is the newest minor release of Istio 1 among the revisions; 0 when none is known.
	release     int
	definitions *definitions // nil until a resource is read
	allocates   bool         // istiod gives addresses to ServiceEntries that have none
}
