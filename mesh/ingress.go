package mesh

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Ingress is a networking.k8s.io Ingress.
type Ingress struct {
	kube.Ingress
	// Class is the name of the class that the Ingress asks for by field or by the old annotation;
	// empty for none.
	Class string
	// ByAnnotation is true when the annotation kubernetes.io/ingress.class names it.
	ByAnnotation bool
	// Controller is that of the IngressClass; empty when the Ingress names none, or one that is not
	// in the input.
	Controller string

	object source.Object
	gaps   []Gap
}

// annotationIngressClass named the class before there was a field for it. Controllers that know it
// look at it first.
const annotationIngressClass = "kubernetes.io/ingress.class"

// annotationDefaultClass marks the class that the API server gives to an Ingress that asks for none.
const annotationDefaultClass = "ingressclass.kubernetes.io/is-default-class"

// Object is the Ingress object.
func (in *Ingress) Object() source.Ref { return in.object.Ref }

// At is the place of a field of the Ingress.
func (in *Ingress) At(field string) source.Loc { return in.object.At(field) }

// Gaps lists what was not understood in the Ingress or its class; nil when all was.
func (in *Ingress) Gaps() []Gap { return slices.Clone(in.gaps) }

// Ingresses returns the Ingresses, ordered by namespace and name.
func (c *Cluster) Ingresses() []*Ingress { return slices.Clone(c.ingresses) }

func (c *Cluster) readIngresses(objs Objects) {
	controllers, gaps := map[string]string{}, map[string][]Gap{}
	var defaults []string
	for o := range objs.Objects(kube.KindIngressClass) {
		class, g := decode[kube.IngressClass](c, o)
		controllers[o.Ref.Name], gaps[o.Ref.Name] = class.Spec.Controller, g
		if class.Annotations[annotationDefaultClass] == "true" {
			defaults = append(defaults, o.Ref.Name)
		}
	}
	for o := range objs.Objects(kube.KindIngress) {
		in := &Ingress{object: o}
		in.Ingress, in.gaps = decode[kube.Ingress](c, o)
		_, annotated := in.Annotations[annotationIngressClass]
		if in.Spec.IngressClassName == nil && !annotated && in.CreationTimestamp.IsZero() && len(defaults) == 1 {
			in.Spec.IngressClassName = &defaults[0] // as the API server will do when it stores the Ingress
		}
		if in.Spec.IngressClassName != nil {
			in.Class = *in.Spec.IngressClassName
			in.Controller = controllers[in.Class]
			in.gaps = append(in.gaps, gaps[in.Class]...)
		}
		if class, ok := in.Annotations[annotationIngressClass]; ok {
			in.Class, in.ByAnnotation = class, true
		}
		c.ingresses = append(c.ingresses, in)
	}
}

// Entries returns what the Ingress lets in, as the API defines it: plaintext to all of its hosts,
// TLS that ends at the controller for the hosts of its TLS section, and one entry for the default
// backend. Ports are the usual ones, which the controller may change. What a controller adds by its
// own annotations is not in it.
func (in *Ingress) Entries(c *Cluster) []Entry {
	var all []Entry
	for i, tls := range in.Spec.TLS {
		e := in.entry(443, "HTTPS", in.At(source.Index("spec.tls", i)))
		e.Hosts, e.TLS, e.ClientCertificate = slices.Clone(tls.Hosts), EdgeTerminated, truth.Unknown
		e.Backends = in.backends(c, tls.Hosts)
		all = append(all, e)
	}
	plain := in.entry(80, "HTTP", in.At("spec.rules"))
	plain.TLS, plain.ClientCertificate = EdgePlaintext, truth.False
	plain.Hosts, plain.Backends = in.hosts(), in.backends(c, nil)
	return append(all, plain)
}

func (in *Ingress) entry(port uint16, protocol string, loc source.Loc) Entry {
	e := Entry{
		Kind: EntryIngress, Object: in.Object(), Loc: loc, Port: port, Protocol: protocol,
		Why:     []Step{{Rule: RuleIngress, Object: in.Object(), Loc: in.At("spec"), Detail: "the Ingress takes requests" + in.forClass()}},
		Unknown: slices.Clone(in.gaps),
	}
	e.Unknown = append(e.Unknown, Gap{
		Reason: source.ProblemUnsupported, Object: in.Object(), Loc: in.At("spec.ingressClassName"),
		Detail: "the controller is not evaluated: which pods it runs, how they are exposed, and what its own annotations change",
	})
	return e
}

