package report_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/report"
)

const header = "apiVersion: meshposture.dev/v1alpha1\nkind: ExclusionRegister\nid: r\nexclusions:\n"

// Each row is a cluster, a record if there is one, and lines that the report must hold.
func TestSections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, cluster, record string
		want                  []string
	}{
		{"one pod of two is outside", twoPods, "", []string{
			"0 of 1 workload (2 pods) is inside the mTLS perimeter of toy, 1 outside, none undecided.",
			"running: the pod says so (cluster.yaml:22:17)",
			"- Deployment shop/cart (1 of 2 pods outside: cart-2) (cluster.yaml:3:12)",
		}},
		{"templates alone", outsider, "", []string{
			"0 of 1 workload (no pods) is inside the mTLS perimeter of toy, 1 outside, none undecided.",
			"No pods are in the input: this is what pods made from the templates would be.",
		}},
		{"drafts decide nothing", outsider, "apiVersion: meshposture.dev/v1alpha1\nkind: MeshDecision\nid: d\nstatus: draft\n", []string{
			"NO DECISION IS IN FORCE: none of 1 decision is accepted; 0 exclusions of registers are in force.",
			"does not say what it decides for",
		}},
		{"one reason in several places", outsider + "---\n" + strings.Replace(outsider, "cart", "bill", 1), "", []string{
			"    pod-annotation: the pod says so\n" +
				"      - Deployment shop/bill (cluster.yaml:9:44)\n" +
				"      - Deployment shop/cart (cluster.yaml:4:44)\n",
		}},
		{"without a record nothing is undocumented", outsider, "", []string{
			"No record was given, so whether those outside are there on purpose is not known.",
			"Without a record, not explained: 1 workload",
		}},
		{"an empty record documents nothing", outsider, strings.TrimSuffix(header, "\n") + " []\n", []string{
			"Of the 1 outside, the record explains 0; 1 is UNDOCUMENTED.",
		}},
		{"a faulty exclusion might", outsider, header + "  - {id: a, kind: workload, selector: {names: [cart], colours: [red]}}\n", []string{
			"UNDOCUMENTED: 1 workload that no exclusion of the record names, unless 1 exclusion that could not",
		}},
		{"an exclusion that names the workload comes before one of its namespace", outsider, header +
			"  - {id: wide, kind: namespace, selector: {namespaces: [shop]}}\n" +
			"  - {id: narrow, kind: workload, selector: {names: [cart], expectMin: 2, expectMax: 3}, expires: 2023-10-01}\n", []string{
			"explains no workload that is outside",
			"Documented: narrow (workload) matches 1 workload, expected 2 to 3 (record.mesh.yaml:6:6)",
			"owner: -; no day of review; EXPIRED on 2023-10-01",
		}},
		{
			"a namespace that the record does not speak of", outsider,
			"apiVersion: meshposture.dev/v1alpha1\nkind: MeshDecision\nid: d\nstatus: accepted\nscope: {namespaces: [pay]}\n",
			[]string{
				"Of the 1 outside, the record explains 0; 1 is beyond its scope; 0 are UNDOCUMENTED.",
				"Beyond the record's scope: 1 workload",
			},
		},
		{"a port that cannot be judged", openPort, "", []string{
			"    1 with a port that could not be judged",
			"  No findings among what could be judged; 1 thing was not judged.",
			"Workloads inside with a port that could not be judged: 1",
			"port 8080 (http): Deployment/shop/cart: the mode cannot be read (cluster.yaml:8:9)",
		}},
		{"whom ports let in", named, "", []string{
			"  Who gets through there, connections and policies taken together (3 listed ports):\n" +
				"    2 anybody, with or without an identity\n" +
				"    1 identities that policies name, and nobody else\n",
		}},
		{"a bypass that is documented", bypassing, header + "  - {id: scrape, kind: port-bypass, selector: {names: [cart], ports: [9090, 9091]}}\n", []string{
			"- Deployment shop/cart: inbound ports 9090, 9091 documented by scrape (record.mesh.yaml:5:6)",
		}},
		{"a bypass that is documented in part", bypassing, header + "  - {id: scrape, kind: port-bypass, selector: {names: [cart], ports: [9090]}}\n", []string{
			"- Deployment shop/cart: inbound ports 9090, 9091 UNDOCUMENTED",
		}},
		{"what the mesh does with all is one setting", usual(), "", []string{
			"around the proxy: 2 settings\n  - Deployment shop/bank: inbound port 1\n      toy/bypass: inbound 1 (",
			"  - 4 workloads: inbound ports 25, 465\n" +
				"      of Deployment shop/a, Deployment shop/b, Deployment shop/c and 1 more\n" +
				"      toy/bypass: inbound 25,465 (a default)\n",
		}},
		{"what the mesh does with all, documented for some", usual(), header + "  - {id: mail, kind: port-bypass, selector: {names: [a, c], ports: [25, 465]}}\n", []string{
			"  - 2 workloads: inbound ports 25, 465 documented by mail (record.mesh.yaml:5:6)\n" +
				"      of Deployment shop/a, Deployment shop/c\n",
			"  - 2 workloads: inbound ports 25, 465 UNDOCUMENTED\n" +
				"      of Deployment shop/b, Deployment shop/d\n",
		}},
		{
			"a bypass beyond the record's scope", bypassing,
			"apiVersion: meshposture.dev/v1alpha1\nkind: MeshDecision\nid: d\nstatus: accepted\nscope: {namespaces: [pay]}\n",
			[]string{"- Deployment shop/cart: inbound ports 9090, 9091 beyond the record's scope\n"},
		},
		{"a bypass in the other direction", bypassing, header + "  - {id: scrape, kind: port-bypass, selector: {names: [cart], direction: outbound}}\n", []string{
			"inbound ports 9090, 9091 UNDOCUMENTED",
		}},
		{
			"ranges within a documented one", strings.Replace(bypassing, "inbound 9090,9091", "outbound 10.1.0.0/16", 1),
			header + "  - {id: legacy, kind: cidr-bypass, selector: {names: [cart], cidrs: [10.0.0.0/8]}}\n",
			[]string{"outbound range 10.1.0.0/16 documented by legacy"},
		},
		{
			"ranges beyond a documented one", strings.Replace(bypassing, "inbound 9090,9091", "outbound 10.0.0.0/8", 1),
			header + "  - {id: legacy, kind: cidr-bypass, selector: {names: [cart], cidrs: [10.1.0.0/16]}}\n",
			[]string{"outbound range 10.0.0.0/8 UNDOCUMENTED"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := report.Input{Graph: build(t, tt.cluster), Now: today}
			if tt.record != "" {
				in.Record, in.RecordIssues = decision.Parse("record.mesh.yaml", []byte(tt.record))
			}
			got := text(t, in, report.TextOptions{})
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("want %q in\n%s", want, got)
				}
			}
		})
	}
}

