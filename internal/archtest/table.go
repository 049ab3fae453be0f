package archtest

// A Row says what the non-test files of one package, or of a package and all below it, may import.
// The standard library and packages of the same row are always allowed; a Fence may still forbid.
type Row struct {
	// Package is a path below the module's root: "mesh", or "istio/..." for istio and all below.
	// The longest row that covers a package counts; "." is the root package.
	Package string

	// May lists paths below the module's root, "..." for all of its packages outside internal, and
	// path prefixes of other modules. Nil allows the standard library only.
	May []string

	Why string
}

// A Fence forbids imports whatever the rows allow, so that widening a row cannot widen this.
type Fence struct {
	In     []string // the packages concerned, in the syntax of Row.Package; nil means all
	Except []string // those to which it does not apply all the same
	Never  []string // what they must not import: in the syntax of Row.May, or standard packages
	Tests  bool     // whether it applies to _test.go files, too
	Why    string
}

const (
	bitset      = "github.com/bits-and-blooms/bitset"
	json        = "github.com/go-json-experiment/json"
	protobuf    = "google.golang.org/protobuf"
	semver      = "github.com/Masterminds/semver/v3"
	sigsYAML    = "sigs.k8s.io/yaml"
	yaml        = "go.yaml.in/yaml/v3"
	apimachines = "k8s.io/apimachinery"
)

// Rows is the import table of this module. A package without a row fails the test: decide here
// first what it may know, and write down why.
func Rows() []Row {
	return append([]Row{
		{"truth", nil, "everybody builds on it"},
		{"source", nil, "everybody builds on it"},
		{
			"kube",
			[]string{"source", "internal/...", json},
			"facts of Kubernetes objects, below the graph that exposes them (docs/adr/0001)",
		},
		{
			"mesh",
			[]string{"truth", "source", "kube", bitset},
			"the graph means the same for every mesh, so it knows no adapter, loader or check",
		},
		{
			"snapshot/...",
			[]string{"source", "internal/...", json, yaml, sigsYAML, apimachines},
			"loading knows texts and objects, not what a mesh makes of them",
		},
		{
			"snapshot/live/...",
			[]string{"source", "snapshot/...", "internal/...", json, apimachines, "k8s.io/client-go", "k8s.io/api"},
			"the one place that talks to a cluster",
		},
		{
			"decision/...",
			[]string{"truth", "source", "internal/...", json, yaml, sigsYAML, semver},
			"a record is judged by its own text; drift compares it with the posture",
		},
		{
			"compat/...",
			[]string{"truth", "source", "internal/...", json, yaml, sigsYAML, semver},
			"product facts hold for everybody, so they know no cluster and no record",
		},
		{
			"check/...",
			[]string{"truth", "source", "mesh"},
			"a check reads the posture and nothing else; what it misses belongs in mesh",
		},
		{
			"drift/...",
			[]string{"truth", "source", "mesh", "decision/...", "compat/...", "check/..."},
			"compares record, posture and product facts; does not load or render them",
		},
		{
			"plan/...",
			[]string{
				"truth", "source", "kube", "snapshot", "mesh", "decision/...", "compat/...", "check/...", "drift/...",
			},
			"what-if: changes a snapshot and compares the graphs; adapters are handed in",
		},
		{
			"report/...",
			append([]string{
				"truth", "source", "kube", "snapshot", "mesh", "decision/...", "compat/...", "check/...", "drift/...",
				"plan/...", json,
			}, adapters()...),
			"renders what others judged",
		},
		{"meshtest/...", []string{"...", "internal/..."}, "helps the tests of users and of adapter authors"},
		{"examples/...", []string{"..."}, "shows what a user can write, so it has only what a user has"},
		{
			"internal/...",
			[]string{"truth", "source", json, yaml, sigsYAML, protobuf},
			"shared by packages at every level, so it stands below all but truth and source",
		},
		{
			"internal/certs",
			[]string{"truth", "source", "mesh"},
			"adapters describe the certificates of their control planes alike, in the words of the graph",
		},
		{
			"internal/components",
			[]string{"kube", "mesh"},
			"adapters group the pods of their data planes alike, in the words of the graph",
		},
		{
			"internal/gap",
			[]string{"source", "mesh"},
			"adapters make problems with objects into gaps of answers alike",
		},
		{
			"internal/replicas",
			[]string{"source", "kube", "mesh", "internal/gap"},
			"adapters count the instances of their control planes alike, in the words of the graph",
		},
		{
			"internal/inputscope",
			[]string{"source", "kube", "mesh"},
			"adapters tell what an input lacks from what does not exist alike, in the words of the graph",
		},
		{
			"internal/casetest",
			[]string{yaml, "github.com/google/go-cmp"},
			"walks cases and compares, whatever the adapter; only tests may import it",
		},
		{
			"internal/benchcluster",
			[]string{"mesh"},
			"asks the graphs of synthetic clusters what every adapter's benchmarks ask; only tests may import it",
		},
		{
			"internal/affected",
			[]string{"mesh", "internal/gap"},
			"adapters name the workloads of a flaw alike",
		},
		{
			"internal/oracletest",
			[]string{"truth", "mesh"},
			"counts what graphs and slow evaluators of adapters say of requests; only tests may import it",
		},
		{
			"internal/meshfake",
			[]string{"truth", "source", "kube", "mesh", "internal/yamldoc"},
			"a toy mesh for the tests of checks, so it knows the graph; only tests may import it",
		},
		{
			"internal/checktest",
			[]string{"check", "mesh", "internal/meshfake", "github.com/google/go-cmp"},
			"compares what a check says of a toy mesh, so it knows both; only tests may import it",
		},
	}, adapterRows()...)
}

