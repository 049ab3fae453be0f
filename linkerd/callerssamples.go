package linkerd

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// maxSamples bounds the requests that are tried for one answer.
const maxSamples = 4096

// slot is an attribute of requests, with a value to try for each way in which the routes can treat one.
type slot []func(*asked)

// addresses finds the addresses to try: where it is not known where the client comes from, and it matters,
// one for each way in which the networks of the grants treat one.
func (e *exploration) addresses() {
	var nets []networks
	for one := range e.gate.allOfAll() {
		if one.mayMeet(&e.v) && one.networks.hasAll(e.v.addrs) == truth.Unknown {
			nets = append(nets, one.networks)
		}
	}
	switch {
	case len(nets) == 0:
		e.addrs = []netip.Addr{{}}
	case len(e.v.addrs) > 0:
		e.addrs = e.v.addrs
	default:
		e.addrs = addressesOf(nets)
	}
}

// addressesOf returns addresses such that every address is treated by the networks like one of them: the
// first of every range and of every hole, those behind them, and the first of all. Loopback addresses are none
// of a client outside of the pod.
func addressesOf(nets []networks) []netip.Addr {
	all := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	add := func(p netip.Prefix) {
		if all = append(all, p.Masked().Addr()); lastAddr(p).Next().IsValid() {
			all = append(all, lastAddr(p).Next())
		}
	}
	for _, ns := range nets {
		for _, n := range ns {
			add(n.cidr)
			for _, hole := range n.except {
				add(hole)
			}
		}
	}
	all = slices.DeleteFunc(all, netip.Addr.IsLoopback)
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// lastAddr is the last address of a range.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// try judges requests and connections that stand for all others.
func (e *exploration) try() {
	if e.tcp {
		e.tryOne(nil)
	}
	if !e.http {
		return
	}
	slots := e.slots()
	q := asked{foldHost: e.gate.policy.foldHosts}
	var walk func(at int)
	walk = func(at int) {
		switch {
		case len(e.samples) >= maxSamples:
			e.partial = "the routes of the port are too many to try all kinds of requests"
		case at == len(slots):
			one := q
			e.tryOne(&one)
		default:
			before := q
			for _, set := range slots[at] {
				q = before
				set(&q)
				walk(at + 1)
			}
			q = before
		}
	}
	walk(0)
}

func (e *exploration) tryOne(q *asked) {
	for _, a := range e.addrs {
		v := e.v
		if a.IsValid() {
			v.addrs = []netip.Addr{a}
		}
		e.samples = append(e.samples, sample{q, a, e.gate.judge(&v, q)})
	}
}

// slots are the attributes that routes look at.
func (e *exploration) slots() []slot {
	c := &collector{tests: map[string]*textTests{}}
	for _, r := range e.gate.routes {
		c.hosts = append(c.hosts, r.hosts...)
		for i := range r.rules {
			for j := range r.rules[i].matches {
				c.take(&r.rules[i].matches[j])
			}
		}
	}
	slots := c.slots()
	if e.partial == "" {
		e.partial = c.partial
	}
	return slots
}

// collector collects what routes compare requests with.
type collector struct {
	methods []string
	paths   []string // that are like each other to no test
	hosts   []hostMatch

	services, calls []string // of gRPC; empty ones stand for all

	names   []string // of tests, in the order of the routes
	tests   map[string]*textTests
	partial string
}

// textTests are the tests of one header or parameter.
type textTests struct {
	name   string
	header bool
	values []string
}

func (c *collector) take(m *requestMatch) {
	if m.method != "" {
		c.methods = append(c.methods, m.method)
	}
	switch {
	case m.rpc != nil:
		c.methods = append(c.methods, "POST")
		c.services, c.calls = append(c.services, m.rpc.service), append(c.calls, m.rpc.method)
	case m.path.kind == pathExact:
		c.paths = append(c.paths, m.path.text)
	case m.path.kind == pathPrefix:
		c.paths = append(c.paths, m.path.text, m.path.text+"/", m.path.text+"/"+freshWord)
	case m.path.kind == pathPattern:
		c.paths = append(c.paths, c.like(m.path.pattern))
	}
	for i := range m.headers {
		c.text("h:"+lowerASCII(m.headers[i].name), &m.headers[i], true)
	}
	for i := range m.query {
		c.text("q:"+m.query[i].name, &m.query[i], false)
	}
}

// rpcPaths are paths for each service with each method.
func (c *collector) rpcPaths() []string {
	if len(c.services) == 0 {
		return nil
	}
	var all []string
	for _, service := range distinct(append(c.services, freshWord)) {
		for _, method := range distinct(append(c.calls, freshWord)) {
			all = append(all, "/"+service+"/"+method)
		}
	}
	return all
}

func (c *collector) text(key string, t *textMatch, header bool) {
	all := c.tests[key]
	if all == nil {
		all = &textTests{name: t.name, header: header}
		c.tests[key], c.names = all, append(c.names, key)
	}
	value := t.value
	if t.pattern != nil {
		value = c.like(t.pattern)
	}
	if !slices.Contains(all.values, value) {
		all.values = append(all.values, value)
	}
}

// like is a text that a pattern spans. What other texts it spans is not looked for, so that samples do not
// stand for all requests then.
func (c *collector) like(p *pattern) string {
	c.partial = "whether requests that match the patterns of the routes differ is not worked out"
	return p.example()
}

// freshWord is in no route, or else only makes a sample the same as another one.
const freshWord = "0-mp-0"

// slots are the values to try.
func (c *collector) slots() []slot {
	var all []slot
	methods := distinct(append(c.methods, "GET", "POST", "MP"))
	all = append(all, slotOf(methods, func(q *asked, v string) { q.method = v }))
	paths := distinct(append(append(c.paths, c.rpcPaths()...), "/", "/"+freshWord, "/"+freshWord+"/"+freshWord))
	all = append(all, slotOf(paths, func(q *asked, v string) { q.path = v }))
	if len(c.hosts) > 0 {
		all = append(all, slotOf(c.hostSamples(), func(q *asked, v string) { q.host = v }))
	}
	for _, key := range c.names {
		all = append(all, c.textSlot(c.tests[key]))
	}
	return all
}

func slotOf(values []string, set func(*asked, string)) slot {
	var s slot
	for _, v := range values {
		s = append(s, func(q *asked) { set(q, v) })
	}
	return s
}

func distinct(values []string) []string {
	var all []string
	for _, v := range values {
		if v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

func (c *collector) hostSamples() []string {
	all := []string{freshWord + ".invalid"}
	for _, h := range c.hosts {
		name := strings.TrimSuffix(h.name, ".")
		if all = append(all, name); h.suffix {
			all = append(all, freshWord+"."+name)
		}
	}
	return distinct(all)
}

// textSlot tries a header or a parameter that is missing, another value than any that is tested, each of
// these, and pairs of them: a request may have several.
func (c *collector) textSlot(t *textTests) slot {
	combos := [][]string{nil, {freshWord}}
	for i, v := range t.values {
		combos = append(combos, []string{v})
		for _, w := range t.values[i+1:] {
			combos = append(combos, []string{v, w})
		}
	}
	if len(t.values) > 2 {
		c.partial = "routes test a header or a parameter for more than two values"
	}
	var s slot
	for _, values := range combos {
		s = append(s, func(q *asked) { t.set(q, values) })
	}
	return s
}

func (t *textTests) set(q *asked, values []string) {
	if len(values) == 0 {
		return
	}
	if t.header {
		header := map[string][]string{t.name: values}
		for k, v := range q.header {
			header[k] = v
		}
		q.header = header
		return
	}
	for _, v := range values {
		if q.query != "" {
			q.query += "&"
		}
		q.query += escapeForm(t.name) + "=" + escapeForm(v)
	}
}
