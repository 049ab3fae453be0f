package istio

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Annotations that steer what a sidecar's redirection takes in.
const (
	annotationIncludeIn     = "traffic.sidecar.istio.io/includeInboundPorts"
	annotationExcludeIn     = "traffic.sidecar.istio.io/excludeInboundPorts"
	annotationIncludeOut    = "traffic.sidecar.istio.io/includeOutboundPorts"
	annotationExcludeOut    = "traffic.sidecar.istio.io/excludeOutboundPorts"
	annotationIncludeRanges = "traffic.sidecar.istio.io/includeOutboundIPRanges"
	annotationExcludeRanges = "traffic.sidecar.istio.io/excludeOutboundIPRanges"
	annotationExcludeIfaces = "traffic.sidecar.istio.io/excludeInterfaces"
	annotationInterception  = "sidecar.istio.io/interceptionMode"
	annotationStatusPort    = "status.sidecar.istio.io/port"
	annotationProxyConfig   = "proxy.istio.io/config"
	interceptionNone        = "NONE"
	defaultStatusPort       = "15020"
)

// setting is one value of the redirection and where it comes from.
type setting struct {
	value  string
	object source.Ref
	loc    source.Loc
	own    bool // the pod asks for it itself
}

// capture is what a sidecar's redirection takes in (tools/istio-iptables).
type capture struct {
	mode          setting // REDIRECT, TPROXY or NONE
	includeIn     setting
	excludeIn     setting
	includeOut    setting
	excludeOut    setting
	includeRanges setting
	excludeRanges setting
	excludeIfaces setting
	gaps          []mesh.Gap // what of the pod's own configuration could not be read
}

func (c Capture) withDefaults() capture {
	orAll := func(v *string) string {
		if v == nil {
			return "*"
		}
		return *v
	}
	return capture{
		includeIn: setting{value: orAll(c.IncludeInboundPorts)}, excludeIn: setting{value: c.ExcludeInboundPorts},
		includeOut: setting{value: c.IncludeOutboundPorts}, excludeOut: setting{value: c.ExcludeOutboundPorts},
		includeRanges: setting{value: orAll(c.IncludeOutboundIPRanges)}, excludeRanges: setting{value: c.ExcludeOutboundIPRanges},
	}
}

// captureOf works out a pod's redirection. The arguments of its own istio-iptables count most:
// they are what ran. Then come its annotations, then the injector's values.
func (l *Layer) captureOf(p *mesh.Pod, rev *revision) capture {
	c := defaultInjector().capture
	c.mode = setting{value: "REDIRECT"}
	if rev != nil {
		c = rev.injector.capture
		for _, s := range c.all() {
			s.object, s.loc = rev.injector.object, rev.injector.loc
		}
		c.mode = setting{value: rev.mesh.interception}
		if len(rev.mesh.why) > 0 {
			c.mode.object, c.mode.loc = rev.mesh.why[0].Object, rev.mesh.why[0].Loc
		}
	}
	if own, gaps := podProxyConfig(p); len(gaps) > 0 {
		c.gaps = gaps
	} else if mentionsInterception(p) {
		c.mode = setting{own.GetInterceptionMode().String(), p.Object(), p.AnnotationLoc(annotationProxyConfig), true}
	}
	for name, s := range c.byAnnotation() {
		if v, ok := p.Annotations[name]; ok {
			*s = setting{v, p.Object(), p.AnnotationLoc(name), true}
		}
	}
	told := false
	if !p.IsTemplate() {
		told = c.applyArgs(p)
	}
	if !p.IsTemplate() || p.Spec.HostNetwork {
		c.gaps = append(c.gaps, redirectionUnseen(p)...)
	}
	if rev != nil && !told {
		c.gaps = append(c.gaps, rev.injector.unvalued...)
	}
	return c
}

