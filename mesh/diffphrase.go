package mesh

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns what changes, and below it, indented, where: changes that say the same of several places
// are told once, in the order of the first. What neither graph decides is counted last, topic by topic.
func (d Difference) String() string {
	type told struct {
		text   string
		places []Place
	}
	var all []*told
	known := map[string]*told{}
	for _, c := range d.Changes {
		text := c.rest()
		key := text + "\x00" + c.Clients.key()
		s := known[key]
		if s == nil {
			s = &told{text: text}
			known[key], all = s, append(all, s)
		}
		s.places = append(s.places, c.Place)
	}
	var b strings.Builder
	for _, s := range all {
		b.WriteString(s.text + "\n")
		writePlaces(&b, s.places)
	}
	var open [len(topicNames)]int
	for _, p := range d.Unsettled {
		open[p.Topic]++
	}
	for t, n := range open {
		if n > 0 {
			fmt.Fprintf(&b, "%s not known in either: places: %d\n", Topic(t).noun(), n)
		}
	}
	return b.String()
}

// writePlaces writes a line for each place; the ports of one workload are one.
func writePlaces(b *strings.Builder, places []Place) {
	for from := 0; from < len(places); {
		p, to := places[from], from+1
		for to < len(places) && p.Topic.perPort() == 1 && places[to].Workload == p.Workload {
			to++
		}
		line := p.where()
		if to > from+1 {
			var ports []string
			for _, one := range places[from:to] {
				ports = append(ports, one.portWord())
			}
			line = "ports " + list(ports) + " of " + p.Workload.String()
		}
		b.WriteString("    " + line + "\n")
		from = to
	}
}

func (p Place) portWord() string {
	if p.Port == 0 {
		return "any other"
	}
	return strconv.Itoa(int(p.Port))
}

// list joins words: "a, b and c".
func list(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// String returns the change as a sentence: "port 8080 of shop/Deployment/cart: requests of
// batch/CronJob/report and of anybody without an identity opened, from never to always".
func (c Change) String() string { return c.Place.where() + ": " + c.rest() }

// where is the place in a sentence that says what goes around the proxy.
func (p Place) where() string {
	if p.Topic == TopicBypass {
		p.Name = ""
	}
	return p.String()
}

// rest is the sentence without the place.
func (c Change) rest() string {
	text := c.Topic.noun()
	if c.Topic == TopicBypass {
		text += " of " + c.Name
	}
	if !c.Clients.IsZero() {
		text += " of " + c.Clients.String()
	}
	text += " " + c.Kind.String()
	switch {
	case c.Topic == TopicWorkload:
		return text + ", of mode " + c.Before + c.After
	case c.Before != "" && c.After != "":
		return text + ", from " + c.Before + " to " + c.After
	case c.Before+c.After != "" && c.Topic != TopicBackend && c.Topic != TopicExit:
		return text + ": " + c.Before + c.After
	default:
		return text
	}
}

// noun is what the sentence speaks of.
func (t Topic) noun() string {
	switch t {
	case TopicOutlet:
		return "way to unknown destinations"
	case TopicMode:
		return "mode"
	case TopicConnection:
		return "connections"
	case TopicRequest:
		return "requests"
	case TopicBackend:
		return "way in"
	default:
		return t.String()
	}
}

// String names the place: "port 8080 of shop/Deployment/cart", "shop/Deployment/cart",
// "Gateway/shop/front https port 443".
func (p Place) String() string {
	switch {
	case p.Topic.perPort() == 1 && p.Port == 0:
		return "any other port of " + p.Workload.String()
	case p.Topic.perPort() == 1:
		return fmt.Sprintf("port %d of %s", p.Port, p.Workload)
	}
	var parts []string
	if p.Workload != (WorkloadID{}) {
		parts = append(parts, p.Workload.String())
	}
	if !p.Object.IsZero() {
		if len(parts) > 0 {
			parts = append(parts, "behind")
		}
		parts = append(parts, p.Object.String())
	}
	if p.Name != "" {
		parts = append(parts, p.Name)
	}
	if p.Port != 0 {
		parts = append(parts, fmt.Sprintf("port %d", p.Port))
	}
	return strings.Join(parts, " ")
}

// named is how many clients a phrase names before it counts the others.
const named = 4

// String returns the clients as a phrase: "a, b and anybody without an identity". Of many, the first are
// named and the others counted.
func (c Clients) String() string {
	var parts []string
	for id := range c.IDs() {
		if len(parts) == named && c.Len() > named+1 {
			parts = append(parts, fmt.Sprintf("%d more workloads", c.Len()-named))
			break
		}
		parts = append(parts, id.String())
	}
	if c.Newcomer {
		parts = append(parts, "any new identity of the mesh")
	}
	if c.Stranger {
		parts = append(parts, "anybody without an identity")
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return list(parts)
}
