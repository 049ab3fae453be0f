package decision

// ReasonClass is the family of an exclusion's reason. Most classes hold only under a condition
// that can be looked up; a reason that held once may have ceased to.
type ReasonClass string

// The classes, with the condition under which each holds. The zero ReasonClass is not stated.
const (
	HostNetwork         ReasonClass = "host-network"         // the pod template has hostNetwork: true; ambient does not change that
	JobNeverCompletes   ReasonClass = "job-never-completes"  // a Job or CronJob whose proxy would be an ordinary container that outlives the work
	InitNetworkRace     ReasonClass = "init-network-race"    // an init container needs the network before the proxy runs
	RestrictedPSA       ReasonClass = "restricted-psa"       // Pod Security forbids NET_ADMIN and there is no CNI plugin
	SandboxedRuntime    ReasonClass = "sandboxed-runtime"    // gVisor, Kata: no iptables in the sandbox
	WindowsNode         ReasonClass = "windows-node"         // the pod runs on Windows
	UnsupportedProtocol ReasonClass = "unsupported-protocol" // UDP, SCTP, multicast, server-first protocols
	MeshInfrastructure  ReasonClass = "mesh-infrastructure"  // part of the mesh's control plane or of the cluster's
	ControlPlaneCaller  ReasonClass = "control-plane-caller" // called by the API server, the kubelet or a load balancer
	NoMeshTraffic       ReasonClass = "no-mesh-traffic"      // talks to no member of the mesh
	ObservabilityVolume ReasonClass = "observability-volume" // so much telemetry that a proxy costs more than it gives
	LatencySLO          ReasonClass = "latency-slo"          // a measured latency limit
	ResourceLimit       ReasonClass = "resource-limit"       // no room for a proxy
	LegacyImage         ReasonClass = "legacy-image"         // an image that cannot be changed
	VendorUnsupported   ReasonClass = "vendor-unsupported"   // the vendor refuses support within a mesh
	OwnMTLS             ReasonClass = "own-mtls"             // the application does mutual TLS itself
	TemporaryMigration  ReasonClass = "temporary-migration"  // until a named day, at most 90 days
	BreakGlass          ReasonClass = "break-glass"          // an incident, at most 72 hours
	OtherReason         ReasonClass = "other"                // none of these: nothing can be looked up
)

func reasonClasses() []ReasonClass {
	return []ReasonClass{
		HostNetwork, JobNeverCompletes, InitNetworkRace, RestrictedPSA, SandboxedRuntime,
		WindowsNode, UnsupportedProtocol, MeshInfrastructure, ControlPlaneCaller, NoMeshTraffic,
		ObservabilityVolume, LatencySLO, ResourceLimit, LegacyImage, VendorUnsupported, OwnMTLS,
		TemporaryMigration, BreakGlass, OtherReason,
	}
}

// UnmarshalText accepts the words of the constants.
func (c *ReasonClass) UnmarshalText(text []byte) error {
	return readWord(c, "class of reason", text, reasonClasses()...)
}
