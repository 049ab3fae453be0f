package mesh

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// Cluster is the part of a cluster that is the same for every mesh. It is immutable.
type Cluster struct {
	namespaces map[string]*Namespace
	nodes      []*Node
	workloads  []*Workload
	services   []*Service
	ingresses  []*Ingress
	listeners  []*GatewayListener
	byAddr     map[netip.Addr]*Service
	problems   []Problem
}

// clusterKinds are the kinds that a Cluster is made of.
var clusterKinds = append([]source.Kind{
	kube.KindNamespace, kube.KindNode, kube.KindPod, kube.KindService, kube.KindCronJob,
	kube.KindIngress, kube.KindIngressClass,
	kube.KindGateway, kube.KindGatewayClass, kube.KindListenerSet, kube.KindReferenceGrant, kube.KindBackendTLSPolicy,
	kube.KindHTTPRoute, kube.KindGRPCRoute, kube.KindTLSRoute, kube.KindTCPRoute,
}, controllerKinds...)

// labelled are the kinds on which labels and annotations of a mesh stand.
var labelled = append([]source.Kind{kube.KindNamespace, kube.KindPod, kube.KindService, kube.KindCronJob}, controllerKinds...)

// controllerKinds make pods from spec.template.
var controllerKinds = []source.Kind{
	kube.KindDeployment, kube.KindReplicaSet, kube.KindStatefulSet, kube.KindDaemonSet,
	kube.KindReplicationController, kube.KindJob,
}

// Namespaces iterates over the namespaces that exist or that some object names, ordered by name.
func (c *Cluster) Namespaces() iter.Seq[*Namespace] {
	return func(yield func(*Namespace) bool) {
		for _, name := range slices.Sorted(maps.Keys(c.namespaces)) {
			if !yield(c.namespaces[name]) {
				return
			}
		}
	}
}

// Namespace returns the namespace of that name; nil when neither a Namespace object nor any
// workload or Service names it.
func (c *Cluster) Namespace(name string) *Namespace { return c.namespaces[name] }

// Nodes iterates over the nodes, ordered by name.
func (c *Cluster) Nodes() iter.Seq[*Node] { return slices.Values(c.nodes) }

// Workloads iterates over the workloads, ordered by ID.
func (c *Cluster) Workloads() iter.Seq[*Workload] { return slices.Values(c.workloads) }

// Service returns the Service of that name; nil when there is none in the input.
func (c *Cluster) Service(namespace, name string) *Service {
	i, ok := slices.BinarySearchFunc(c.services, [2]string{namespace, name}, func(s *Service, want [2]string) int {
		return cmp.Or(strings.Compare(s.Namespace.Name, want[0]), strings.Compare(s.Name, want[1]))
	})
	if !ok {
		return nil
	}
	return c.services[i]
}

// Services iterates over the Services, ordered by namespace and name.
func (c *Cluster) Services() iter.Seq[*Service] { return slices.Values(c.services) }

