// Package kube holds lean Kubernetes objects: only the fields on which a mesh posture depends.
//
// The types decode the API's own JSON. They are small on purpose: a cluster of 10,000 pods is an
// ordinary input. A field that the API knows and this package leaves out is not read by anybody;
// a field that the API does not know is reported by Decode.
//
// Nothing here is changed after it was decoded; maps and slices may be shared.
package kube

import "time"

// The kinds that Decode knows.
var (
	KindPod                   = kind("", "Pod")
	KindNamespace             = kind("", "Namespace")
	KindNode                  = kind("", "Node")
	KindService               = kind("", "Service")
	KindServiceAccount        = kind("", "ServiceAccount")
	KindConfigMap             = kind("", "ConfigMap")
	KindReplicationController = kind("", "ReplicationController")
	KindDeployment            = kind("apps", "Deployment")
	KindReplicaSet            = kind("apps", "ReplicaSet")
	KindStatefulSet           = kind("apps", "StatefulSet")
	KindDaemonSet             = kind("apps", "DaemonSet")
	KindJob                   = kind("batch", "Job")
	KindCronJob               = kind("batch", "CronJob")
	KindMutatingWebhook       = kind("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
)

// Meta is the part of an object's metadata that somebody reads.
type Meta struct {
	Name              string            `json:"name"`
	GenerateName      string            `json:"generateName"`
	Namespace         string            `json:"namespace"`
	UID               string            `json:"uid"`
	Labels            map[string]string `json:"labels"`
	Annotations       map[string]string `json:"annotations"`
	CreationTimestamp time.Time         `json:"creationTimestamp"` // zero for an object that no API server has stored
	DeletionTimestamp time.Time         `json:"deletionTimestamp"`
	OwnerReferences   []Owner           `json:"ownerReferences"`
}

// Owner is an entry of metadata.ownerReferences.
type Owner struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Controller bool   `json:"controller"`
}

// Namespace is a v1 Namespace.
type Namespace struct {
	Meta `json:"metadata"`
}

// ServiceAccount is a v1 ServiceAccount.
type ServiceAccount struct {
	Meta                         `json:"metadata"`
	AutomountServiceAccountToken *bool `json:"automountServiceAccountToken"` // nil means true; a pod's own counts before
}

// ConfigMap is a v1 ConfigMap; binaryData is not read.
type ConfigMap struct {
	Meta `json:"metadata"`
	Data map[string]string `json:"data"`
}

// Node is a v1 Node.
type Node struct {
	Meta   `json:"metadata"`
	Status NodeStatus `json:"status"`
}

// NodeStatus is what the kubelet says of itself.
type NodeStatus struct {
	NodeInfo struct {
		KubeletVersion  string `json:"kubeletVersion"`
		KernelVersion   string `json:"kernelVersion"`
		OperatingSystem string `json:"operatingSystem"`
		OSImage         string `json:"osImage"`
	} `json:"nodeInfo"`
}

// Pod is a v1 Pod.
type Pod struct {
	Meta   `json:"metadata"`
	Spec   PodSpec   `json:"spec"`
	Status PodStatus `json:"status"`
}

// PodStatus is what a cluster reports of a pod; zero for a pod that was only written down.
type PodStatus struct {
	Phase  string  `json:"phase"`
	PodIP  string  `json:"podIP"`
	PodIPs []PodIP `json:"podIPs"` // PodIP and, in a cluster of two families, the other one
}

// PodIP is one address of a pod.
type PodIP struct {
	IP string `json:"ip"`
}

// PodTemplate is the template from which a controller makes its pods.
type PodTemplate struct {
	Meta `json:"metadata"`
	Spec PodSpec `json:"spec"`
}

// PodSpec is the part of a pod's specification that a mesh or a check reads.
type PodSpec struct {
	ServiceAccountName string            `json:"serviceAccountName"` // empty means "default"
	DeprecatedAccount  string            `json:"serviceAccount"`     // the old name of serviceAccountName
	HostNetwork        bool              `json:"hostNetwork"`
	RuntimeClassName   string            `json:"runtimeClassName"`
	NodeName           string            `json:"nodeName"`
	NodeSelector       map[string]string `json:"nodeSelector"`
	RestartPolicy      string            `json:"restartPolicy"`
	OS                 struct {
		Name string `json:"name"`
	} `json:"os"`
	SecurityContext SecurityContext `json:"securityContext"`
	InitContainers  []Container     `json:"initContainers"`
	Containers      []Container     `json:"containers"`

	AutomountServiceAccountToken *bool `json:"automountServiceAccountToken"` // nil means what the ServiceAccount says
}

// SecurityContext is the part of a pod's or container's security context that a mesh reads.
type SecurityContext struct {
	RunAsUser  *int64 `json:"runAsUser"`
	RunAsGroup *int64 `json:"runAsGroup"`
}

