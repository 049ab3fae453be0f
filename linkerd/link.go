package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	linkapi "github.com/meshposture/meshposture/linkerd/api/link/v1alpha3"
)

// link is another cluster whose Services are mirrored into this one.
type link struct {
	resource
	spec linkapi.LinkSpec
}

// cluster is the name of the other cluster; empty where the Link stands for the own one.
func (k *link) cluster() string { return k.spec.TargetClusterName }

// links reads the Links, ordered by namespace and name.
func (c *compiler) links() []*link {
	var all []*link
	for o := range c.in.Objects.Objects(kindLink) {
		v, r := decode(c, o, func(v *linkapi.Link) *kube.Meta { return &v.Meta })
		if !r.refused {
			all = append(all, &link{r, v.Spec})
		}
	}
	return all
}

// mirrors reports whether one of a Link's selectors takes a Service in: one that is missing or empty takes
// none (multicluster/service-mirror/cluster_watcher.go isExported and its like).
func mirrors(s *kube.LabelSelector, labels map[string]string) bool {
	return !s.IsEmpty() && s.Matches(labels)
}

// linkTo is the first Link to a cluster; nil for none.
func (c *clientSide) linkTo(cluster string) *link {
	for _, k := range c.links {
		if k.cluster() == cluster && cluster != "" {
			return k
		}
	}
	return nil
}
