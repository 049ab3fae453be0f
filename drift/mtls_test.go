package drift_test

import "testing"

// states is a record that states one mode for its whole scope, from line 7 on; the mode stands on line 9.
func states(mode string) string { return decided + "mtls:\n  stated:\n    - mode: " + mode + "\n" }

const meshStrict = "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {namespace: toy-system, name: mesh}\nspec:\n  mtls: strict\n---\n"

// cart declares port 8080; with it and the undeclared ones it counts for two.
func cart(annotations string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: cart, annotations: {" + annotations + "}}\n" +
		"spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}\n---\n"
}

const portPermissive = `apiVersion: toy.example/v1
kind: Policy
metadata: {namespace: shop, name: cart-port}
spec:
  workload: cart
  ports: {"8080": permissive}
---
`

func TestStrictNotEnforced(t *testing.T) {
	t.Parallel()
	strict := states("strict")
	runRule(t, "DRF-MTLS-01", []testcase{
		{name: "strict", cluster: meshStrict + cart("toy/mode: sidecar"), record: strict},
		{name: "stated permissive", cluster: cart("toy/mode: sidecar"), record: states("permissive")},
		{
			name: "permissive by default", cluster: cart("toy/mode: sidecar"), record: strict,
			want: []string{"r.yaml:9:7: critical DRF-MTLS-01 shop/Pod/cart: the record states strict for the record's whole scope; every port of Pod shop/cart accepts plaintext (permissive, product default)"},
		},
		{
			name: "permissive by a policy for all", cluster: policy("shop", "", "permissive") + cart("toy/mode: sidecar"), record: strict,
			want: []string{"c.yaml:6:3: critical DRF-MTLS-01 shop/Pod/cart: the record states strict for the record's whole scope; every port of Pod shop/cart accepts plaintext (permissive, Policy/shop/p-)"},
		},
		{
			name: "declared and not enforced", cluster: meshStrict + cart("toy/mode: sidecar, toy/enforced-8080: none"), record: strict + "      scope: {namespaces: [shop]}\n",
			want: []string{"c.yaml:9:74: critical DRF-MTLS-01 shop/Pod/cart:8080: the record states strict for namespace shop; port 8080 of Pod shop/cart accepts plaintext (none, Pod/shop/cart)"},
		},
		{name: "an exception is DRF-MTLS-02", cluster: meshStrict + cart("toy/mode: sidecar") + portPermissive, record: strict},
		{name: "outside is DRF-EXC-01", cluster: cart("toy/mode: none"), record: strict},
		{
			name: "downgrade documented", cluster: cart("toy/mode: sidecar"),
			record: strict + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {names: [cart]}\n",
		},
		{
			name: "one port documented", cluster: cart("toy/mode: sidecar"),
			record: strict + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {names: [cart], ports: [8080]}\n",
			want:   []string{"r.yaml:9:7: critical DRF-MTLS-01 shop/Pod/cart: the record states strict for the record's whole scope; every undeclared port of Pod shop/cart accepts plaintext (permissive, product default)"},
		},
		{
			name: "exclusion not understood", cluster: cart("toy/mode: sidecar"),
			record: strict + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {nmaes: [cart]}\n",
			want: []string{
				"r.yaml:11:5: unknown DRF-MTLS-01 shop/Pod/cart:8080: whether an exclusion documents that port 8080 of Pod shop/cart accepts plaintext: exclusion legacy could not be read wholly",
				"r.yaml:11:5: unknown DRF-MTLS-01 shop/Pod/cart:other: whether an exclusion documents that every undeclared port of Pod shop/cart accepts plaintext: exclusion legacy could not be read wholly",
			},
		},
		{
			name: "mode not known", cluster: meshStrict + cart("toy/mode: sidecar, toy/enforced: riddle"), record: strict,
			want: []string{"c.yaml:9:74: unknown DRF-MTLS-01 shop/Pod/cart: whether every port of Pod shop/cart is strict, as the record states: Pod/shop/cart: the mode cannot be read"},
		},
		{
			name: "enrolment not known", cluster: meshStrict + cart("toy/mode: riddle"), record: strict,
			want: []string{"c.yaml:9:55: unknown DRF-MTLS-01 shop/Pod/cart: whether Pod shop/cart is strict, as the record states, because its enrolment is not known: Pod/shop/cart: the mode cannot be read"},
		},
		{
			name: "a port that only the record knows", cluster: meshStrict + cart("toy/mode: sidecar, toy/enforced-9443: permissive"),
			record: strict + "      scope: {workloads: [cart], ports: [9443]}\n",
			want:   []string{"c.yaml:9:74: critical DRF-MTLS-01 shop/Pod/cart:9443: the record states strict for port 9443 of workload cart; port 9443 of Pod shop/cart accepts plaintext (permissive, Pod/shop/cart)"},
		},
		{
			name: "the more specific statement counts", cluster: cart("toy/mode: sidecar"),
			record: strict + "    - {mode: permissive, scope: {workloads: [Pod/cart]}}\n",
		},
		{
			name: "scope of the record not understood", cluster: cart("toy/mode: sidecar"),
			record: strict + "scope: {namespcaes: [shop]}\n",
			want:   []string{"r.yaml:10:1: unknown DRF-MTLS-01 decision mesh-1: whether the modes that it states are enforced: the scope of decision mesh-1 could not be read wholly"},
		},
		{
			name: "two statements of equal rank", cluster: meshStrict + cart("toy/mode: sidecar"),
			record: strict + "    - mode: permissive\n",
			want:   []string{"r.yaml:9:7: unknown DRF-MTLS-01 shop/Pod/cart: which mode the record states for Pod shop/cart: mtls.stated[0] may decide as well as others (and 1 other reason)"},
		},
	})
}

