package drift_test

import "testing"

// excluded is an exclusion of kind workload by name, from line 8 on; its fields may go on below.
const excludesReport = decided + `exclusions:
  - id: report
    kind: workload
    reasonClass: job-never-completes
    selector: {namespaces: [batch], names: [report]}
`

// A selector with a field that nobody knows might mean anything.
const unreadable = decided + `exclusions:
  - id: report
    kind: workload
    selector: {namespaces: [batch], nmaes: [report], expectMin: 1}
`

func TestUndocumentedWorkload(t *testing.T) {
	t.Parallel()
	runRule(t, "DRF-EXC-01", []testcase{
		{name: "inside", cluster: pod("batch", "report", "sidecar"), record: decided},
		{name: "documented", cluster: pod("batch", "report", "none"), record: excludesReport},
		{
			name: "outside", cluster: pod("batch", "report", "none"), record: decided,
			want: []string{"c.yaml:3:58: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (pod-annotation, Pod/batch/report) and no exclusion explains it"},
		},
		{
			name: "no record at all", cluster: pod("batch", "report", "none"),
			want: []string{"c.yaml:3:58: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (pod-annotation, Pod/batch/report) and no exclusion explains it"},
		},
		{
			name: "declared inside, runs outside", cluster: pod("batch", "report", "sidecar", "toy/observed: none"), record: decided,
			want: []string{"c.yaml:3:77: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (running so, whatever is declared, Pod/batch/report) and no exclusion explains it; a pod made now would be inside"},
		},
		{
			name: "one pod of two", record: decided,
			cluster: `apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop, ownerReferences: [{kind: StatefulSet, name: db, controller: true}], annotations: {toy/mode: sidecar}}
---
apiVersion: v1
kind: Pod
metadata:
  name: db-1
  namespace: shop
  ownerReferences: [{kind: StatefulSet, name: db, controller: true}]
  annotations:
    toy/mode: sidecar
    toy/observed: none
`,
			want: []string{"c.yaml:13:5: high DRF-EXC-01 shop/StatefulSet/db: pod db-1 of StatefulSet shop/db is outside the mesh (running so, whatever is declared, Pod/shop/db-1) and no exclusion explains it; a pod made now would be inside"},
		},
		{
			name: "nothing asks for the mesh", record: decided,
			cluster: "apiVersion: v1\nkind: Namespace\nmetadata: {name: batch}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: report, namespace: batch}\n",
			want:    []string{"c.yaml:7:12: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (namespace-unlabelled, Namespace/batch) and no exclusion explains it"},
		},
		{
			name: "not known", cluster: pod("batch", "report", "riddle"), record: decided,
			want: []string{"c.yaml:3:58: unknown DRF-EXC-01 batch/Pod/report: whether Pod batch/report is outside the mesh, where no exclusion explains it: Pod/batch/report: the mode cannot be read"},
		},
		{
			name: "proxyless", cluster: pod("batch", "report", "proxyless"), record: decided,
			want: []string{"-: unknown DRF-EXC-01 batch/Pod/report: whether Pod batch/report is outside the mesh, where no exclusion explains it: Pod/batch/report: the application itself speaks the mesh's protocol, and what it enforces cannot be seen"},
		},
		{name: "not known but documented", cluster: pod("batch", "report", "riddle"), record: excludesReport},
		{
			name: "exclusion not understood", cluster: pod("batch", "report", "none"), record: unreadable,
			want: []string{"r.yaml:8:5: unknown DRF-EXC-01 batch/Pod/report: whether an exclusion explains that Pod batch/report is outside the mesh: exclusion report could not be read wholly"},
		},
		{
			name: "exclusion of a kind not understood", cluster: pod("batch", "report", "none"),
			record: decided + "exclusions:\n  - id: report\n    kind: wrkload\n    selector: {names: [report]}\n",
			want:   []string{"r.yaml:8:5: unknown DRF-EXC-01 batch/Pod/report: whether an exclusion explains that Pod batch/report is outside the mesh: exclusion report could not be read wholly"},
		},
		{
			name: "what is not understood speaks of another namespace", cluster: pod("shop", "report", "none"), record: unreadable,
			want: []string{"c.yaml:3:57: high DRF-EXC-01 shop/Pod/report: Pod shop/report is outside the mesh (pod-annotation, Pod/shop/report) and no exclusion explains it"},
		},
		{
			name: "a port bypass does not explain it", cluster: pod("batch", "report", "none"),
			record: decided + "exclusions:\n  - id: report\n    kind: port-bypass\n    selector: {names: [report]}\n",
			want:   []string{"c.yaml:3:58: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (pod-annotation, Pod/batch/report) and no exclusion explains it"},
		},
		{name: "gateway", cluster: pod("batch", "edge", "gateway"), record: decided},
		{
			name: "scope of the record not understood", cluster: pod("batch", "report", "none"), record: decided + "scope: {namespcaes: [shop]}\n",
			want: []string{"c.yaml:3:58: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (pod-annotation, Pod/batch/report) and no exclusion explains it"},
		},
		{
			name: "scope of the exclusion's document not understood", cluster: pod("batch", "report", "none"), record: excludesReport + "scope: {namespcaes: [shop]}\n",
			want: []string{"r.yaml:8:5: unknown DRF-EXC-01 batch/Pod/report: whether an exclusion explains that Pod batch/report is outside the mesh: exclusion report could not be read wholly"},
		},
		{name: "beyond the record's scope", cluster: pod("batch", "report", "none"), record: decided + "scope: {namespaces: [shop]}\n"},
		{
			name: "draft exclusions do not count", cluster: pod("batch", "report", "none"),
			record: `{"apiVersion": "meshposture.dev/v1alpha1", "kind": "MeshDecision", "id": "d", "status": "draft",
 "exclusions": [{"id": "report", "kind": "workload", "selector": {"names": ["report"]}}]}`,
			want: []string{"c.yaml:3:58: high DRF-EXC-01 batch/Pod/report: Pod batch/report is outside the mesh (pod-annotation, Pod/batch/report) and no exclusion explains it"},
		},
	})
}

