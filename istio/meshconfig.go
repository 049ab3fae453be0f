package istio

import (
	"cmp"
	"slices"
	"strings"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// meshConfig is the part of a MeshConfig on which the posture depends.
type meshConfig struct {
	root         string // where mesh-wide policies stand
	trustDomain  string
	aliases      []string
	interception string // REDIRECT, TPROXY or NONE
	hbone        bool   // sidecars speak HBONE (proxyMetadata ISTIO_META_ENABLE_HBONE)
	why          []mesh.Step
	gaps         []mesh.Gap // reasons to distrust the values above
}

// defaultMeshConfig is what istiod takes for what a MeshConfig leaves out.
// pkg/config/mesh/mesh.go DefaultMeshConfig.
func defaultMeshConfig() meshConfig {
	return meshConfig{root: systemNamespace, trustDomain: "cluster.local", interception: "REDIRECT"}
}

// meshConfigMaps reads the ConfigMaps "istio" and "istio-REVISION". With only set, those of
// revisions that have not been found otherwise are passed over.
func (c *compiler) meshConfigMaps(found *revisionSet, only bool) {
	const key = "mesh"
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		rev, ok := chartRevision(o.Ref.Name, "istio")
		if !ok {
			continue
		}
		cm, problems := kube.Decode[kube.ConfigMap](o)
		text, ok := cm.Data[key]
		if !ok || only && found.byName[rev] == nil {
			continue
		}
		c.problems = append(c.problems, problems...)
		r := found.named(rev)
		r.namespace = cmp.Or(r.namespace, o.Ref.Namespace)
		r.mesh = c.readMeshConfig(embedded{o, source.Key("data", key)}, []byte(text))
		r.mesh.gaps = append(r.mesh.gaps, gapsOf(o, problems)...)
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

// report adds a problem with a path inside the text, and returns the gap that it leaves.
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
	pb := &meshv1alpha1.MeshConfig{}
	cfg.gaps = c.readEmbedded(e, text, pb)
	cfg.why = []mesh.Step{{Rule: ruleMeshConfig, Object: e.o.Ref, Loc: e.o.At(e.field), Detail: "mesh configuration"}}
	cfg.root = cmp.Or(pb.GetRootNamespace(), cfg.root)
	cfg.trustDomain = cmp.Or(strings.ReplaceAll(pb.GetTrustDomain(), "@", "."), cfg.trustDomain)
	cfg.aliases = slices.Sorted(slices.Values(pb.GetTrustDomainAliases()))
	cfg.interception = pb.GetDefaultConfig().GetInterceptionMode().String()
	cfg.hbone = pb.GetDefaultConfig().GetProxyMetadata()["ISTIO_META_ENABLE_HBONE"] == "true"
	return cfg
}