func TestWeakenedPort(t *testing.T) {
	t.Parallel()
	strict := states("strict")
	runRule(t, "DRF-MTLS-02", []testcase{
		{name: "strict", cluster: meshStrict + cart("toy/mode: sidecar"), record: strict},
		{
			name: "one port", cluster: meshStrict + cart("toy/mode: sidecar") + portPermissive, record: strict,
			want: []string{"c.yaml:17:11: high DRF-MTLS-02 shop/Pod/cart:8080: Policy/shop/cart-port weakens port 8080 of Pod shop/cart to permissive inside the record's whole scope, which is stated strict; no exclusion documents it"},
		},
		{
			name: "one workload", cluster: meshStrict + cart("toy/mode: sidecar") + pod("shop", "stock", "sidecar") + policy("shop", "stock", "disabled"),
			record: strict + "      scope: {namespaces: [shop]}\n",
			want:   []string{"c.yaml:21:3: high DRF-MTLS-02 shop/Pod/stock: Policy/shop/p-stock weakens every port of Pod shop/stock to disabled inside namespace shop, which is stated strict; no exclusion documents it"},
		},
		{
			name: "documented", cluster: meshStrict + cart("toy/mode: sidecar") + portPermissive,
			record: strict + "exclusions:\n  - id: legacy\n    kind: mtls-downgrade\n    selector: {names: [cart], ports: [8080]}\n",
		},
		{name: "the whole scope is DRF-MTLS-01", cluster: cart("toy/mode: sidecar"), record: strict},
		{name: "stated permissive", cluster: meshStrict + cart("toy/mode: sidecar") + portPermissive, record: states("permissive")},
		{name: "not known is left to DRF-MTLS-01", cluster: meshStrict + cart("toy/mode: sidecar, toy/enforced: riddle"), record: strict},
	})
}

