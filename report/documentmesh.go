package report

import (
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// CA is who signs the certificates of a control plane's workloads.
type CA struct {
	Kind     string        `json:"kind"`
	Issuer   string        `json:"issuer,omitempty"`   // the product or signer behind an external one
	Address  string        `json:"address,omitempty"`  // where proxies ask, when that is not the control plane
	Lifetime string        `json:"lifetime,omitempty"` // of workloads' certificates, as Go writes durations: "24h0m0s"
	Chained  truth.Value   `json:"chained"`            // whether what the control plane signs leads to one of Roots
	Roots    []Certificate `json:"roots"`              // what workloads trust, first to expire first
	Issuers  []Certificate `json:"issuers"`            // with which the control plane signs, likewise
	Why      []Step        `json:"why"`
	Unknown  []Gap         `json:"unknown"`
}

// Certificate is a public certificate of an authority.
type Certificate struct {
	Subject     string       `json:"subject"`
	NotBefore   string       `json:"notBefore"`       // YYYY-MM-DD in UTC
	NotAfter    string       `json:"notAfter"`        // likewise
	Fingerprint string       `json:"fingerprint"`     // SHA-256, in lower-case hexadecimal
	Unfit       string       `json:"unfit,omitempty"` // why the mesh does not take it; its time apart
	In          []source.Ref `json:"in"`              // the objects that hold it
}

// Link is another cluster that a control plane is told of.
type Link struct {
	Cluster   string     `json:"cluster,omitempty"` // its name; left out where the link stands for the own cluster
	Object    source.Ref `json:"object"`
	Pos       source.Pos `json:"pos"`
	Domain    string     `json:"domain,omitempty"`
	Namespace string     `json:"namespace,omitempty"` // of the control plane there
	Ways      []string   `json:"ways"`                // gateway, direct, joined
	Gateways  []string   `json:"gateways"`            // before it
	Identity  string     `json:"identity,omitempty"`  // of the gateways
	Why       []Step     `json:"why"`
	Unknown   []Gap      `json:"unknown"`
}

// Replicas is how many instances of a control plane there are.
type Replicas struct {
	Declared *int     `json:"declared,omitempty"`
	Min      *int     `json:"min,omitempty"` // of an autoscaler
	Max      *int     `json:"max,omitempty"`
	Running  int      `json:"running"` // pods in the input
	Zones    []string `json:"zones"`   // of the nodes on which those run
	Spread   []string `json:"spread"`  // kinds of place over which the scheduler is asked to spread them
	Strict   []string `json:"strict"`  // those of them that are demanded
	Budgets  []string `json:"budgets"` // what must stay up while nodes are drained
	Why      []Step   `json:"why"`
	Unknown  []Gap    `json:"unknown"`
}

// Component is a part of a mesh's data plane in one version, under one control plane.
type Component struct {
	Mesh      string   `json:"mesh"`
	Kind      string   `json:"kind"`
	Revision  string   `json:"revision,omitempty"`
	Namespace string   `json:"namespace,omitempty"` // of the control plane, where that and not a revision tells it
	Version   string   `json:"version,omitempty"`
	Behind    *int     `json:"behind,omitempty"` // minor releases behind its control plane; negative when ahead, left out when not known
	Workloads []string `json:"workloads"`        // as "namespace/Kind/name"
	Pods      int      `json:"pods"`             // running ones
	Why       []Step   `json:"why"`
	Unknown   []Gap    `json:"unknown"`
}