func adapters() []string {
	return []string{"istio/...", "linkerd/...", "cilium/...", "netpol/...", "consul/...", "kuma/..."}
}

// adapterRows gives each adapter the same own packages, and the API types of its mesh.
func adapterRows() []Row {
	api := map[string][]string{
		"istio/...":  {"istio.io/api"},
		"cilium/...": {"github.com/cilium/cilium/pkg/policy/api", "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"},
		"netpol/...": {"sigs.k8s.io/network-policy-api", apimachines},
	}
	var rows []Row
	for _, a := range adapters() {
		may := []string{"truth", "source", "kube", "mesh", "internal/...", json, protobuf}
		rows = append(rows, Row{a, append(may, api[a]...), "an adapter turns one mesh's resources into the graph"})
	}
	return rows
}

// testHelpers are the packages that only tests may import.
func testHelpers() []string {
	return []string{"internal/casetest", "internal/certtest", "internal/checktest", "internal/fieldtest"}
}

// Fences lists what no row may allow.
func Fences() []Fence {
	return []Fence{
		{
			In:    adapters(),
			Never: append([]string{"check/...", "decision/...", "compat/...", "drift/...", "report/..."}, adapters()...),
			Why:   "adapters know the graph, not each other and not what is made of it",
		},
		{
			Except: []string{"snapshot/live/..."},
			Never:  []string{"k8s.io/client-go"},
			Tests:  true,
			Why:    "client-go costs hundreds of packages; only snapshot/live may bring it",
		},
		{
			Never: []string{"istio.io/client-go"},
			Tests: true,
			Why:   "its wrappers bring apimachinery; kube reads the metadata, istio.io/api the spec (docs/adr/0002)",
		},
		{
			Except: testHelpers(),
			Never:  []string{"github.com/google/go-cmp"},
			Why:    "go-cmp is for tests: it may panic",
		},
		{
			Except: []string{"internal/checktest"},
			Never:  []string{"internal/meshfake", "internal/benchcluster", "internal/oracletest"},
			Why:    "a toy mesh, a generator of clusters and a yardstick for answers are for tests",
		},
		{
			Never: testHelpers(),
			Why:   "they register the flags of testing in the importer's program",
		},
		{
			Except: append([]string{"meshtest/..."}, testHelpers()...),
			Never:  []string{"testing", "testing/..."},
			Why:    "testing registers flags in the importer's program",
		},
		{
			Never: []string{"github.com/stretchr/testify", "github.com/onsi", "gotest.tools", "github.com/davecgh/go-spew"},
			Tests: true,
			Why:   "tests compare with cmp.Diff and plain if",
		},
		{
			Except: []string{"examples/...", "snapshot/live/...", "internal/benchcluster", "internal/fieldtest"},
			Never:  []string{"C", "flag", "log", "log/slog", "net/http", "os/exec", "plugin", "unsafe"},
			Why:    "a library has no flags, logs nothing, runs nothing, calls nobody",
		},
	}
}