// mentionsInterception reports whether the pod's own proxy configuration sets the mode. A plain
// search is enough: the field's name, in either of its spellings, appears nowhere else.
func mentionsInterception(p *mesh.Pod) bool {
	text := p.Annotations[annotationProxyConfig]
	return strings.Contains(text, "interceptionMode") || strings.Contains(text, "interception_mode")
}

func (c *capture) all() []*setting {
	return []*setting{
		&c.mode, &c.includeIn, &c.excludeIn, &c.includeOut, &c.excludeOut,
		&c.includeRanges, &c.excludeRanges, &c.excludeIfaces,
	}
}

func (c *capture) byAnnotation() map[string]*setting {
	return map[string]*setting{
		annotationInterception: &c.mode,
		annotationIncludeIn:    &c.includeIn, annotationExcludeIn: &c.excludeIn,
		annotationIncludeOut: &c.includeOut, annotationExcludeOut: &c.excludeOut,
		annotationIncludeRanges: &c.includeRanges, annotationExcludeRanges: &c.excludeRanges,
		annotationExcludeIfaces: &c.excludeIfaces,
	}
}

// applyArgs takes the arguments of the pod's istio-iptables, which the init container istio-init
// runs, or which istio-validation checks after istio-cni has done it. Where an annotation says the
// same, it stays the reason. It reports whether there are any.
func (c *capture) applyArgs(p *mesh.Pod) (told bool) {
	flags := map[string]*setting{
		"-m": &c.mode, "-b": &c.includeIn, "-d": &c.excludeIn, "-q": &c.includeOut, "-o": &c.excludeOut,
		"-i": &c.includeRanges, "-x": &c.excludeRanges, "-c": &c.excludeIfaces,
	}
	for i := range p.Spec.InitContainers {
		ct := &p.Spec.InitContainers[i]
		if ct.Name != "istio-init" && ct.Name != "istio-validation" || !slices.Contains(ct.Args, "istio-iptables") {
			continue
		}
		told = true
		for a := 0; a+1 < len(ct.Args); a++ {
			s := flags[ct.Args[a]]
			if s == nil {
				continue
			}
			a++
			if v := ct.Args[a]; v != s.value {
				path := source.Index(source.Index("spec.initContainers", i)+".args", a)
				loc := p.At(path)
				if s.own { // an annotation set it
					loc = s.loc
				}
				*s = setting{v, p.Object(), loc, s.own}
			}
		}
	}
	return told
}

// redirectionUnseen names a running pod with a sidecar of which nothing tells that its traffic is
// redirected: it has no init container that does it, and lacks the annotation without which
// istio-cni passes a pod over (cni/pkg/plugin/plugin.go), or uses its node's network, which neither
// should take over.
func redirectionUnseen(p *mesh.Pod) []mesh.Gap {
	if p.Spec.HostNetwork {
		return []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: p.Object(), Loc: p.At("spec.hostNetwork"),
			Detail: "the pod has a sidecar and uses its node's network, so it is not known whether its traffic is redirected",
		}}
	}
	if _, ok := p.Annotations[annotationStatus]; ok {
		return nil
	}
	if slices.ContainsFunc(p.Spec.InitContainers, func(ct kube.Container) bool { return ct.Name == "istio-init" }) {
		return nil
	}
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata"),
		Detail: "the pod has a sidecar but neither istio-init nor annotation " + annotationStatus + ", so it is not known whether its traffic is redirected",
	}}
}

// podProxyConfig reads the annotation proxy.istio.io/config; empty when there is none. The gap says
// why it could not be read, in which case injection refuses a pod that is made now.
func podProxyConfig(p *mesh.Pod) (*meshv1alpha1.ProxyConfig, []mesh.Gap) {
	cfg := &meshv1alpha1.ProxyConfig{}
	text := p.Annotations[annotationProxyConfig]
	if text == "" {
		return cfg, nil
	}
	faults := readConfig(proxyConfigType(), []byte(text), cfg)
	i := slices.IndexFunc(faults, fault.serious)
	if i < 0 {
		return cfg, nil
	}
	detail := faults[i].message
	if path := faults[i].path; path != "" {
		detail = path + ": " + detail
	}
	return cfg, []mesh.Gap{{
		Reason: source.ProblemBadValue, Object: p.Object(), Loc: p.AnnotationLoc(annotationProxyConfig),
		Detail: "annotation " + annotationProxyConfig + " cannot be read: " + detail,
	}}
}