func TestUnmatchedExclusion(t *testing.T) {
	t.Parallel()
	runRule(t, "DRF-EXC-02", []testcase{
		{name: "matches", cluster: pod("batch", "report", "none"), record: excludesReport},
		{
			name: "matches nothing", cluster: pod("batch", "invoice", "none"), record: excludesReport,
			want: []string{"r.yaml:11:5: medium DRF-EXC-02 exclusion report: exclusion report matches no workload; expected at least 1"},
		},
		{
			name: "fewer than expected", cluster: pod("batch", "report", "none"),
			record: decided + "exclusions:\n  - id: jobs\n    kind: workload\n    selector: {namespaces: [batch], expectMin: 3}\n",
			want:   []string{"r.yaml:10:5: medium DRF-EXC-02 exclusion jobs: exclusion jobs matches 1 workload (Pod batch/report); expected at least 3"},
		},
		{
			name: "none expected", cluster: pod("shop", "cart", "none"),
			record: decided + "exclusions:\n  - id: jobs\n    kind: workload\n    selector: {namespaces: [batch], expectMin: 0}\n",
		},
		{
			name: "selector not understood", cluster: pod("batch", "report", "none"), record: unreadable,
			want: []string{"r.yaml:8:5: unknown DRF-EXC-02 exclusion report: how many workloads exclusion report matches: exclusion report could not be read wholly"},
		},
		{
			name: "caller from outside the cluster", cluster: pod("shop", "cart", "none"),
			record: decided + "exclusions:\n  - id: probes\n    kind: non-mesh-client\n",
		},
	})
}