const outsider = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {annotations: {toy/mode: none}}}}
`

const openPort = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata:
      annotations:
        toy/enforced-8080: unknown
        toy/mode: sidecar
    spec: {containers: [{name: cart, ports: [{name: http, containerPort: 8080}]}]}
`

// named are two workloads inside, of which one lets in the other only.
const named = `apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {toy/mode: sidecar}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {spec: {containers: [{name: cart, ports: [{containerPort: 8080}, {containerPort: 53, protocol: UDP}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: till, namespace: shop}
spec: {template: {spec: {containers: [{name: till, ports: [{containerPort: 8080}, {containerPort: 9090}]}]}}}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec: {workload: cart, mtls: strict, callers: [till]}
`

const bypassing = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {annotations: {toy/mode: sidecar, toy/bypass: "inbound 9090,9091"}}}}
`

// usual are four workloads with a bypass that none of them asked for, and one with its own.
func usual() string {
	all := strings.Replace(bypassing, "cart", "bank", 1)
	all = strings.Replace(all, "inbound 9090,9091", "inbound 1", 1)
	for _, name := range []string{"a", "b", "c", "d"} {
		one := strings.Replace(bypassing, "cart", name, 1)
		all += "---\n" + strings.Replace(one, "inbound 9090,9091", "as usual inbound 25,465", 1)
	}
	return all
}

const twoPods = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {annotations: {toy/mode: sidecar}}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-1
  namespace: shop
  labels: {pod-template-hash: abc}
  annotations: {toy/mode: sidecar}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart-abc, controller: true}]
spec: {containers: [{name: cart}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-2
  namespace: shop
  labels: {pod-template-hash: abc}
  annotations: {toy/observed: none, toy/mode: sidecar}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart-abc, controller: true}]
spec: {containers: [{name: cart}]}
`
