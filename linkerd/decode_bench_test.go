package linkerd

import (
	"testing"

	"github.com/meshposture/meshposture/kube"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	"github.com/meshposture/meshposture/source"
)

// BenchmarkDecode reads Servers, as a compilation does first of all: thousands of them are an ordinary input.
func BenchmarkDecode(b *testing.B) {
	o := object(b, heads("policy.linkerd.io/v1beta3", "Server")+"spec: {podSelector: {matchLabels: {app: web}}, port: 80, proxyProtocol: HTTP/1}")
	b.ReportAllocs()
	for b.Loop() {
		c := &compiler{release: release{minor: newestMinor}}
		decode(c, source.Object{Ref: o.Ref, Version: o.Version, JSON: o.JSON}, func(v *serverapi.Server) *kube.Meta { return &v.Meta })
	}
}
