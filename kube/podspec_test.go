package kube_test

import (
	"testing"

	"github.com/meshposture/meshposture/kube"
)

func TestPodSpecAccount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		spec kube.PodSpec
		want string
	}{
		{kube.PodSpec{}, "default"},
		{kube.PodSpec{DeprecatedAccount: "old"}, "old"},
		{kube.PodSpec{ServiceAccountName: "new", DeprecatedAccount: "old"}, "new"},
	}
	for _, tt := range tests {
		if got := tt.spec.Account(); got != tt.want {
			t.Errorf("Account of %+v = %q, want %q", tt.spec, got, tt.want)
		}
	}
}

// A named port is looked for in the containers, then in init containers that keep running.
func TestPodSpecPort(t *testing.T) {
	t.Parallel()
	ports := func(name string, n uint16, protocol string) []kube.ContainerPort {
		return []kube.ContainerPort{{Name: name, ContainerPort: n, Protocol: protocol}}
	}
	spec := kube.PodSpec{
		InitContainers: []kube.Container{
			{Name: "once", Ports: ports("once", 1, "")},
			{Name: "proxy", RestartPolicy: "Always", Ports: ports("http", 2, "")},
			{Name: "agent", RestartPolicy: "Always", Ports: ports("agent", 3, "TCP")},
		},
		Containers: []kube.Container{
			{Name: "dns", Ports: ports("http", 4, "UDP")},
			{Name: "web", Ports: ports("http", 5, "")},
			{Name: "spare", Ports: ports("http", 6, "")},
		},
	}
	tests := []struct {
		name, protocol string
		want           uint16
		ok             bool
	}{
		{"http", "", 5, true},
		{"http", "TCP", 5, true},
		{"http", "UDP", 4, true},
		{"agent", "", 3, true},
		{"once", "", 0, false},
		{"none", "", 0, false},
	}
	for _, tt := range tests {
		if got, ok := spec.Port(tt.name, tt.protocol); got != tt.want || ok != tt.ok {
			t.Errorf("Port(%q, %q) = %d, %t, want %d, %t", tt.name, tt.protocol, got, ok, tt.want, tt.ok)
		}
	}
}

func TestIntOrString(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want kube.IntOrString
		text string
	}{
		{`8080`, kube.IntOrString{Int: 8080}, "8080"},
		{`"http"`, kube.IntOrString{Name: "http"}, "http"},
		{`"\u0068"`, kube.IntOrString{Name: "h"}, "h"},
		{`null`, kube.IntOrString{}, "0"},
	}
	for _, tt := range tests {
		var got kube.IntOrString
		if err := got.UnmarshalJSON([]byte(tt.json)); err != nil {
			t.Errorf("%s: %v", tt.json, err)
		}
		if got != tt.want || got.String() != tt.text || got.IsZero() != (tt.json == "null") {
			t.Errorf("%s: %+v %q, want %+v %q", tt.json, got, got, tt.want, tt.text)
		}
	}
	for _, bad := range []string{`1.5`, `true`, `{}`, `4294967296`, ``} {
		if err := new(kube.IntOrString).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
