package mesh_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// diffLines are the sentences of a difference.
func diffLines(d mesh.Difference) []string {
	var all []string
	for _, c := range d.Changes {
		all = append(all, c.String())
	}
	for _, p := range d.Unsettled {
		all = append(all, "unsettled "+p.Topic.String()+" "+p.String())
	}
	return all
}

func TestDiff(t *testing.T) {
	t.Parallel()
	enrolled, outside := "toy/mode: sidecar", "toy/mode: none, toy/enforced: none"
	strict := policy("mode", "mtls: strict")
	for _, test := range []struct {
		name          string
		before, after []string
		want          []string
	}{
		{
			"a port that takes plaintext again lets those in who have no identity",
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled), toyPod("old", outside), strict},
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled), toyPod("old", outside), policy("mode", "mtls: permissive")},
			[]string{
				"port 8080 of ns/Pod/cart: mode weakened, from strict to permissive",
				"port 8080 of ns/Pod/cart: acceptance weakened, from mesh-identities to anybody",
				"port 8080 of ns/Pod/cart: requests of ns/Pod/old and anybody without an identity opened, from never to always",
				"any other port of ns/Pod/cart: mode weakened, from strict to permissive",
				"any other port of ns/Pod/cart: acceptance weakened, from mesh-identities to anybody",
				"any other port of ns/Pod/cart: requests of ns/Pod/old and anybody without an identity opened, from never to always",
				"port 8080 of ns/Pod/web: mode weakened, from strict to permissive",
				"port 8080 of ns/Pod/web: acceptance weakened, from mesh-identities to anybody",
				"port 8080 of ns/Pod/web: requests of ns/Pod/old and anybody without an identity opened, from never to always",
				"any other port of ns/Pod/web: mode weakened, from strict to permissive",
				"any other port of ns/Pod/web: acceptance weakened, from mesh-identities to anybody",
				"any other port of ns/Pod/web: requests of ns/Pod/old and anybody without an identity opened, from never to always",
			},
		},
		{
			"a client whose proxy begins to send plaintext to a strict port is broken, not kept out",
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled), strict},
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled+", toy/sends-cart: plaintext"), strict},
			[]string{
				"port 8080 of ns/Pod/cart: requests of ns/Pod/web broken, from always to never",
				"any other port of ns/Pod/cart: requests of ns/Pod/web broken, from always to never",
			},
		},
		{
			"connections that lose their protection are weakened where they are still made",
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled)},
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled+", toy/sends-cart: plaintext")},
			[]string{
				"port 8080 of ns/Pod/cart: connections of ns/Pod/web weakened, from encrypted, authenticated to plaintext",
				"any other port of ns/Pod/cart: connections of ns/Pod/web weakened, from encrypted, authenticated to plaintext",
			},
		},
		{
			"a policy names one client, another on terms, and leaves a third open",
			[]string{toyPod("cart", enrolled), toyPod("web", enrolled), toyPod("till", enrolled), toyPod("box", enrolled), strict},
			[]string{
				toyPod("cart", enrolled), toyPod("web", enrolled), toyPod("till", enrolled), toyPod("box", enrolled), strict,
				policy("who", "workload: cart, callers: [web, 'till?', 'box??']"),
			},
			[]string{
				"port 8080 of ns/Pod/cart: acceptance strengthened, from mesh-identities to named-identities",
				"port 8080 of ns/Pod/cart: requests of ns/Pod/cart and any new identity of the mesh closed, from always to never",
				"port 8080 of ns/Pod/cart: requests of ns/Pod/till closed, from always to sometimes: method is GET",
				"port 8080 of ns/Pod/cart: requests of ns/Pod/box undecided, from always to undecided",
				"any other port of ns/Pod/cart: acceptance strengthened, from mesh-identities to named-identities",
				"any other port of ns/Pod/cart: requests of ns/Pod/cart and any new identity of the mesh closed, from always to never",
				"any other port of ns/Pod/cart: requests of ns/Pod/till closed, from always to sometimes: method is GET",
				"any other port of ns/Pod/cart: requests of ns/Pod/box undecided, from always to undecided",
			},
		},
		{
			"workloads come and go, and are no clients of the others",
			[]string{toyPod("cart", enrolled), toyPod("old", outside)},
			[]string{toyPod("cart", enrolled), toyPod("new", enrolled)},
			[]string{"ns/Pod/new: workload appeared, of mode sidecar", "ns/Pod/old: workload gone, of mode none"},
		},
		{
			"the placement of a sidecar makes no difference, a way around it does",
			[]string{toyPod("cart", "toy/mode: sidecar")},
			[]string{toyPod("cart", "toy/mode: native-sidecar, toy/bypass: inbound 9090")},
			[]string{"ns/Pod/cart: bypass of inbound 9090 appeared: effective"},
		},
		{
			"what neither decides is said to be open",
			[]string{toyPod("cart", "toy/mode: riddle, toy/enforced: riddle")},
			[]string{toyPod("cart", "toy/mode: riddle, toy/enforced: riddle")},
			[]string{
				"unsettled enrolment ns/Pod/cart", "unsettled mode port 8080 of ns/Pod/cart", "unsettled acceptance port 8080 of ns/Pod/cart",
				"unsettled connection port 8080 of ns/Pod/cart", "unsettled request port 8080 of ns/Pod/cart",
				"unsettled mode any other port of ns/Pod/cart", "unsettled acceptance any other port of ns/Pod/cart",
				"unsettled connection any other port of ns/Pod/cart", "unsettled request any other port of ns/Pod/cart",
			},
		},
		{
			"an entry that ends TLS is stronger than one that does not",
			[]string{policy("edge", "entry: {tls: plaintext, served: true, certificate: false, redirect: false}")},
			[]string{policy("edge", "entry: {tls: terminated, served: true, certificate: true, redirect: false}")},
			[]string{"Policy/ns/edge port 443: entry strengthened, from plaintext to terminated"},
		},
		{
			"an entry asks for certificates, and is closed when nothing answers",
			[]string{
				policy("a", "entry: {tls: terminated, served: true, certificate: false, redirect: false}"),
				policy("b", "entry: {tls: terminated, served: true, certificate: true, redirect: false}"),
			},
			[]string{
				policy("a", "entry: {tls: terminated, served: true, certificate: true, redirect: false}"),
				policy("b", "entry: {tls: terminated, served: false, certificate: true, redirect: false}"),
				policy("c", "entry: {tls: plaintext, served: true, certificate: false, redirect: true}"),
			},
			[]string{
				"Policy/ns/a port 443: entry strengthened, from no client certificate demanded to client certificate demanded",
				"Policy/ns/b port 443: entry closed, from terminated to not served",
				"Policy/ns/c port 443: entry appeared: plaintext, redirected",
			},
		},
		{
			"another workload behind an entry",
			[]string{toyPod("cart", enrolled), service("shop", "cart", ""), policy("a", "entry: {tls: terminated, served: true, certificate: false, redirect: false}")},
			[]string{toyPod("cart", enrolled), service("shop", "cart", ""), policy("a", "entry: {tls: terminated, served: true, certificate: false, redirect: false, service: shop}")},
			[]string{"ns/Pod/cart behind Policy/ns/a port 443: way in opened"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := mesh.Diff(graph(t, docs(test.before...)), graph(t, docs(test.after...)))
			if diff := cmp.Diff(test.want, diffLines(d)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// bare is what a difference says, without reasons, in an order of its own.
func bare(d mesh.Difference, reverse bool) []string {
	var all []string
	for _, c := range d.Changes {
		if reverse {
			c.Kind, c.Before, c.After = c.Kind.Reverse(), c.After, c.Before
		}
		all = append(all, c.Topic.String()+" "+c.String())
	}
	for _, p := range d.Unsettled {
		all = append(all, "unsettled "+p.Topic.String()+" "+p.String())
	}
	slices.Sort(all)
	return all
}

// A graph differs from itself in nothing.
func TestDiffOfItself(t *testing.T) {
	t.Parallel()
	eachRandomWorld(t, 40, func(t *testing.T, g *mesh.Graph) {
		if d := mesh.Diff(g, g); !d.IsEmpty() {
			t.Errorf("differs from itself:\n%s", d)
		}
	})
}

// What one difference says, the other says the other way around; the order of objects is no difference.
func TestDiffMirrors(t *testing.T) {
	t.Parallel()
	changes := map[mesh.ChangeKind]int{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		before, after := randomWorld(r), randomWorld(r)
		if seed%2 == 0 {
			after = without(after, toyPodOf(r)) // not all workloads are in both
		}
		a, b := graph(t, before), graph(t, after)
		there := mesh.Diff(a, b)
		if diff := cmp.Diff(bare(there, false), bare(mesh.Diff(b, a), true)); diff != "" {
			t.Fatalf("seed %d: there and back (-there +back):\n%s", seed, diff)
		}
		parts := strings.Split(after, "\n---\n")
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if diff := cmp.Diff(diffLines(there), diffLines(mesh.Diff(a, graph(t, docs(parts...))))); diff != "" {
			t.Fatalf("seed %d: in another order (-want +got):\n%s", seed, diff)
		}
		for _, c := range there.Changes {
			changes[c.Kind]++
		}
	}
	for k := mesh.ChangeAppeared; k <= mesh.ChangeAltered; k++ {
		if changes[k] == 0 && k != mesh.ChangeAppeared {
			t.Errorf("no change of the random worlds is %s", k)
		}
	}
}

// toyPodOf is a random name of randomWorld's pods.
func toyPodOf(r *rand.Rand) string { return string(rune('a' + r.IntN(5))) }

// without leaves the pod of that name out.
func without(text, name string) string {
	return docs(slices.DeleteFunc(strings.Split(text, "\n---\n"), func(doc string) bool {
		return strings.HasPrefix(doc, "{apiVersion: v1, kind: Pod, metadata: {name: "+name+",")
	})...)
}

// Each change of requests says what Callers say of each of its clients.
func TestDiffAgreesWithCallers(t *testing.T) {
	t.Parallel()
	checked := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		a, b := graph(t, randomWorld(r)), graph(t, randomWorld(r))
		said := map[string]string{}
		for _, c := range mesh.Diff(a, b).Changes {
			if c.Topic != mesh.TopicRequest || c.Port == 0 {
				continue
			}
			for id := range c.Clients.IDs() {
				said[c.Place.String()+" "+id.String()] = first(c.Before) + " " + first(c.After)
			}
		}
		for server := range a.Workloads() {
			other, ok := b.Workload(server.ID())
			if !ok {
				continue
			}
			before, after := a.Callers(server, 8080), b.Callers(other, 8080)
			for client := range a.Workloads() {
				there, ok := b.Workload(client.ID())
				if !ok {
					continue
				}
				x, y := before.Of(client).Access.String(), after.Of(there).Access.String()
				got, ok := said[mesh.Place{Topic: mesh.TopicRequest, Workload: server.ID(), Port: 8080}.String()+" "+client.ID().String()]
				checked++
				if ok && got != x+" "+y || !ok && x != y {
					t.Fatalf("seed %d: %s to %s: %s to %s, and the difference says %q", seed, client.ID(), server.ID(), x, y, got)
				}
			}
		}
	}
	if checked < 500 {
		t.Errorf("only %d pairs were compared", checked)
	}
}

// Each change of connections says what Transport says of each of its clients that gets something through.
func TestDiffAgreesWithTransport(t *testing.T) {
	t.Parallel()
	checked := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		a, b := graph(t, randomWorld(r)), graph(t, randomWorld(r))
		said := map[string]string{}
		for _, c := range mesh.Diff(a, b).Changes {
			for id := range c.Clients.IDs() {
				if c.Topic == mesh.TopicConnection && c.Port == 8080 {
					said[id.String()+" to "+c.Workload.String()] = c.Before + " then " + c.After
				}
			}
		}
		for server := range a.Workloads() {
			for client := range a.Workloads() {
				before, after := heardOf(t, a, client.ID(), server.ID()), heardOf(t, b, client.ID(), server.ID())
				if before == "" || after == "" {
					continue
				}
				checked++
				want := before + " then " + after
				got, differs := said[client.ID().String()+" to "+server.ID().String()]
				if differs != (before != after) || differs && got != want {
					t.Fatalf("seed %d: %s to %s: %s, and the difference says %q", seed, client.ID(), server.ID(), want, got)
				}
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d connections were compared", checked)
	}
}

// heardOf is how a connection is protected that is made and brings something through; empty for others, and
// where the pods differ.
func heardOf(t *testing.T, g *mesh.Graph, client, server mesh.WorkloadID) string {
	t.Helper()
	c, _ := g.Workload(client)
	s, _ := g.Workload(server)
	if len(c.Variants()) > 1 || len(s.Variants()) > 1 || g.Callers(s, 8080).Of(c).Access == mesh.AccessNever {
		return ""
	}
	tr := g.Transport(c, s, 8080)
	switch {
	case tr.Connects == truth.False:
		return ""
	case tr.Encrypted == truth.True && tr.Authenticated == truth.True:
		return "encrypted, authenticated"
	case tr.Encrypted == truth.True && tr.Authenticated == truth.False:
		return "encrypted, not authenticated"
	case tr.Encrypted == truth.False:
		return "plaintext"
	default:
		return "encrypted?, authenticated?"
	}
}

// first is the word before the terms.
func first(text string) string {
	word, _, _ := strings.Cut(text, ":")
	return word
}

// A difference is plain data: it is written as JSON with words, and places that change alike are told of together.
func TestDiffForms(t *testing.T) {
	t.Parallel()
	apps := []string{toyPod("cart", "toy/mode: sidecar"), toyPod("old", "toy/mode: none, toy/enforced: none")}
	d := mesh.Diff(graph(t, docs(append(apps, policy("mode", "mtls: strict"))...)), graph(t, docs(apps...)))
	text, err := json.Marshal(d.Changes[2])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"opened","topic":"request","workload":{"namespace":"ns","kind":"Pod","name":"cart"},"port":8080,` +
		`"clients":{"workloads":[{"namespace":"ns","kind":"Pod","name":"old"}],"stranger":true},"before":"never","after":"always"}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	const lines = "mode weakened, from strict to permissive\n" +
		"    ports 8080 and any other of ns/Pod/cart\n" +
		"acceptance weakened, from mesh-identities to anybody\n" +
		"    ports 8080 and any other of ns/Pod/cart\n" +
		"requests of ns/Pod/old and anybody without an identity opened, from never to always\n" +
		"    ports 8080 and any other of ns/Pod/cart\n"
	if diff := cmp.Diff(lines, d.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if len(d.Changes[2].WhyBefore) == 0 || len(d.Changes[2].WhyAfter) == 0 {
		t.Error("a change without reasons")
	}
}