// newCluster folds the objects into workloads.
func newCluster(ctx context.Context, objs Objects, machines []Machine) (*Cluster, error) {
	c := &Cluster{namespaces: map[string]*Namespace{}}
	for o := range objs.Objects(kube.KindNamespace) {
		ns, gaps := decode[kube.Namespace](c, o)
		c.namespaces[o.Ref.Name] = &Namespace{
			Name: o.Ref.Name, Labels: ns.Labels, Annotations: ns.Annotations, Known: true, object: o, gaps: gaps,
		}
	}
	for o := range objs.Objects(kube.KindNode) {
		n, _ := decode[kube.Node](c, o)
		c.nodes = append(c.nodes, &Node{Node: n, object: o})
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := newFolder(c).fold(ctx, objs, machines); err != nil {
		return nil, err
	}
	for o := range objs.Objects(kube.KindService) {
		svc, gaps := decode[kube.Service](c, o)
		c.services = append(c.services, c.newService(o, svc, gaps))
	}
	slices.SortFunc(c.services, compareServices)
	c.noteAddresses()
	c.connectServices()
	c.readIngresses(objs)
	c.readGateways(objs)
	return c, ctx.Err()
}

// decode reads an object strictly, keeps its problems and returns them as gaps too.
func decode[T any](c *Cluster, o source.Object) (T, []Gap) {
	v, problems := kube.Decode[T](o)
	c.problems = append(c.problems, problems...)
	var gaps []Gap
	for _, p := range problems {
		gaps = append(gaps, gapOf(o, p))
	}
	return v, gaps
}

// namespace returns the namespace of that name, making an unknown one where needed.
func (c *Cluster) namespace(name string) *Namespace {
	ns := c.namespaces[name]
	if ns == nil {
		ns = &Namespace{Name: name}
		c.namespaces[name] = ns
	}
	return ns
}

func (c *Cluster) newService(o source.Object, svc kube.Service, gaps []Gap) *Service {
	s := &Service{
		Namespace:   c.namespace(o.Ref.Namespace),
		Name:        o.Ref.Name,
		Labels:      svc.Labels,
		Annotations: svc.Annotations,
		Type:        cmp.Or(svc.Spec.Type, "ClusterIP"),
		Headless:    svc.Spec.ClusterIP == "None",
		Selector:    svc.Spec.Selector,
		Created:     svc.CreationTimestamp,
		ClusterIPs:  addresses(append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...)...),
		exposed: serviceExposure{
			svc.Spec.ExternalName, svc.Spec.ExternalIPs, svc.Spec.SourceRanges, svc.Spec.ExternalTrafficPolicy, svc.Spec.AllocateNodePorts,
		},
		object: o,
		gaps:   gaps,
	}
	if s.Type == "ExternalName" {
		s.Selector = nil // Kubernetes makes no endpoints for a name of another host
	}
	for _, p := range svc.Spec.Ports {
		s.Ports = append(s.Ports, ServicePort{
			Name: p.Name, Protocol: cmp.Or(p.Protocol, "TCP"), AppProtocol: p.AppProtocol, Port: p.Port, NodePort: p.NodePort, target: p.TargetPort,
		})
	}
	return s
}

// connectServices finds the workloads that each Service selects. A workload is looked up by the
// rarest label of the selector, so that the cost follows the number of matches.
func (c *Cluster) connectServices() {
	type entry struct{ namespace, key, value string }
	index := map[entry][]*Workload{}
	for _, w := range c.workloads {
		for e := range w.labelEntries() {
			k := entry{w.id.Namespace, e[0], e[1]}
			index[k] = append(index[k], w)
		}
	}
	for _, s := range c.services {
		var candidates []*Workload
		first := true
		for k, v := range s.Selector {
			if found := index[entry{s.Namespace.Name, k, v}]; first || len(found) < len(candidates) {
				candidates, first = found, false
			}
		}
		for _, w := range candidates {
			if w.selectedBy(s.Selector) {
				s.workloads = append(s.workloads, w)
				w.services = append(w.services, s)
			}
		}
		slices.SortFunc(s.workloads, func(a, b *Workload) int { return a.id.Compare(b.id) })
	}
}

// labelEntries yields every label that the template or a live pod has, each once.
func (w *Workload) labelEntries() iter.Seq[[2]string] {
	return func(yield func([2]string) bool) {
		seen := map[[2]string]bool{}
		add := func(labels map[string]string) bool {
			for k, v := range labels {
				e := [2]string{k, v}
				if seen[e] {
					continue
				}
				seen[e] = true
				if !yield(e) {
					return false
				}
			}
			return true
		}
		if !add(w.template.Labels) {
			return
		}
		for p := range w.Pods() {
			if !add(p.Labels) {
				return
			}
		}
	}
}

func (w *Workload) selectedBy(selector map[string]string) bool {
	if kube.Subset(selector, w.template.Labels) {
		return true
	}
	for p := range w.Pods() {
		if kube.Subset(selector, p.Labels) {
			return true
		}
	}
	return false
}

func compareServices(a, b *Service) int {
	return cmp.Or(strings.Compare(a.Namespace.Name, b.Namespace.Name), strings.Compare(a.Name, b.Name))
}
