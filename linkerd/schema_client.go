package linkerd

import (
	"regexp"

	"github.com/meshposture/meshposture/internal/strict"
	workloadv1alpha1 "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1alpha1"
	workloadv1beta1 "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
	linkv1alpha1 "github.com/meshposture/meshposture/linkerd/api/link/v1alpha1"
	linkv1alpha2 "github.com/meshposture/meshposture/linkerd/api/link/v1alpha2"
	linkv1alpha3 "github.com/meshposture/meshposture/linkerd/api/link/v1alpha3"
	profileapi "github.com/meshposture/meshposture/linkerd/api/serviceprofile/v1alpha2"
)

// serviceProfile is charts/linkerd-crds/templates/serviceprofile.yaml.
func (d *definer) serviceProfile() {
	limit[profileapi.RouteSpec](d, "", must("name", "condition"))
	limit[profileapi.ResponseClass](d, "", must("condition"))
	limit[profileapi.RetryBudget](d, "", must("retryRatio", "minRetriesPerSecond", "ttl"))
	d.field(named[profileapi.WeightedDst]("weight"), strict.IntOrString().With(strict.Limits{Pattern: regexp.MustCompile(formQuantity)}))
	// The definition does not look into conditions that are part of others.
	for _, part := range []string{"all", "any", "not"} {
		d.field(named[profileapi.RequestMatch](part), strict.List(strict.Map(strict.Any())))
	}
	for _, part := range []string{"all", "any"} {
		d.field(named[profileapi.ResponseMatch](part), strict.List(strict.Map(strict.Any())))
	}
	d.field(named[profileapi.ResponseMatch]("not"), strict.Map(strict.Any()))
	d.versionWithout(kindServiceProfile, "v1alpha2", oldestMinor, typeOf[profileapi.ServiceProfileSpec](d))
	d.versionWithout(kindServiceProfile, "v1alpha1", oldestMinor, typeOf[profileapi.ServiceProfileSpec](d).With(must("routes")))
}

// link is multicluster/charts/linkerd-multicluster/templates/link-crd.yaml.
func (d *definer) link() {
	for _, field := range []string{"period", "timeout"} {
		d.field(named[linkv1alpha3.ProbeSpec](field), strict.Duration())
	}
	d.versionWithout(kindLink, "v1alpha1", oldestMinor, typeOf[linkv1alpha1.LinkSpec](d))
	d.versionWithout(kindLink, "v1alpha2", 17, typeOf[linkv1alpha2.LinkSpec](d))
	d.versionWithout(kindLink, "v1alpha3", 18, typeOf[linkv1alpha3.LinkSpec](d))
}

// externalWorkload is charts/linkerd-crds/templates/workload/external-workload.yaml.
func (d *definer) externalWorkload(minor int) {
	limit[workloadv1beta1.ExternalWorkloadSpec](d, "", must("meshTLS"))
	limit[workloadv1alpha1.ExternalWorkloadSpec](d, "", must("meshTls"))
	limit[workloadv1alpha1.ExternalWorkloadSpec](d, "workloadIPs", entries(0, 1))
	limit[workloadv1beta1.ExternalWorkloadSpec](d, "workloadIPs", entries(0, 2))
	if minor < 17 {
		limit[workloadv1beta1.ExternalWorkloadSpec](d, "workloadIPs", entries(0, 1))
	}
	limit[workloadv1beta1.MeshTLS](d, "", must("identity", "serverName"))
	limit[workloadv1beta1.MeshTLS](d, "identity", text(1, 253, ""))
	limit[workloadv1beta1.MeshTLS](d, "serverName", text(1, 253, ""))
	limit[workloadv1beta1.PortSpec](d, "", must("port"))
	numbers[workloadv1beta1.PortSpec](d, "port", 1, 65535)
	d.version(kindExternalWorkload, "v1alpha1", 15, typeOf[workloadv1alpha1.ExternalWorkloadSpec](d))
	d.version(kindExternalWorkload, "v1beta1", 15, typeOf[workloadv1beta1.ExternalWorkloadSpec](d))
}
