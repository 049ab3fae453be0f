package istio

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const (
	// defaultRevision is what Istio calls a revision that was installed without a name.
	defaultRevision = "default"
	// systemNamespace is where the charts install the control plane.
	systemNamespace = "istio-system"
)

// revision is one control plane.
type revision struct {
	name      string
	tags      []string
	namespace string // empty when nothing of it was found
	version   string
	domain    string // of the cluster's Services; empty means cluster.local
	injector  injector
	mesh      meshConfig
	env       map[string]envVar
	workload  *mesh.Workload // istiod's Deployment; nil when it is not in the input
	assumed   bool           // nothing of it was in the input
	why       []mesh.Step
	gaps      []mesh.Gap
}

// envVar is a feature flag of istiod.
type envVar struct {
	value string
	loc   source.Loc
	// elsewhere is true when the value is taken from another object, or is empty.
	elsewhere bool
}

// install finds the control planes, their webhooks and their configuration.
func (c *compiler) install(l *Layer) {
	found := &revisionSet{byName: map[string]*revision{}}
	if c.opts.Revisions != nil {
		c.optionRevisions(l, found)
	} else {
		c.istiods(found)
		l.webhooks = c.clusterWebhooks(found.named)
		c.configMaps(found)
		c.assume(l, found)
	}
	l.revisions = found.sorted()
	for _, r := range l.revisions {
		c.settle(r)
	}
	l.cni = c.cniConfig()
}

// revisionSet holds the revisions while they are being found.
type revisionSet struct{ byName map[string]*revision }

// named returns the revision of that name, which it makes on first sight.
func (s *revisionSet) named(name string) *revision {
	name = cmp.Or(name, defaultRevision)
	r := s.byName[name]
	if r == nil {
		r = &revision{name: name, injector: defaultInjector(), mesh: defaultMeshConfig(), env: map[string]envVar{}}
		s.byName[name] = r
	}
	return r
}

func (s *revisionSet) sorted() []*revision {
	return slices.SortedFunc(maps.Values(s.byName), func(a, b *revision) int { return strings.Compare(a.name, b.name) })
}

// optionRevisions takes the control planes from the options, and their mesh configuration from
// the cluster.
func (c *compiler) optionRevisions(l *Layer, found *revisionSet) {
	for _, o := range c.opts.Revisions {
		r := found.named(o.Name)
		r.tags = slices.Sorted(slices.Values(o.Tags))
		r.injector = o.Injector.withDefaults()
		r.injector.unlabelled = o.InjectUnlabelled
		l.webhooks = append(l.webhooks, chartWebhooks(r, o.InjectUnlabelled)...)
	}
	if len(found.byName) > 0 {
		c.meshConfigMaps(found, true)
	}
	sortWebhooks(l.webhooks)
}

// assume fills in what a cluster that runs Istio must have and the input does not show.
func (c *compiler) assume(l *Layer, found *revisionSet) {
	if len(l.webhooks) > 0 {
		return
	}
	if len(found.byName) == 0 {
		r := found.named(defaultRevision)
		r.assumed = true
		gap := mesh.Gap{Reason: source.ProblemIncomplete, Detail: "nothing of an Istio control plane is in the input: a default installation is taken for granted"}
		r.gaps = append(r.gaps, gap)
	}
	for _, r := range found.sorted() {
		if !r.assumed {
			r.gaps = append(r.gaps, mesh.Gap{
				Reason: source.ProblemIncomplete,
				Object: source.Ref{Kind: kube.KindMutatingWebhook, Name: chartConfigName(r.name)},
				Detail: "the injection webhooks are not in the input: those of the chart are taken for granted",
			})
		}
		l.webhooks = append(l.webhooks, chartWebhooks(r, r.injector.unlabelled)...)
	}
	sortWebhooks(l.webhooks)
}

// sortWebhooks orders webhooks as the API server calls them: by configuration, then as written.
func sortWebhooks(hooks []*webhook) {
	slices.SortStableFunc(hooks, func(a, b *webhook) int {
		return strings.Compare(a.configName(), b.configName())
	})
}

func (w *webhook) configName() string {
	name, _, _ := strings.Cut(w.full, "/")
	return name
}

// istiods reads the control plane's Deployments: those with a container named discovery that runs
// Istio's pilot image, or that the charts label.
func (c *compiler) istiods(found *revisionSet) {
	for w := range c.in.Cluster.Workloads() {
		if w.ID().Kind != "Deployment" {
			continue
		}
		t := w.Template()
		i := slices.IndexFunc(t.Spec.Containers, func(ct kube.Container) bool { return ct.Name == "discovery" })
		if i < 0 || t.Labels["app"] != "istiod" && !strings.Contains(t.Spec.Containers[i].Image, "/pilot") {
			continue
		}
		c.istiod(found.named(t.Labels[labelRevision]), w, i)
	}
}

func (c *compiler) istiod(r *revision, w *mesh.Workload, container int) {
	t := w.Template()
	path := source.Index("spec.containers", container)
	if r.namespace != "" && r.namespace != w.ID().Namespace {
		r.gaps = append(r.gaps, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: w.Object(), Loc: w.At("metadata.namespace"),
			Detail: "istiod of revision " + r.name + " runs in namespaces " + r.namespace + " and " + w.ID().Namespace + "; the former's configuration is taken",
		})
		return
	}
	r.namespace, r.workload = w.ID().Namespace, w
	r.version = cmp.Or(imageVersion(t.Spec.Containers[container].Image), labelVersion(t.Labels), labelVersion(w.ObjectLabels()))
	r.why = append(r.why, mesh.Step{
		Rule: ruleControlPlane, Object: w.Object(), Loc: t.At(path + ".image"),
		Detail: "istiod of revision " + r.name + " runs image " + t.Spec.Containers[container].Image,
	})
	r.domain = argument(t.Spec.Containers[container].Args, "--domain")
	for i, e := range t.Spec.Containers[container].Env {
		r.env[e.Name] = envVar{value: e.Value, loc: t.At(source.Index(path+".env", i)), elsewhere: e.Value == ""}
	}
	if _, ok := r.env["SHARED_MESH_CONFIG"]; ok {
		r.gaps = append(r.gaps, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: w.Object(), Loc: r.env["SHARED_MESH_CONFIG"].loc,
			Detail: "istiod merges a second mesh configuration (SHARED_MESH_CONFIG), which is not read",
		})
	}
}