func TestSurplusMatches(t *testing.T) {
	t.Parallel()
	atMost := func(n string) string {
		return decided + "exclusions:\n  - id: jobs\n    kind: workload\n    selector:\n      namespaces: [batch]\n      expectMax: " + n + "\n"
	}
	two := pod("batch", "a", "none") + pod("batch", "b", "none")
	runRule(t, "DRF-EXC-03", []testcase{
		{name: "as many as expected", cluster: two, record: atMost("2")},
		{name: "no maximum", cluster: two, record: excludesReport},
		{
			name: "more", cluster: two, record: atMost("1"),
			want: []string{"r.yaml:12:7: high DRF-EXC-03 exclusion jobs: exclusion jobs matches 2 workloads, and expects at most 1: Pod batch/a, Pod batch/b"},
		},
		{
			name: "selector not understood", cluster: two, record: atMost("1") + "      nmaes: [a]\n",
			want: []string{"r.yaml:8:5: unknown DRF-EXC-03 exclusion jobs: whether exclusion jobs matches more than 1: exclusion jobs could not be read wholly"},
		},
	})
}

func TestOtherMechanism(t *testing.T) {
	t.Parallel()
	by := func(mechanisms string) string { return excludesReport + "    mechanisms: [" + mechanisms + "]\n" }
	out := pod("batch", "report", "none")
	unlabelled := "apiVersion: v1\nkind: Namespace\nmetadata: {name: batch}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: report, namespace: batch}\n"
	runRule(t, "DRF-EXC-04", []testcase{
		{name: "as recorded", cluster: out, record: by("pod-annotation")},
		{name: "one of several", cluster: out, record: by("host-network, pod-annotation")},
		{name: "nothing recorded", cluster: out, record: excludesReport},
		{name: "enrolled", cluster: pod("batch", "report", "sidecar"), record: by("host-network")},
		{
			name: "another", cluster: unlabelled, record: by("pod-annotation"),
			want: []string{"c.yaml:7:12: high DRF-EXC-04 batch/Pod/report: Pod batch/report is outside the mesh by namespace-unlabelled, Namespace/batch; exclusion report says pod-annotation, which does not decide here"},
		},
		{
			name: "declared inside, runs outside", cluster: pod("batch", "report", "sidecar", "toy/observed: none"), record: by("pod-annotation"),
			want: []string{"c.yaml:3:77: high DRF-EXC-04 batch/Pod/report: Pod batch/report is outside the mesh by running so, whatever is declared, Pod/batch/report; exclusion report says pod-annotation, which does not decide here"},
		},
		{
			name: "a label opts out of ambient mode", record: by("ambient-opt-out"),
			cluster: "apiVersion: v1\nkind: Pod\nmetadata: {name: report, namespace: batch, labels: {toy/mode: none}}\n",
		},
		{name: "not captured", cluster: pod("batch", "report", "sidecar", "toy/observed: none"), record: by("not-captured")},
		{
			name: "a mechanism without a word", cluster: out, record: by("other"),
			want: []string{"r.yaml:12:5: unknown DRF-EXC-04 batch/Pod/report: whether Pod batch/report is excluded as recorded: \"other\" cannot be compared with pod-annotation"},
		},
	})
}

func TestReviewOverdue(t *testing.T) {
	t.Parallel()
	by := func(day string) string {
		return excludesReport + "    owner: {team: data}\n    reviewBy: " + day + "\n"
	}
	runRule(t, "DRF-EXC-07", []testcase{
		{name: "in time", record: by("2026-06-01")},
		{name: "no date", record: excludesReport},
		{
			name: "late", record: by("2026-05-31"),
			want: []string{"r.yaml:13:5: medium DRF-EXC-07 exclusion report: exclusion report was due for review on 2026-05-31 (1 day ago), owner data"},
		},
		{
			name: "90 days late", record: by("2026-03-03"),
			want: []string{"r.yaml:13:5: medium DRF-EXC-07 exclusion report: exclusion report was due for review on 2026-03-03 (90 days ago), owner data"},
		},
		{
			name: "forgotten", record: by("2026-03-02"),
			want: []string{"r.yaml:13:5: high DRF-EXC-07 exclusion report: exclusion report was due for review on 2026-03-02 (91 days ago), owner data"},
		},
		{
			name: "no clock", record: by("2026-03-02"), noClock: true,
			want: []string{"r.yaml:13:5: unknown DRF-EXC-07 exclusion report: whether the review of exclusion report is overdue: the present date was not given"},
		},
	})
}

