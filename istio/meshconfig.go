package istio

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// meshConfig is the part of a MeshConfig on which the posture depends.
type meshConfig struct {
	root         string // where mesh-wide policies stand
	trustDomain  string
	aliases      []string
	interception string // REDIRECT, TPROXY or NONE
	// redirectionLost is true when what of it steers redirection was not understood.
	redirectionLost bool

	pb   *meshv1alpha1.MeshConfig // as it was read, without Istio's defaults; nil when none was read
	text embedded                 // where it was read
	// tracingOff is true when it says that enableTracing is false; it is true by default.
	tracingOff bool
	read       bool // it was read somewhere and not taken for granted
	// discovery selects the namespaces that istiod looks at; empty for all.
	discovery []kube.LabelSelector
	why       []mesh.Step
	gaps      []mesh.Gap // reasons to distrust the values above
}

// defaultMeshConfig is what istiod takes for what a MeshConfig leaves out.
// pkg/config/mesh/mesh.go DefaultMeshConfig.
func defaultMeshConfig() meshConfig {
	return meshConfig{root: systemNamespace, trustDomain: "cluster.local", interception: "REDIRECT"}
}

// meshConfigMap is a ConfigMap that may hold a mesh configuration.
type meshConfigMap struct {
	obj      source.Object
	text     string
	ok       bool // the key "mesh" is there
	problems []mesh.Problem
}

// meshConfigMaps reads the ConfigMaps "istio" and "istio-REVISION" of the namespaces in which the
// control planes run. With only set, those of revisions that have not been found otherwise are
// passed over.
func (c *compiler) meshConfigMaps(found *revisionSet, only bool) {
	byRevision := map[string][]meshConfigMap{}
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		rev, ok := chartRevision(o.Ref.Name, "istio")
		if !ok {
			continue
		}
		cm, problems := kube.Decode[kube.ConfigMap](o)
		m := meshConfigMap{obj: o, problems: problems}
		m.text, m.ok = cm.Data["mesh"]
		known := found.byName[rev] != nil
		if only && !known || !m.ok && (len(problems) == 0 || !known && rev != defaultRevision) {
			continue
		}
		byRevision[rev] = append(byRevision[rev], m)
	}
	for _, rev := range slices.Sorted(maps.Keys(byRevision)) {
		c.meshConfigOf(found.named(rev), byRevision[rev])
	}
}

// meshConfigOf reads the mesh configuration of a revision: istiod takes the one beside it. Where it
// is not known where istiod runs and several could be meant, none is trusted.
func (c *compiler) meshConfigOf(r *revision, all []meshConfigMap) {
	if r.namespace != "" {
		all = slices.DeleteFunc(all, func(m meshConfigMap) bool { return m.obj.Ref.Namespace != r.namespace })
	}
	if len(all) == 0 {
		return
	}
	m := all[0]
	c.problems = append(c.problems, m.problems...)
	r.namespace = cmp.Or(r.namespace, m.obj.Ref.Namespace)
	r.mesh = c.readMeshConfig(embedded{m.obj, source.Key("data", "mesh")}, []byte(m.text))
	r.mesh.gaps = append(r.mesh.gaps, gap.Of(m.obj, m.problems)...)
	r.mesh.redirectionLost = r.mesh.redirectionLost || len(m.problems) > 0 || len(all) > 1
	for _, other := range all[1:] {
		gap := c.unsupported(other.obj, "", "there is more than one mesh configuration of revision "+r.name+", and istiod is not in the input: which one it reads is not known")
		r.mesh.gaps = append(r.mesh.gaps, gap)
	}
}

func (c *compiler) meshConfigFile(f File) meshConfig {
	o := source.Object{In: fileText{f}}
	return c.readMeshConfig(embedded{o, ""}, f.Data)
}

// fileText locates fields in a file of the options.
type fileText struct{ File }

// Locate implements source.Locator.
func (f fileText) Locate(field string) source.Pos {
	line, col := yamldoc.Locate(f.Data, field)
	return source.Pos{File: f.Name, Line: line, Col: col}
}

// embedded is a text inside a field of an object; with an empty field the object is the text.
type embedded struct {
	o     source.Object
	field string
}