func TestModeOutOfDate(t *testing.T) {
	t.Parallel()
	permissive := states("permissive")
	runRule(t, "DRF-MTLS-03", []testcase{
		{name: "as stated", cluster: cart("toy/mode: sidecar"), record: permissive},
		{
			name: "stricter by now", cluster: meshStrict + cart("toy/mode: sidecar"), record: permissive,
			want: []string{"r.yaml:9:7: info DRF-MTLS-03 mtls.stated the record's whole scope: every port in the record's whole scope enforces strict, the record still says permissive; update the record"},
		},
		{
			name: "weaker by now", cluster: policy("shop", "", "disabled") + cart("toy/mode: sidecar"), record: permissive,
			want: []string{"r.yaml:9:7: medium DRF-MTLS-03 mtls.stated the record's whole scope: every port in the record's whole scope enforces disabled, the record still says permissive; update the record"},
		},
		{name: "on the way", cluster: meshStrict + cart("toy/mode: sidecar") + portPermissive, record: permissive},
		{name: "weaker than strict is DRF-MTLS-01", cluster: cart("toy/mode: sidecar"), record: states("strict")},
		{
			name: "one port not known", cluster: meshStrict + cart("toy/mode: sidecar, toy/enforced-8080: riddle"), record: permissive,
			want: []string{"c.yaml:9:74: unknown DRF-MTLS-03 mtls.stated the record's whole scope: whether every port in the record's whole scope enforces strict, where the record states permissive: Pod/shop/cart: the mode cannot be read"},
		},
		{name: "no workload in the scope", cluster: cart("toy/mode: none"), record: permissive},
		{
			name: "enrolment not known", cluster: cart("toy/mode: riddle"), record: permissive,
			want: []string{"c.yaml:3:55: unknown DRF-MTLS-03 mtls.stated the record's whole scope: which mode the record's whole scope enforces, where the record states permissive: Pod/shop/cart: the mode cannot be read"},
		},
	})
}

func TestModeByDefault(t *testing.T) {
	t.Parallel()
	permissive := states("permissive")
	runRule(t, "DRF-MTLS-06", []testcase{
		{name: "set by a policy", cluster: policy("shop", "", "permissive") + cart("toy/mode: sidecar"), record: permissive},
		{
			name: "by default", cluster: cart("toy/mode: sidecar") + pod("pay", "till", "sidecar") + policy("pay", "till", "permissive"), record: permissive,
			want: []string{"r.yaml:9:7: medium DRF-MTLS-06 mtls.stated the record's whole scope: permissive, stated for the record's whole scope, holds by product default for 1 of 2 workloads: no object sets it, so that nobody can show that it is meant"},
		},
		{name: "another mode than stated", cluster: cart("toy/mode: sidecar"), record: states("strict")},
		{
			name: "not known", cluster: cart("toy/mode: sidecar, toy/enforced: riddle"), record: permissive,
			want: []string{"c.yaml:3:74: unknown DRF-MTLS-06 mtls.stated the record's whole scope: whether an object sets the stated mode of the record's whole scope: Pod/shop/cart: the mode cannot be read (and 1 other reason)"},
		},
	})
}

func TestIncompleteEnrolment(t *testing.T) {
	t.Parallel()
	full := decided + "mtls:\n  fullEnrolment: true\n"
	runRule(t, "DRF-MTLS-08", []testcase{
		{name: "full", cluster: cart("toy/mode: sidecar"), record: full},
		{name: "not claimed", cluster: cart("toy/mode: none"), record: decided},
		{
			name: "one outside", cluster: cart("toy/mode: sidecar") + pod("batch", "report", "none") + pod("shop", "edge", "gateway"), record: full,
			want: []string{"r.yaml:8:3: medium DRF-MTLS-08 decision mesh-1: the record claims full enrolment; 1 of 2 workloads are enrolled, 0 excluded and 0 not known; outside: Pod batch/report"},
		},
		{
			name: "excluded", cluster: cart("toy/mode: sidecar") + pod("batch", "report", "none"),
			record: full + "exclusions:\n  - id: jobs\n    kind: workload\n    selector: {names: [report]}\n",
		},
		{
			name: "not known", cluster: cart("toy/mode: sidecar") + pod("batch", "report", "riddle"), record: full,
			want: []string{"c.yaml:8:58: unknown DRF-MTLS-08 decision mesh-1: whether enrolment is full, as the record claims: not known of Pod batch/report: Pod/batch/report: the mode cannot be read"},
		},
		{name: "beyond the scope", cluster: pod("batch", "report", "none"), record: full + "scope: {namespaces: [shop]}\n"},
		{name: "a gateway", cluster: pod("shop", "edge", "gateway"), record: full},
		{
			name: "scope of the record not understood", cluster: pod("batch", "report", "none"), record: full + "scope: {namespcaes: [shop]}\n",
			want: []string{"r.yaml:9:1: unknown DRF-MTLS-08 decision mesh-1: whether enrolment is full, as the record claims: the scope of decision mesh-1 could not be read wholly"},
		},
	})
}