func TestExpiredExclusion(t *testing.T) {
	t.Parallel()
	until := func(day string) string { return excludesReport + "    expires: " + day + "\n" }
	out := pod("batch", "report", "none")
	runRule(t, "DRF-EXC-08", []testcase{
		{name: "last day", cluster: out, record: until("2026-06-01")},
		{name: "no end", cluster: out, record: excludesReport},
		{
			name: "expired", cluster: out, record: until("2026-05-31"),
			want: []string{"r.yaml:12:5: high DRF-EXC-08 exclusion report: exclusion report expired on 2026-05-31 but is still in force for Pod batch/report"},
		},
		{name: "expired and enrolled since", cluster: pod("batch", "report", "sidecar"), record: until("2026-05-31")},
		{
			name: "expired, not known", cluster: pod("batch", "report", "riddle"), record: until("2026-05-31"),
			want: []string{"c.yaml:3:58: unknown DRF-EXC-08 exclusion report: whether exclusion report, which expired on 2026-05-31, is still in force for Pod batch/report: Pod/batch/report: the mode cannot be read"},
		},
		{
			name: "no clock", cluster: out, record: until("2026-05-31"), noClock: true,
			want: []string{"r.yaml:12:5: unknown DRF-EXC-08 exclusion report: whether exclusion report has expired: the present date was not given"},
		},
		{
			name: "a port bypass", cluster: pod("shop", "cart", "sidecar", `toy/bypass: "inbound 9090"`),
			record: decided + "exclusions:\n  - id: metrics\n    kind: port-bypass\n    selector: {names: [cart], ports: [9090]}\n    expires: 2026-05-31\n",
			want:   []string{"r.yaml:11:5: high DRF-EXC-08 exclusion metrics: exclusion metrics expired on 2026-05-31 but is still in force for Pod shop/cart"},
		},
		{
			name: "a kind that the posture does not tell", cluster: pod("shop", "cart", "sidecar"),
			record: decided + "exclusions:\n  - id: open\n    kind: authz-exemption\n    selector: {names: [cart]}\n    expires: 2026-05-31\n",
			want:   []string{"r.yaml:9:5: unknown DRF-EXC-08 exclusion open: whether exclusion open, which expired on 2026-05-31, is still in force for Pod shop/cart: exclusions of kind authz-exemption are not compared with the cluster"},
		},
	})
}

func TestRetirableExclusion(t *testing.T) {
	t.Parallel()
	batch := decided + "exclusions:\n  - id: jobs\n    kind: namespace\n    selector: {namespaces: [batch]}\n"
	runRule(t, "DRF-EXC-11", []testcase{
		{name: "needed", cluster: pod("batch", "a", "none"), record: batch},
		{
			name: "all enrolled", cluster: pod("batch", "a", "sidecar") + pod("batch", "b", "sidecar"), record: batch,
			want: []string{"r.yaml:10:5: info DRF-EXC-11 exclusion jobs: exclusion jobs can be retired: Pod batch/a, Pod batch/b are enrolled"},
		},
		{
			name: "some enrolled", cluster: pod("batch", "a", "sidecar") + pod("batch", "b", "none"), record: batch,
			want: []string{"r.yaml:10:5: info DRF-EXC-11 exclusion jobs: exclusion jobs need not cover 1 of 2 workloads: Pod batch/a is enrolled"},
		},
		{name: "a gateway beside others", cluster: pod("batch", "a", "gateway") + pod("batch", "b", "none"), record: batch},
		{
			name: "not known", cluster: pod("batch", "a", "riddle"), record: batch,
			want: []string{"c.yaml:3:53: unknown DRF-EXC-11 exclusion jobs: whether exclusion jobs is needed for Pod batch/a: Pod/batch/a: the mode cannot be read"},
		},
		{
			name: "a downgrade of a workload that is outside", cluster: pod("shop", "cart", "none"),
			record: decided + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {names: [cart]}\n",
		},
		{
			name: "a bypass of a workload of which nothing is known", cluster: pod("shop", "cart", "riddle"),
			record: decided + "exclusions:\n  - id: metrics\n    kind: port-bypass\n    selector: {names: [cart]}\n",
			want:   []string{"c.yaml:3:55: unknown DRF-EXC-11 exclusion metrics: whether exclusion metrics is needed for Pod shop/cart: Pod/shop/cart: the mode cannot be read"},
		},
		{
			name: "a bypass that is gone", cluster: pod("shop", "cart", "sidecar"),
			record: decided + "exclusions:\n  - id: metrics\n    kind: port-bypass\n    selector: {names: [cart]}\n",
			want:   []string{"r.yaml:10:5: info DRF-EXC-11 exclusion metrics: exclusion metrics can be retired: Pod shop/cart has no such bypass"},
		},
		{
			name: "a downgrade that is over", cluster: policy("shop", "cart", "strict") + pod("shop", "cart", "sidecar"),
			record: decided + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {names: [cart], ports: [8443]}\n",
			want:   []string{"r.yaml:10:5: info DRF-EXC-11 exclusion legacy: exclusion legacy can be retired: Pod shop/cart accepts no plaintext there"},
		},
	})
}