// argument is the value that follows a flag, or stands in it behind an equals sign.
func argument(args []string, flag string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, flag+"="); ok {
			return v
		}
		if a == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// configMaps reads the injectors' and the meshes' configuration.
func (c *compiler) configMaps(found *revisionSet) {
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		if rev, ok := chartRevision(o.Ref.Name, "istio-sidecar-injector"); ok {
			c.injectorConfig(found, rev, o)
		}
	}
	c.meshConfigMaps(found, false)
}

// chartRevision reads the revision out of a name that the charts give: base, or base-revision.
func chartRevision(name, base string) (string, bool) {
	if name == base {
		return defaultRevision, true
	}
	return strings.CutPrefix(name, base+"-")
}

func chartConfigName(rev string) string {
	if rev == defaultRevision {
		return "istio-sidecar-injector"
	}
	return "istio-sidecar-injector-" + rev
}

// settle applies the options and defaults to a revision whose objects have been read.
func (c *compiler) settle(r *revision) {
	r.version = cmp.Or(r.version, c.opts.Version)
	if gap, out := r.outOfRange(); out {
		r.gaps = append(r.gaps, gap)
	}
	for name, value := range c.opts.Env {
		r.env[name] = envVar{value: value}
	}
	for name, value := range r.injector.pilotEnv {
		if _, ok := r.env[name]; !ok {
			r.env[name] = envVar{value: value}
		}
	}
	if len(c.opts.MeshConfig.Data) > 0 {
		r.mesh = c.meshConfigFile(c.opts.MeshConfig)
	}
	if !r.mesh.read && !r.assumed && c.opts.Revisions == nil {
		r.gaps = append(r.gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindConfigMap, Namespace: cmp.Or(r.namespace, systemNamespace), Name: meshConfigName(r.name)},
			Detail: "the mesh configuration of revision " + r.name + " is not in the input: Istio's defaults are taken for granted",
		})
	}
}

func meshConfigName(rev string) string {
	if rev == defaultRevision {
		return "istio"
	}
	return "istio-" + rev
}

// serving are the revisions that may serve a pod which shows this name: the one that bears it, else
// the one of that tag, else, for no name or one that nobody bears, any.
func (l *Layer) serving(name string) []*revision {
	for _, matches := range []func(*revision) bool{
		func(r *revision) bool { return r.name == name },
		func(r *revision) bool { return slices.Contains(r.tags, name) },
	} {
		if i := slices.IndexFunc(l.revisions, matches); i >= 0 {
			return l.revisions[i : i+1]
		}
	}
	return l.revisions
}

// identity is the name in the certificate of a pod that shows the name of a revision; empty where it
// depends on what is not known.
func (l *Layer) identity(p *mesh.Pod, name string) string {
	id := ""
	for i, r := range l.serving(name) {
		if i > 0 && r.identity(p) != id {
			return ""
		}
		id = r.identity(p)
	}
	return id
}

// named returns the revision of that name, or the one that its pods would be served by when there
// is none of that name: the default one, else the first. It is nil when no revision is installed.
func (l *Layer) named(name string) *revision {
	var fallback *revision
	for _, r := range l.serving(name) {
		if fallback == nil || r.name == defaultRevision {
			fallback = r
		}
	}
	return fallback
}

// roots are the root namespaces of the revisions.
func (l *Layer) roots() []string {
	var roots []string
	for _, r := range l.revisions {
		roots = append(roots, r.mesh.root)
	}
	if len(roots) == 0 {
		roots = []string{systemNamespace}
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}

// ControlPlanes describes the revisions, ordered by name.
func (l *Layer) ControlPlanes() []mesh.ControlPlane {
	var all []mesh.ControlPlane
	for _, r := range l.revisions {
		all = append(all, mesh.ControlPlane{
			Mesh:               Name,
			Namespace:          r.namespace,
			Revision:           r.name,
			Tags:               slices.Clone(r.tags),
			Version:            r.version,
			TrustDomain:        r.mesh.trustDomain,
			TrustDomainAliases: slices.Clone(r.mesh.aliases),
			RootNamespace:      r.mesh.root,
			Assumed:            r.assumed,
			Replicas:           l.facts.planes()[r.name].replicas,
			CA:                 l.facts.planes()[r.name].ca,
			Why:                slices.Concat(r.why, r.mesh.why),
			Unknown:            slices.Concat(r.gaps, r.mesh.gaps),
		})
	}
	return all
}

// imageVersion is the tag of an image when it is a version; a tag such as "latest" says nothing.
func imageVersion(image string) string {
	tag := imageTag(image)
	if _, ok := istioMinor(tag); !ok {
		return ""
	}
	return tag
}

// labelVersion reads the labels by which charts and operators tell a version.
func labelVersion(labels map[string]string) string {
	chart := strings.TrimPrefix(labels["helm.sh/chart"], "istiod-")
	for _, v := range []string{labels["operator.istio.io/version"], labels["app.kubernetes.io/version"], chart} {
		if _, ok := istioMinor(v); ok {
			return v
		}
	}
	return ""
}

// imageTag is the tag of an image, without the digest; empty when it has none.
func imageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}