func (in *Ingress) forClass() string {
	if in.Class == "" {
		return " without asking for a class"
	}
	return " for class " + in.Class
}

// hosts are those of the rules; nil when any rule or a default backend takes all.
func (in *Ingress) hosts() []string {
	if in.Spec.DefaultBackend != nil {
		return nil
	}
	var hosts []string
	for _, r := range in.Spec.Rules {
		if r.Host == "" {
			return nil
		}
		hosts = append(hosts, r.Host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// backends are those that requests to any of the hosts may reach; no hosts means all.
func (in *Ingress) backends(c *Cluster, hosts []string) []Backend {
	var all []Backend
	for i, r := range in.Spec.Rules {
		taken := hosts
		if r.Host != "" {
			taken = CommonHosts(hosts, []string{r.Host})
			if len(taken) == 0 {
				continue
			}
		}
		if r.HTTP == nil {
			continue
		}
		for j, p := range r.HTTP.Paths {
			path := source.Index(source.Index("spec.rules", i)+".http.paths", j)
			b := in.backend(c, &p.Backend, path+".backend")
			b.Hosts, b.Match = taken, ingressMatch(p.PathType, p.Path)
			all = append(all, b)
		}
	}
	if in.Spec.DefaultBackend != nil {
		b := in.backend(c, in.Spec.DefaultBackend, "spec.defaultBackend")
		b.Match = "no rule matches"
		all = append(all, b)
	}
	return all
}

func ingressMatch(pathType, path string) string {
	switch {
	case path == "" || path == "/" && pathType != "Exact":
		return ""
	case pathType == "Exact":
		return "path " + path
	case pathType == "Prefix":
		return "path prefix " + path
	default:
		return "path " + path + " as the controller matches it"
	}
}

func (in *Ingress) backend(c *Cluster, ib *kube.IngressBackend, path string) Backend {
	b := Backend{}
	switch {
	case ib.Service != nil:
		b.Target = source.Ref{Kind: kube.KindService, Namespace: in.object.Ref.Namespace, Name: ib.Service.Name}
		b.to(c, func(s *Service) uint16 { return s.portOf(ib.Service.Port.Name, ib.Service.Port.Number) })
	case ib.Resource != nil:
		b.Target = source.Ref{Kind: source.Kind{Group: ib.Resource.APIGroup, Kind: ib.Resource.Kind}, Namespace: in.object.Ref.Namespace, Name: ib.Resource.Name}
		b.Unknown = append(b.Unknown, Gap{Reason: source.ProblemUnsupported, Object: b.Target, Loc: in.At(path), Detail: "backends of kind " + ib.Resource.Kind + " are not evaluated"})
	default:
		b.Unknown = append(b.Unknown, Gap{Reason: source.ProblemRejected, Object: in.Object(), Loc: in.At(path), Detail: "the backend names neither a Service nor a resource"})
	}
	b.Route, b.Loc = in.Object(), in.At(path)
	return b
}

// portOf is the port of that name, or else of that number; 0 for none.
func (s *Service) portOf(name string, number uint16) uint16 {
	if name == "" {
		return number
	}
	for _, sp := range s.Ports {
		if sp.Name == name {
			return sp.Port
		}
	}
	return 0
}

// to fills in what is behind the Service that the backend's Target names.
func (b *Backend) to(c *Cluster, port func(*Service) uint16) {
	s := c.Service(b.Target.Namespace, b.Target.Name)
	if s == nil {
		b.Unknown = append(b.Unknown, Gap{Reason: source.ProblemDangling, Object: b.Target, Detail: "there is no such Service in the input"})
		return
	}
	behind := s.Backend(port(s))
	b.Service, b.Port, b.External, b.Workloads = behind.Service, behind.Port, behind.External, behind.Workloads
	b.Unknown = append(b.Unknown, behind.Unknown...)
}