func TestUndocumentedBypass(t *testing.T) {
	t.Parallel()
	bypass := func(text string, more ...string) string {
		return pod("shop", "cart", "sidecar", append([]string{`toy/bypass: "` + text + `"`}, more...)...)
	}
	ports := func(selector string) string {
		return decided + "exclusions:\n  - id: metrics\n    kind: port-bypass\n    selector: {names: [cart]" + selector + "}\n"
	}
	ranges := func(selector string) string {
		return decided + "exclusions:\n  - id: cloud\n    kind: cidr-bypass\n    selector: {names: [cart]" + selector + "}\n"
	}
	runRule(t, "DRF-EXC-12", []testcase{
		{name: "no bypass", cluster: pod("shop", "cart", "sidecar"), record: decided},
		{name: "beyond the record's scope", cluster: bypass("inbound 9090"), record: decided + "scope: {namespaces: [pay]}\n"},
		{
			name: "undocumented", cluster: bypass("inbound 9090,9091"), record: decided,
			want: []string{"c.yaml:3:74: medium DRF-EXC-12 shop/Pod/cart inbound 9090,9091: Pod shop/cart bypasses the proxy for inbound ports 9090, 9091; no exclusion documents it"},
		},
		{name: "documented", cluster: bypass("inbound 9090,9091"), record: ports(", ports: [9090, 9091]")},
		{name: "a port of UDP documented by its number", cluster: bypass("inbound 53/udp"), record: ports(", ports: [53]")},
		{name: "a span of ports documented one by one", cluster: bypass("inbound 80-82"), record: ports(", ports: [82, 81, 80]")},
		{
			name: "a span of ports of which one is not documented", cluster: bypass("inbound 80-82"), record: ports(", ports: [82, 80]"),
			want: []string{"c.yaml:3:74: medium DRF-EXC-12 shop/Pod/cart inbound 80-82: Pod shop/cart bypasses the proxy for inbound ports 80-82; no exclusion documents it"},
		},
		{name: "all ports documented", cluster: bypass("inbound *"), record: ports("")},
		{
			name: "one port documented", cluster: bypass("inbound 9090,9091"), record: ports(", ports: [9090]"),
			want: []string{"c.yaml:3:74: medium DRF-EXC-12 shop/Pod/cart inbound 9091: Pod shop/cart bypasses the proxy for inbound port 9091; no exclusion documents it"},
		},
		{
			name: "documented the other way", cluster: bypass("outbound 9090"), record: ports(", ports: [9090], direction: inbound"),
			want: []string{"c.yaml:3:74: medium DRF-EXC-12 shop/Pod/cart outbound 9090: Pod shop/cart bypasses the proxy for outbound port 9090; no exclusion documents it"},
		},
		{
			name: "all, one documented", cluster: bypass("inbound *"), record: ports(", ports: [9090]"),
			want: []string{"c.yaml:3:74: medium DRF-EXC-12 shop/Pod/cart inbound *: Pod shop/cart bypasses the proxy for inbound traffic of every kind; no exclusion documents it"},
		},
		{name: "range within a documented one", cluster: bypass("outbound 10.1.0.0/16"), record: ranges(`, cidrs: ["10.0.0.0/8"]`)},
		{
			name: "range wider than the documented one", cluster: bypass("outbound 10.0.0.0/8"), record: ranges(`, cidrs: ["10.1.0.0/16"]`),
			want: []string{"c.yaml:3:74: medium DRF-EXC-12 shop/Pod/cart outbound 10.0.0.0/8: Pod shop/cart bypasses the proxy for outbound traffic with 10.0.0.0/8; no exclusion documents it"},
		},
		{name: "without effect", cluster: bypass("inbound 9090", `toy/bypass-effective: "false"`), record: decided},
		{
			name: "effect not known", cluster: bypass("inbound 9090", "toy/bypass-effective: unknown"), record: decided,
			want: []string{"-: unknown DRF-EXC-12 shop/Pod/cart inbound 9090: whether Pod shop/cart bypasses the proxy for inbound port 9090, which no exclusion documents: Pod/shop/cart: whether the bypass works is not known"},
		},
		{
			name:    "what the mesh does with all is one finding",
			cluster: bypass("as usual inbound 25,9090") + pod("pay", "till", "sidecar", `toy/bypass: "as usual inbound 25,9090"`) + pod("away", "till", "sidecar", `toy/bypass: "as usual inbound 25,9090"`),
			record:  decided + "scope: {namespaces: [pay, shop]}\n",
			want:    []string{"-: low DRF-EXC-12 toy inbound 25,9090: 2 workloads (Pod pay/till, Pod shop/cart) bypass the proxy for inbound ports 25, 9090 by a setting or default of the mesh; no exclusion documents it"},
		},
		{
			name:    "what is left of it where a part is documented is another",
			cluster: bypass("as usual inbound 25,9090") + pod("pay", "till", "sidecar", `toy/bypass: "as usual inbound 25,9090"`),
			record:  ports(", ports: [9090]"),
			want: []string{
				"-: low DRF-EXC-12 toy inbound 25: Pod shop/cart bypasses the proxy for inbound port 25 by a setting or default of the mesh; no exclusion documents it",
				"-: low DRF-EXC-12 toy inbound 25,9090: Pod pay/till bypasses the proxy for inbound ports 25, 9090 by a setting or default of the mesh; no exclusion documents it",
			},
		},
		{name: "it is documented for the whole scope", cluster: bypass("as usual outbound 9090"), record: decided + "exclusions:\n  - id: usual\n    kind: port-bypass\n    selector: {namespaces: ['*'], ports: [9090]}\n"},
		{
			name: "whether it has an effect is not known", cluster: bypass("as usual inbound 9090", "toy/bypass-effective: unknown"), record: decided,
			want: []string{"-: unknown DRF-EXC-12 toy inbound 9090: whether Pod shop/cart bypasses the proxy for inbound port 9090 by a setting or default of the mesh, which no exclusion documents: Pod/shop/cart: whether the bypass works is not known"},
		},
		{
			name: "an exclusion that is not understood may document it", cluster: bypass("as usual inbound 9090"), record: ports(", nmaes: [x]"),
			want: []string{"r.yaml:8:5: unknown DRF-EXC-12 toy inbound 9090: whether an exclusion documents that Pod shop/cart bypasses the proxy for inbound port 9090 by a setting or default of the mesh: exclusion metrics could not be read wholly"},
		},
		{
			name: "exclusion not understood", cluster: bypass("inbound 9090"), record: ports(", nmaes: [x]"),
			want: []string{"r.yaml:8:5: unknown DRF-EXC-12 shop/Pod/cart inbound 9090: whether an exclusion documents that Pod shop/cart bypasses the proxy for inbound port 9090: exclusion metrics could not be read wholly"},
		},
	})
}