// reportIn adds a problem with a path inside the text, and returns the gap that it leaves.
func (c *compiler) reportIn(e embedded, code source.ProblemCode, path, message string) mesh.Gap {
	if e.field == "" {
		return c.report(code, e.o, path, message)
	}
	if path != "" {
		message = path + ": " + message
	}
	return c.report(code, e.o, e.field, message)
}

// readMeshConfig merges a MeshConfig into the defaults. Istio passes over fields that it does not
// know (with a warning in its log), and keeps its last configuration when a value has the wrong
// type, so only the latter makes verdicts doubtful.
func (c *compiler) readMeshConfig(e embedded, text []byte) meshConfig {
	cfg := defaultMeshConfig()
	cfg.read = true
	pb := &meshv1alpha1.MeshConfig{}
	gaps, paths := c.readEmbedded(e, text, pb)
	cfg.gaps, cfg.pb, cfg.text = gaps, pb, e
	cfg.tracingOff = switchedOff(text)
	cfg.redirectionLost = slices.ContainsFunc(paths, func(path string) bool {
		return path == "" || strings.HasPrefix(path, "defaultConfig")
	})
	cfg.why = []mesh.Step{{Rule: ruleMeshConfig, Object: e.o.Ref, Loc: e.o.At(e.field), Detail: "mesh configuration"}}
	cfg.root = cmp.Or(pb.GetRootNamespace(), cfg.root)
	cfg.trustDomain = cmp.Or(strings.ReplaceAll(pb.GetTrustDomain(), "@", "."), cfg.trustDomain)
	cfg.aliases = slices.Sorted(slices.Values(pb.GetTrustDomainAliases()))
	cfg.interception = pb.GetDefaultConfig().GetInterceptionMode().String()
	cfg.gaps = append(cfg.gaps, c.otherSources(e, pb)...)
	for _, ds := range pb.GetDiscoverySelectors() {
		s := kube.LabelSelector{MatchLabels: ds.GetMatchLabels()}
		for _, r := range ds.GetMatchExpressions() {
			s.MatchExpressions = append(s.MatchExpressions, kube.Requirement{Key: r.GetKey(), Operator: r.GetOperator(), Values: r.GetValues()})
		}
		cfg.discovery = append(cfg.discovery, s)
	}
	return cfg
}

// otherSources names the places beside the cluster's objects from which istiod takes its resources. Where
// the configuration lists any source, those of the cluster count only if they are listed, too.
// pilot/pkg/bootstrap/configcontroller.go initConfigController, initConfigSources.
func (c *compiler) otherSources(e embedded, pb *meshv1alpha1.MeshConfig) []mesh.Gap {
	var gaps []mesh.Gap
	for i, s := range pb.GetConfigSources() {
		at, err := url.Parse(s.GetAddress())
		if err == nil && at.Scheme == "k8s" && (at.Path == "" || at.Path == "/") {
			continue
		}
		gaps = append(gaps, c.reportIn(e, source.ProblemUnsupported, source.Index("configSources", i)+".address",
			"istiod takes resources from "+quoted(s.GetAddress())+", which are not in the input"))
	}
	return gaps
}

// switchedOff reports whether a mesh configuration says that there is no tracing. The message cannot
// tell that from its silence, which means the opposite.
func switchedOff(text []byte) bool {
	data, _, err := yamldoc.ToJSON(text, yamldoc.Limits{})
	if err != nil {
		return false
	}
	var word struct {
		Camel *bool `json:"enableTracing"`
		Snake *bool `json:"enable_tracing"`
	}
	_ = jsonv2.Unmarshal(data, &word, jsontext.AllowDuplicateNames(true)) // what is wrong in it was reported
	return word.Camel != nil && !*word.Camel || word.Snake != nil && !*word.Snake
}

// discovers reports whether istiod looks at a namespace: its own always, and all without selectors
// (pkg/kube/namespace/filter.go).
func (r *revision) discovers(ns *mesh.Namespace) truth.Value {
	if len(r.mesh.discovery) == 0 || ns.Name == r.namespace || ns.Name == r.mesh.root {
		return truth.True
	}
	seen := truth.False
	for i := range r.mesh.discovery {
		seen = seen.Or(ns.Fulfils(&r.mesh.discovery[i]))
	}
	return seen
}
