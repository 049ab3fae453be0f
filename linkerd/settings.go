package linkerd

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// settings is the configuration of the control plane, as its ConfigMap has it, with the chart's defaults
// for what it does not say (charts/linkerd-control-plane/values.yaml).
type settings struct {
	namespace string        // of the control plane
	release   release       // zero when not known
	version   string        // as it is written; empty when not known
	object    source.Object // the ConfigMap linkerd-config; zero when it is not in the input
	gaps      []mesh.Gap    // what was not understood in it
	vague     []mesh.Gap    // why the release is not known; nil when it is. For answers that differ between releases
	values    values
	given     values // what the ConfigMap itself says, without defaults

	networks networks // clusterNetworks
}

// found reports whether the ConfigMap is in the input.
func (s *settings) found() bool { return !s.object.Ref.IsZero() }

// notUnderstood are all gaps of what is written: those of the values, and a version that is none.
func (s *settings) notUnderstood() []mesh.Gap {
	if s.version == "" {
		return slices.Clone(s.gaps)
	}
	return slices.Concat(s.gaps, s.vague)
}

// trustDomain is the one of which identities are made.
func (s *settings) trustDomain() string {
	return cmp.Or(s.values.IdentityTrustDomain, s.values.ClusterDomain)
}

// identity is the name in the certificates of a ServiceAccount's pods.
func (s *settings) identity(account, namespace string) string {
	return account + "." + namespace + ".serviceaccount.identity." + s.namespace + "." + s.trustDomain()
}

// at is the step that says that a value of the configuration decided, or its default.
func (s *settings) at(rule, detail string) mesh.Step {
	if !s.found() {
		return mesh.Step{Rule: rule, Detail: detail + " (the chart's default: linkerd-config is not in the input)"}
	}
	return mesh.Step{Rule: rule, Object: s.object.Ref, Loc: s.object.At("data.values"), Detail: detail}
}

const (
	configName       = "linkerd-config"
	defaultNamespace = "linkerd"
)

// settingsOf reads the configuration of an installation.
func (c *compiler) settingsOf(in *installation) *settings {
	s := &settings{namespace: in.namespace, object: in.config}
	var data map[string]string
	if s.found() {
		cm, problems := kube.Decode[kube.ConfigMap](s.object)
		c.problems = append(c.problems, problems...)
		s.gaps = gap.Of(s.object, problems)
		data = cm.Data
	}
	s.given, s.gaps = c.readValues(s.object, data["values"], s.gaps)
	s.version = cmp.Or(c.opts.Version, s.given.LinkerdVersion, in.version())
	rel, known := parseRelease(s.version)
	if s.version != "" && !known {
		s.vague = []mesh.Gap{{Reason: source.ProblemBadValue, Object: s.object.Ref, Detail: "the version " + s.version + " is none that is known"}}
	} else if !known {
		s.vague = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: s.object.Ref, Detail: "the control plane's version is not in the input"}}
	}
	s.release = rel
	s.values = s.given.withDefaults(rel)
	s.networks = c.parseNetworks(s)
	return s
}

// parseNetworks reads clusterNetworks; what is no network is reported and left out.
func (c *compiler) parseNetworks(s *settings) networks {
	var ns networks
	for part := range strings.SplitSeq(s.values.ClusterNetworks, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, ok := parseNet(part)
		if !ok {
			s.gaps = append(s.gaps, c.report(source.ProblemBadValue, s.object, "data.values", "clusterNetworks: "+part+" is no network"))
			continue
		}
		ns = append(ns, network{cidr: p})
	}
	return ns
}

// inCluster reports whether an address is in the cluster's networks.
func (s *settings) inCluster(a netip.Addr) bool { return s.networks.has(a) }