func TestOpenNamespace(t *testing.T) {
	t.Parallel()
	namespace := func(annotations string) string {
		return "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: batch\n" + annotations
	}
	exclude := func(selector string) string {
		return decided + "exclusions:\n  - id: jobs\n    kind: namespace\n    selector: {" + selector + "}\n"
	}
	const message = "new workloads of namespace batch start outside the mesh (namespace-unlabelled) and no exclusion names the namespace"
	runRule(t, "DRF-EXC-15", []testcase{
		{name: "enrolled", cluster: namespace("  annotations: {toy/mode: ambient}\n"), record: decided},
		{
			name: "open", cluster: namespace(""), record: decided,
			want: []string{"c.yaml:3:1: medium DRF-EXC-15 Namespace/batch: " + message},
		},
		{name: "excluded", cluster: namespace(""), record: exclude("namespaces: [batch]")},
		{
			name: "nobody can enrol it", cluster: "apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n", record: decided,
			want: []string{"c.yaml:3:1: info DRF-EXC-15 Namespace/kube-system: new workloads of namespace kube-system start outside the mesh (system-namespace) and no exclusion names the namespace"},
		},
		{
			name: "only some of it excluded", cluster: namespace(""), record: exclude("namespaces: [batch], kinds: [CronJob]"),
			want: []string{"c.yaml:3:1: medium DRF-EXC-15 Namespace/batch: " + message},
		},
		{
			name: "exclusion not understood", cluster: namespace(""), record: exclude("namespaces: [batch], nmaes: [x]"),
			want: []string{"r.yaml:8:5: unknown DRF-EXC-15 Namespace/batch: whether an exclusion names namespace batch, in which new workloads start outside the mesh: exclusion jobs could not be read wholly"},
		},
		{
			name: "namespace not in the input", cluster: pod("batch", "report", "none"), record: decided,
			want: []string{"-: unknown DRF-EXC-15 Namespace/batch: whether new workloads of namespace batch start outside the mesh, where no exclusion names it: Namespace/batch: the Namespace object is not in the input, so its labels are not known"},
		},
		{name: "beyond the record's scope", cluster: namespace(""), record: decided + "scope: {namespaces: [shop]}\n"},
	})
}

