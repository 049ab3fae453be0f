package istio_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/truth"
)

type putRequest struct {
	ID, Pod, Principal, TLS, SourceIP, RemoteIP, SNI, App, Method, Path, Host, At string
	Port                                                                          uint16
	Headers                                                                       map[string][]string
	JWT                                                                           map[string]any
}

type putAnswer struct {
	ID, Engine, Connection, By, Reason, JWT string
	Allowed                                 bool
	ExtAuthz, DryRun                        []string
}

// TestCaseRequests compares what points say with the answers of Istio's own policies, for requests
// whose connection is made.
func TestCaseRequests(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../../shared/cases/istio/*/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Skip("no cases in ../../shared/cases/istio")
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			judgeCase(t, dir)
		})
	}
}

func judgeCase(t *testing.T, dir string) {
	t.Helper()
	var exp struct{ Requests []putAnswer }
	readJSON(t, filepath.Join(dir, "expected.json"), &exp)
	var asked struct{ Requests []putRequest }
	data, err := os.ReadFile(filepath.Join(dir, "requests.yaml"))
	if err != nil {
		return
	}
	text := string(data)
	for _, k := range []string{"sourceIP", "remoteIP"} {
		text = strings.ReplaceAll(text, k+":", strings.ToLower(k)+":")
	}
	if err := yaml.Unmarshal([]byte(text), &asked); err != nil {
		t.Fatal(err)
	}
	snap, err := snapshot.Read(t.Context(), "input.yaml", completed(t, filepath.Join(dir, "input.yaml")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, istio.New(caseOptions(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]putAnswer{}
	for _, a := range exp.Requests {
		answers[a.ID] = a
	}
	for _, r := range asked.Requests {
		a := answers[r.ID]
		if a.Connection == "fail" || a.Connection == "bypass" || a.Engine == "none" {
			continue
		}
		p, ok := judgeRequest(t, g, r)
		if !ok {
			t.Errorf("%s: no point; want %+v", r.ID, a)
			continue
		}
		allowed := p.Allowed
		if len(a.ExtAuthz) > 0 && allowed == truth.Unknown && len(p.Asks) > 0 {
			allowed = truth.True
		}
		if strings.Contains(a.By, "converted") { // the connection, not a policy
			continue
		}
		if allowed != truth.Of(a.Allowed) {
			t.Errorf("%s: %+v\n want %+v\n got %v by %v %v %v", r.ID, r, a, p.Allowed, p.By, p.Why, p.Unknown)
			continue
		}
		want, ok := decidingRule(a.By)
		got := nameOf(p.By)
		if want.index < 0 {
			got.index = want.index
		}
		if ok && want != got {
			t.Errorf("%s: want %+v, got %v %v", r.ID, a, p.By, p.Why)
		}
	}
}

type ruleName struct {
	namespace, name string
	index           int
}

func nameOf(r mesh.Rule) ruleName { return ruleName{r.Policy.Namespace, r.Policy.Name, r.Index} }

var (
	envoyName   = regexp.MustCompile(`ns\[([^]]*)\]-policy\[([^]]*)\]-rule\[(\d+)\]`)
	ztunnelName = regexp.MustCompile(`^(?:allow|deny):([^/]*)/([^_]*)$`)
)

// decidingRule reads which rule decided; ztunnel tells the policy alone.
func decidingRule(by string) (ruleName, bool) {
	if m := envoyName.FindStringSubmatch(by); m != nil && !strings.HasPrefix(by, "LOG") {
		n, err := strconv.Atoi(m[3])
		return ruleName{m[1], m[2], n}, err == nil
	}
	if m := ztunnelName.FindStringSubmatch(by); m != nil {
		return ruleName{m[1], m[2], -1}, true
	}
	return ruleName{}, false
}

func judgeRequest(t *testing.T, g *mesh.Graph, r putRequest) (mesh.Point, bool) {
	t.Helper()
	ns, name, _ := strings.Cut(r.Pod, "/")
	w := find(t, g, ns, name)
	layer := g.Layer(istio.Name).(*istio.Layer)
	server := w.Variants()[0]
	req := mesh.Request{To: w, Port: r.Port}
	req.From.SNI = r.SNI
	tr := mesh.Transport{Sends: mesh.WirePlaintext}
	if r.Principal != "" && r.TLS != "plaintext" {
		req.From.Identity = "spiffe://" + r.Principal
		tr.Sends = mesh.WireMesh
	}
	if r.TLS == "tls" {
		tr.Sends = mesh.WireTLS
	}
	req.From.Wire = tr.Sends
	req.From.Addr = addr(r.SourceIP)
	req.From.Origin = addr(r.RemoteIP)
	if r.App != "tcp" {
		h := &mesh.HTTP{Method: r.Method, Path: r.Path, Host: r.Host, Token: r.JWT}
		if h.Method == "" {
			h.Method = "GET"
		}
		if h.Path == "" {
			h.Path = "/"
		}
		h.Header = r.Headers
		req.HTTP = h
	}
	var way mesh.Way
	if at, ok := strings.CutPrefix(r.At, "waypoint:"); ok {
		for s := range g.Services() {
			if s.Namespace.Name+"/"+s.Name == at {
				way = mesh.Way{Service: s, Port: r.Port}
			}
		}
	}
	points := layer.Authorize(mesh.Edge{Server: server, Port: r.Port, Way: way}, tr, req)
	if len(points) == 0 {
		return mesh.Point{}, false
	}
	return points[len(points)-1], true
}

func addr(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a
}
