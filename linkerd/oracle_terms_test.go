package linkerd_test

import (
	"net/url"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/oracletest"
	"github.com/meshposture/meshposture/mesh"
)

// Terms are held against requests by an interpreter that knows nothing but their words.

// oracleMeets evaluates terms for a request. word is an attribute that cannot be evaluated; empty when
// there is none.
func oracleMeets(t mesh.Terms, q oracleQuestion) (met bool, word string) {
	return oracletest.Meets(t, func(k mesh.Condition) (bool, bool) { return oracleHolds(k, q) })
}

// oracleHolds evaluates a condition; false for ok when its attribute says too little.
func oracleHolds(k mesh.Condition, q oracleQuestion) (holds, ok bool) {
	req := q.req
	protocol := map[bool]string{true: "http", false: "tcp"}[req.http]
	var sent []string
	name, key, _ := strings.Cut(strings.TrimSuffix(k.Attribute, "]"), "[")
	match := func(want, got string) bool { return want == got }
	switch name {
	case "protocol":
		sent = []string{protocol}
	case "method":
		sent = []string{req.method}
	case "path":
		sent = []string{req.path}
		match = func(want, got string) bool { return oracleRPC(want, got) || oraclePattern(want).inPathOnly(got) }
	case "host":
		sent = []string{req.host}
		match = func(want, got string) bool { _, ok := oracleHost([]string{want}, got); return ok }
	case "header":
		for name, value := range req.headers {
			if strings.EqualFold(name, key) {
				sent = append(sent, value)
			}
		}
		match = func(want, got string) bool { return oraclePattern(want).holds(got) }
	case "query":
		values, err := url.ParseQuery(req.query)
		if err != nil {
			return false, false
		}
		sent = values[key]
		match = func(want, got string) bool { return oraclePattern(want).holds(got) }
	case "source.address":
		in := slices.ContainsFunc(k.Values, func(v string) bool { return oracleIn(oracleRange(v), q.peer.addr) })
		return in != k.Not, true
	default:
		return false, false
	}
	if !req.http && name != "protocol" {
		return false, true
	}
	is := slices.ContainsFunc(k.Values, func(want string) bool {
		return slices.ContainsFunc(sent, func(got string) bool { return match(want, got) })
	})
	return is != k.Not, true
}

// oraclePattern reads a value of terms: what begins with "~" is an expression, what ends in "*" a prefix.
func oraclePattern(value string) oracleText {
	if rest, ok := strings.CutPrefix(value, "~"); ok {
		return oracleText{Type: "RegularExpression", Value: rest}
	}
	if rest, ok := strings.CutSuffix(value, "*"); ok {
		return oracleText{Type: "PathPrefix", Value: rest}
	}
	return oracleText{Type: "Exact", Value: value}
}

func (x oracleText) inPathOnly(path string) bool {
	_, ok := x.inPath(path)
	return ok
}

// oracleRPC reports whether a path fits a service and a method, of which "*" stands for any.
func oracleRPC(want, got string) bool {
	w, g := strings.Split(want, "/"), strings.Split(got, "/")
	if len(w) != 3 || len(g) < 3 || !slices.Contains(w, "*") {
		return false
	}
	return (w[1] == "*" || w[1] == g[1]) && (w[2] == "*" || w[2] == g[2])
}

// oracleRange reads "10.0.0.0/8 without 10.1.0.0/16, 10.2.0.0/16".
func oracleRange(text string) oracleNet {
	cidr, except, _ := strings.Cut(text, " without ")
	return oracleNet{CIDR: cidr, Except: strings.FieldsFunc(except, func(r rune) bool { return r == ',' || r == ' ' })}
}