func TestDocumentedExclusion(t *testing.T) {
	t.Parallel()
	runRule(t, "DRF-EXC-16", []testcase{
		{
			name: "in force", cluster: pod("batch", "report", "none"), record: excludesReport,
			want: []string{"r.yaml:8:5: info DRF-EXC-16 exclusion report: exclusion report (job-never-completes) keeps out of the mesh: Pod batch/report"},
		},
		{name: "not in force", cluster: pod("batch", "report", "sidecar"), record: excludesReport},
		{
			name: "not known", cluster: pod("batch", "report", "riddle"), record: excludesReport,
			want: []string{"c.yaml:3:58: unknown DRF-EXC-16 exclusion report: whether exclusion report is in force for Pod batch/report: Pod/batch/report: the mode cannot be read"},
		},
		{
			name: "a port bypass", cluster: pod("shop", "cart", "sidecar", `toy/bypass: "inbound 9090"`),
			record: decided + "exclusions:\n  - id: metrics\n    kind: port-bypass\n    selector: {names: [cart]}\n",
			want:   []string{"r.yaml:8:5: info DRF-EXC-16 exclusion metrics: exclusion metrics leads traffic around the proxy of Pod shop/cart"},
		},
		{
			name: "a downgrade", cluster: pod("shop", "cart", "sidecar"),
			record: decided + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {names: [cart]}\n",
			want:   []string{"r.yaml:8:5: info DRF-EXC-16 exclusion legacy: exclusion legacy admits plaintext to Pod shop/cart"},
		},
		{
			name: "a kind that the posture does not tell", cluster: pod("shop", "cart", "sidecar"),
			record: decided + "exclusions:\n  - id: probes\n    kind: non-mesh-client\n    selector: {names: [cart]}\n",
			want:   []string{"r.yaml:9:5: unknown DRF-EXC-16 exclusion probes: whether exclusion probes is in force: exclusions of kind non-mesh-client are not compared with the cluster"},
		},
	})
}
