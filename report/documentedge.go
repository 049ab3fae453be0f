package report

import (
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Entry is a place at which traffic enters the cluster.
type Entry struct {
	Mesh              string      `json:"mesh,omitempty"` // left out for plain Kubernetes and for other controllers
	Kind              string      `json:"kind"`
	Object            source.Ref  `json:"object"`
	Field             string      `json:"field,omitempty"`
	Pos               source.Pos  `json:"pos,omitzero"`
	Listener          string      `json:"listener,omitempty"`
	Port              int         `json:"port,omitempty"` // that the object names
	Protocol          string      `json:"protocol,omitempty"`
	Hosts             []string    `json:"hosts"`   // empty means all
	Exposed           []Exposure  `json:"exposed"` // empty when nothing in the input leads to it from outside
	Served            truth.Value `json:"served"`
	TLS               string      `json:"tls"`
	ClientCertificate truth.Value `json:"clientCertificate"`
	RedirectsToTLS    truth.Value `json:"redirectsToTLS"`
	Proxies           []string    `json:"proxies"`   // workloads that run it, as "namespace/Kind/name"
	Workloads         []string    `json:"workloads"` // behind it, likewise
	Hops              []Hop       `json:"hops"`      // from its proxies to those
	Detours           []Detour    `json:"detours"`   // ports behind it that are reached around it, or may be
	Why               []Step      `json:"why"`
	Unknown           []Gap       `json:"unknown"`
}

// Exposure is a way from outside the cluster to a port of pods.
type Exposure struct {
	Kind      string     `json:"kind"`
	Object    source.Ref `json:"object"`
	Pos       source.Pos `json:"pos,omitzero"`
	Port      int        `json:"port,omitempty"` // that clients address; left out when the cluster has yet to choose it
	Addresses []string   `json:"addresses"`      // empty means those that the cluster gives
	Sources   []string   `json:"sources"`        // address ranges that are let in; empty means all
	Local     bool       `json:"local"`          // nodes hand connections to their own pods only
}

// Hop is the connection from a proxy of an entry to a port behind it.
type Hop struct {
	Proxy         string      `json:"proxy"`
	Server        string      `json:"server"`
	Port          int         `json:"port"` // of the server's pods
	Sends         string      `json:"sends"`
	Connects      truth.Value `json:"connects"`
	Encrypted     truth.Value `json:"encrypted"`
	Authenticated truth.Value `json:"authenticated"`
	Why           []Step      `json:"why"`
	Unknown       []Gap       `json:"unknown"`
}

// Detour is a way to a port behind an entry that does not lead through it.
type Detour struct {
	Server  string      `json:"server"`
	Port    int         `json:"port"`    // of the server's pods
	Open    truth.Value `json:"open"`    // whether clients without an identity of the mesh get anything through
	Exposed []Exposure  `json:"exposed"` // how it is reached from outside the cluster; empty for from inside only
	Why     []Step      `json:"why"`
	Unknown []Gap       `json:"unknown"`
}

// Exit is a destination outside that the configuration names.
type Exit struct {
	Mesh     string      `json:"mesh"`
	Object   source.Ref  `json:"object"`
	Pos      source.Pos  `json:"pos,omitzero"`
	Host     string      `json:"host,omitempty"`
	Networks []string    `json:"networks"`
	Port     int         `json:"port,omitempty"` // left out for all
	Protocol string      `json:"protocol,omitempty"`
	Outside  truth.Value `json:"outside"` // whether clients begin no mutual TLS of the mesh of their own accord
	Why      []Step      `json:"why"`
	Unknown  []Gap       `json:"unknown"`
}