// proxyConfigType is the strict type of a ProxyConfig.
var proxyConfigType = sync.OnceValue(func() *strict.Type {
	return strict.ProtoConfig((&meshv1alpha1.ProxyConfig{}).ProtoReflect().Descriptor())
})

// ports is a list of ports as the settings write it.
type ports struct {
	numbers []uint16
	bad     []string // entries that are no port
}

func parsePorts(list string) ports {
	var ps ports
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		n, err := strconv.ParseUint(entry, 10, 16)
		if err != nil {
			ps.bad = append(ps.bad, entry)
			continue
		}
		ps.numbers = append(ps.numbers, uint16(n))
	}
	return ps
}

// has reports whether the list names the port; Unknown when it does not and part of it could not be read.
func (ps ports) has(port uint16) truth.Value {
	if slices.Contains(ps.numbers, port) {
		return truth.True
	}
	if len(ps.bad) > 0 {
		return truth.Unknown
	}
	return truth.False
}

// alwaysExcluded are the sidecar's own ports that redirection leaves out beside the status port.
var alwaysExcluded = []uint16{15090, 15021}

// tunnelPort is where ztunnel and sidecars take HBONE, whatever port the tunnel names; redirection leaves it out whatever is included
// (tools/istio-iptables/pkg/capture/run.go Run), but for TPROXY, which works in another table.
const tunnelPort = 15008

// captures reports whether redirection takes connections to a port in, and the step that says why
// not. Exclusions count only where everything else is included
// (tools/istio-iptables/pkg/capture/run.go handleInboundPortsInclude).
func (c capture) captures(p *mesh.Pod, port uint16) (truth.Value, mesh.Step) {
	no := func(s setting, detail string) (truth.Value, mesh.Step) {
		return truth.False, mesh.Step{Rule: ruleNotCaptured, Object: s.object, Loc: s.loc, Detail: detail}
	}
	n := strconv.Itoa(int(port))
	if c.mode.value == interceptionNone {
		return no(c.mode, "interception mode NONE: nothing is redirected to the sidecar")
	}
	if port == tunnelPort && c.mode.value != "TPROXY" {
		return no(setting{}, "port "+n+" belongs to the sidecar itself and is never redirected")
	}
	if c.includeIn.value != "*" {
		got := parsePorts(c.includeIn.value).has(port)
		if got == truth.False {
			return no(c.includeIn, "port "+n+" is not among the included inbound ports "+quoted(c.includeIn.value))
		}
		return got, mesh.Step{Rule: ruleNotCaptured, Object: c.includeIn.object, Loc: c.includeIn.loc, Detail: "the included inbound ports cannot be read: " + quoted(c.includeIn.value)}
	}
	status := parsePorts(p.Annotations[annotationStatusPort])
	if len(status.numbers) == 0 {
		status = parsePorts(defaultStatusPort)
	}
	if slices.Contains(alwaysExcluded, port) || slices.Contains(status.numbers, port) {
		return no(setting{}, "port "+n+" belongs to the sidecar itself and is never redirected")
	}
	switch parsePorts(c.excludeIn.value).has(port) {
	case truth.True:
		return no(c.excludeIn, "port "+n+" is excluded from redirection")
	case truth.Unknown:
		return truth.Unknown, mesh.Step{Rule: ruleNotCaptured, Object: c.excludeIn.object, Loc: c.excludeIn.loc, Detail: "the excluded inbound ports cannot be read: " + quoted(c.excludeIn.value)}
	default:
		return truth.True, mesh.Step{}
	}
}