// Container is a container or an init container.
type Container struct {
	Name            string          `json:"name"`
	Image           string          `json:"image"`
	Command         []string        `json:"command"`
	Args            []string        `json:"args"`
	Env             []EnvVar        `json:"env"`
	Ports           []ContainerPort `json:"ports"`
	RestartPolicy   string          `json:"restartPolicy"` // "Always" makes an init container a native sidecar
	SecurityContext SecurityContext `json:"securityContext"`
	VolumeMounts    []VolumeMount   `json:"volumeMounts"`
	LivenessProbe   *Probe          `json:"livenessProbe"`
	ReadinessProbe  *Probe          `json:"readinessProbe"`
	StartupProbe    *Probe          `json:"startupProbe"`
}

// Probe is how the kubelet asks a container for its health.
type Probe struct {
	HTTPGet *HTTPGet `json:"httpGet"` // nil when it asks in another way
}

// HTTPGet is the request of a probe.
type HTTPGet struct {
	Path        string       `json:"path"` // empty means "/"
	Port        IntOrString  `json:"port"`
	Scheme      string       `json:"scheme"` // HTTP or HTTPS; empty means HTTP
	HTTPHeaders []HTTPHeader `json:"httpHeaders"`
}

// HTTPHeader is a header of a probe's request.
type HTTPHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// VolumeMount is a volume that a container sees in its file system.
type VolumeMount struct {
	MountPath string `json:"mountPath"`
}

// EnvVar is an environment variable with a literal value; Value is empty for one taken from elsewhere.
type EnvVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ContainerPort is a port that a container declares.
type ContainerPort struct {
	Name          string `json:"name"`
	ContainerPort uint16 `json:"containerPort"`
	HostPort      uint16 `json:"hostPort"` // 0 for none
	HostIP        string `json:"hostIP"`   // the node's address that HostPort is bound to; empty for all
	Protocol      string `json:"protocol"` // empty means TCP
}

// Controller is any object that makes pods from a template: Deployment, ReplicaSet, StatefulSet,
// DaemonSet, ReplicationController, Job.
type Controller struct {
	Meta `json:"metadata"`
	Spec struct {
		Replicas *int32      `json:"replicas"` // nil means 1, where the kind has replicas at all
		Template PodTemplate `json:"template"`
	} `json:"spec"`
}

// CronJob is a batch CronJob.
type CronJob struct {
	Meta `json:"metadata"`
	Spec struct {
		Schedule    string `json:"schedule"`
		Suspend     bool   `json:"suspend"`
		JobTemplate struct {
			Meta `json:"metadata"`
			Spec struct {
				Template PodTemplate `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	} `json:"spec"`
}

// Service is a v1 Service.
type Service struct {
	Meta `json:"metadata"`
	Spec struct {
		Type         string            `json:"type"` // empty means ClusterIP
		ClusterIP    string            `json:"clusterIP"`
		ClusterIPs   []string          `json:"clusterIPs"` // ClusterIP and, in a cluster of two families, the other one
		ExternalName string            `json:"externalName"`
		Selector     map[string]string `json:"selector"` // empty selects nothing
		Ports        []ServicePort     `json:"ports"`

		ExternalIPs           []string `json:"externalIPs"`
		SourceRanges          []string `json:"loadBalancerSourceRanges"` // of a load balancer; empty lets everybody in
		ExternalTrafficPolicy string   `json:"externalTrafficPolicy"`
		AllocateNodePorts     *bool    `json:"allocateLoadBalancerNodePorts"` // nil means true
	} `json:"spec"`
}

// ServicePort is a port of a Service.
type ServicePort struct {
	Name        string      `json:"name"`
	Protocol    string      `json:"protocol"` // empty means TCP
	AppProtocol string      `json:"appProtocol"`
	Port        uint16      `json:"port"`
	TargetPort  IntOrString `json:"targetPort"` // zero means the same as Port
	NodePort    uint16      `json:"nodePort"`
}

// MutatingWebhookConfiguration is an admissionregistration.k8s.io MutatingWebhookConfiguration.
type MutatingWebhookConfiguration struct {
	Meta     `json:"metadata"`
	Webhooks []Webhook `json:"webhooks"`
}

// Webhook is one admission webhook.
type Webhook struct {
	Name              string         `json:"name"`
	NamespaceSelector *LabelSelector `json:"namespaceSelector"` // nil and empty match every namespace
	ObjectSelector    *LabelSelector `json:"objectSelector"`    // nil and empty match every object
	FailurePolicy     string         `json:"failurePolicy"`     // empty means Fail
	ClientConfig      struct {
		Service *struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
			Path      string `json:"path"`
		} `json:"service"`
		URL string `json:"url"`
	} `json:"clientConfig"`
	MatchConditions []struct {
		Name       string `json:"name"`
		Expression string `json:"expression"`
	} `json:"matchConditions"`
	Rules []struct {
		APIGroups  []string `json:"apiGroups"`
		Operations []string `json:"operations"`
		Resources  []string `json:"resources"`
	} `json:"rules"`
}
