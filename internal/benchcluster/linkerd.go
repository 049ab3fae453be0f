package benchcluster

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
)

// Linkerd writes a cluster with Linkerd as a stream of JSON objects: 100, 1,000 or 5,000 workloads with
// two running pods each for the sizes S, M and L, a Service and two ports for each, as many Servers, as
// many AuthorizationPolicies, and the authentications and routes that they name. One workload in ten is
// outside of the mesh. The same size gives the same bytes.
func Linkerd(out io.Writer, size string) error {
	workloads := map[string]int{"S": 100, "M": 1000, "L": 5000}[size]
	if workloads == 0 {
		return fmt.Errorf("size %q: want S, M or L", size)
	}
	w := bufio.NewWriter(out)
	l := &linkerdCluster{w: w, r: rand.New(rand.NewPCG(1, uint64(workloads))), namespaces: max(workloads/50, 2)}
	l.put(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"linkerd"}}`)
	l.put(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"linkerd-config","namespace":"linkerd"},"data":{"values":"linkerdVersion: edge-26.6.3\nclusterDomain: cluster.local\n"}}`)
	for ns := range l.namespaces {
		l.put(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"ns-%d","annotations":{"linkerd.io/inject":"enabled"}}}`, ns)
		l.authentications(ns)
	}
	for i := range workloads {
		l.workload(i)
	}
	return w.Flush()
}

// linkerdCluster is what the objects of a synthetic cluster have in common.
type linkerdCluster struct {
	w          *bufio.Writer
	r          *rand.Rand
	namespaces int
}

// put writes an object; what goes wrong shows when the writer is flushed.
func (l *linkerdCluster) put(format string, args ...any) {
	_, _ = fmt.Fprintf(l.w, format+"\n", args...)
}

// authentications are those that the policies of a namespace choose from: the whole mesh, a namespace, a
// few accounts, a network.
func (l *linkerdCluster) authentications(ns int) {
	const head = `{"apiVersion":"policy.linkerd.io/v1alpha1","kind":"%s","metadata":{"name":"%s","namespace":"ns-%d"},"spec":{%s}}`
	l.put(head, "MeshTLSAuthentication", "mesh", ns, `"identities":["*"]`)
	l.put(head, "MeshTLSAuthentication", "neighbours", ns, fmt.Sprintf(`"identities":["*.ns-%d.serviceaccount.identity.linkerd.cluster.local"]`, l.r.IntN(l.namespaces)))
	for i := range 10 {
		l.put(head, "MeshTLSAuthentication", fmt.Sprintf("few-%d", i), ns, fmt.Sprintf(
			`"identityRefs":[{"kind":"ServiceAccount","name":"app-%d"},{"kind":"ServiceAccount","name":"app-%d","namespace":"ns-%d"}]`,
			l.r.IntN(50), l.r.IntN(50), l.r.IntN(l.namespaces)))
	}
	l.put(head, "NetworkAuthentication", "cluster", ns, `"networks":[{"cidr":"10.0.0.0/8","except":["10.9.0.0/16"]}]`)
}

// workload is the i-th workload with all that belongs to it.
func (l *linkerdCluster) workload(i int) {
	ns, n := i%l.namespaces, i/l.namespaces
	labels := fmt.Sprintf(`"app":"app-%d","tier":"t%d"`, n, n%3)
	inits := ""
	containers := `{"name":"app","image":"example.test/app:1","ports":[{"name":"http","containerPort":8080},{"name":"admin","containerPort":9090}],"readinessProbe":{"httpGet":{"path":"/ready","port":"http"}}}`
	annotations := `"linkerd.io/inject":"disabled"`
	if meshed := i%10 != 9; meshed {
		annotations = `"linkerd.io/inject":"enabled"`
		if i%17 == 0 {
			annotations += `,"config.linkerd.io/default-inbound-policy":"all-authenticated"`
		}
	}
	l.put(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"app-%d","namespace":"ns-%d"},"spec":{"selector":{"matchLabels":{"app":"app-%[1]d"}},"template":{"metadata":{"labels":{%[3]s},"annotations":{%[4]s}},"spec":{"serviceAccountName":"app-%[1]d","containers":[%[5]s]}}}}`,
		n, ns, labels, annotations, containers)
	if i%10 != 9 {
		labels += fmt.Sprintf(`,"linkerd.io/control-plane-ns":"linkerd","linkerd.io/workload-ns":"ns-%d"`, ns)
		inits = proxyContainers
	}
	for pod := range 2 {
		l.put(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"app-%d-5d4f-%d","namespace":"ns-%d","labels":{%s,"pod-template-hash":"5d4f"},"annotations":{%s},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"app-%[1]d-5d4f","uid":"u","controller":true}]},"spec":{"serviceAccountName":"app-%[1]d","nodeName":"node-%[6]d","initContainers":[%[7]s],"containers":[%[8]s]},"status":{"phase":"Running","podIP":"10.%[9]d.%[10]d.%[11]d"}}`,
			n, pod, ns, labels, annotations, i%200, inits, containers, 1+i/32000, i/125%256, i%125*2+pod)
	}
	l.put(`{"apiVersion":"v1","kind":"Service","metadata":{"name":"app-%d","namespace":"ns-%d"},"spec":{"selector":{"app":"app-%[1]d"},"ports":[{"name":"http","port":80,"targetPort":"http"},{"name":"admin","port":9090}]}}`, n, ns)
	l.policies(i, n, ns)
}

// proxyContainers are what the injector adds to a pod.
const proxyContainers = `{"name":"linkerd-init","image":"cr.l5d.io/linkerd/proxy-init:v2.4.6"},` +
	`{"name":"linkerd-proxy","image":"cr.l5d.io/linkerd/proxy:edge-26.6.3","restartPolicy":"Always",` +
	`"ports":[{"name":"linkerd-proxy","containerPort":4143},{"name":"linkerd-admin","containerPort":4191}],` +
	`"env":[{"name":"LINKERD2_PROXY_INBOUND_LISTEN_ADDR","value":"0.0.0.0:4143"},` +
	`{"name":"LINKERD2_PROXY_ADMIN_LISTEN_ADDR","value":"0.0.0.0:4191"},{"name":"LINKERD2_PROXY_CONTROL_LISTEN_ADDR","value":"0.0.0.0:4190"}]}`

// policies are a Server and a policy for the workload, and for some of them a route with one of its own.
func (l *linkerdCluster) policies(i, n, ns int) {
	port := `"http"`
	if i%3 == 0 {
		port = "9090"
	}
	created := fmt.Sprintf("2026-01-%02dT00:00:%02dZ", 1+i%28, i%60)
	l.put(`{"apiVersion":"policy.linkerd.io/v1beta3","kind":"Server","metadata":{"name":"app-%d","namespace":"ns-%d","creationTimestamp":"%s"},"spec":{"podSelector":{"matchLabels":{"app":"app-%[1]d"}},"port":%[4]s,"proxyProtocol":"HTTP/1"}}`,
		n, ns, created, port)
	target := fmt.Sprintf(`{"group":"policy.linkerd.io","kind":"Server","name":"app-%d"}`, n)
	if i%8 == 0 {
		l.put(`{"apiVersion":"policy.linkerd.io/v1beta3","kind":"HTTPRoute","metadata":{"name":"app-%d","namespace":"ns-%d","creationTimestamp":"%s"},"spec":{"parentRefs":[{"group":"policy.linkerd.io","kind":"Server","name":"app-%[1]d"}],"rules":[{"matches":[{"path":{"value":"/api"},"method":"GET"},{"path":{"value":"/health","type":"Exact"}}]}]}}`, n, ns, created)
		target = fmt.Sprintf(`{"group":"policy.linkerd.io","kind":"HTTPRoute","name":"app-%d"}`, n)
	}
	authentication := []string{"mesh", "neighbours", "few-0", "few-1", "few-2", "few-3", "few-4", "few-5"}[l.r.IntN(8)]
	network := ""
	if i%5 == 0 {
		network = `,{"group":"policy.linkerd.io","kind":"NetworkAuthentication","name":"cluster"}`
	}
	l.put(`{"apiVersion":"policy.linkerd.io/v1alpha1","kind":"AuthorizationPolicy","metadata":{"name":"app-%d","namespace":"ns-%d"},"spec":{"targetRef":%s,"requiredAuthenticationRefs":[{"group":"policy.linkerd.io","kind":"MeshTLSAuthentication","name":"%s"}%s]}}`,
		n, ns, target, authentication, network)
}
