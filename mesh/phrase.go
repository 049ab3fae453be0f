package mesh

import (
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// String returns the clause as a phrase: "method is GET and path is /info/*", or "always" for one
// without conditions.
func (c Clause) String() string {
	if len(c.Conditions) == 0 {
		return "always"
	}
	parts := make([]string, len(c.Conditions))
	for i, one := range c.Conditions {
		parts[i] = one.String()
	}
	return strings.Join(parts, " and ")
}

// String returns the terms as a phrase: "method is GET, unless path is /admin/*", or "always" for
// those that ask nothing. Clauses of several conditions stand in parentheses beside others. Where on
// the path the terms are asked is not said.
func (t Terms) String() string {
	return demand(anyOf(t.When), anyOf(t.Unless))
}

// demand joins what must hold with what must not; empty asks nothing.
func demand(when, unless string) string {
	switch {
	case when == "" && unless == "":
		return "always"
	case when == "":
		return "anything, unless " + unless
	case unless == "":
		return when
	default:
		return when + ", unless " + unless
	}
}

// anyOf joins clauses of which one must hold; empty for none.
func anyOf(clauses []Clause) string {
	parts := make([]string, len(clauses))
	for i, c := range clauses {
		parts[i] = c.String()
		if len(clauses) > 1 && len(c.Conditions) > 1 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " or ")
}

// String returns how much gets through, and on which terms: "sometimes: method is GET". Terms of
// several places on the path are joined by "; and", those of a proxy that is not beside the server
// with its name: "sometimes: method is GET; and at shop/front: path is /info". Reasons are not in it.
func (a Admission) String() string {
	if len(a.Terms) == 0 {
		return a.Access.String()
	}
	parts := make([]string, len(a.Terms))
	for i, t := range a.Terms {
		parts[i] = t.String()
		if t.Proxy != "" {
			parts[i] = "at " + t.Proxy + ": " + parts[i]
		}
	}
	return a.Access.String() + ": " + strings.Join(parts, "; and ")
}

// String returns the client with its Admission: "shop/Deployment/web: sometimes: method is GET".
func (c Caller) String() string {
	if c.Workload == nil {
		return "-: " + c.Admission.String()
	}
	return c.Workload.ID().String() + ": " + c.Admission.String()
}

// String returns what is sent and what becomes of it: "mesh: connects, encrypted, authenticated",
// "plaintext: does not connect". What is not known has a question mark: "tls: connects?, encrypted".
func (t Transport) String() string {
	text := t.Sends.String() + ": "
	switch t.Connects {
	case truth.False:
		return text + "does not connect"
	case truth.True:
		text += "connects"
	default:
		text += "connects?"
	}
	return text + fact(t.Encrypted, "encrypted") + fact(t.Authenticated, "authenticated")
}

func fact(v truth.Value, word string) string {
	switch v {
	case truth.True:
		return ", " + word
	case truth.False:
		return ", not " + word
	default:
		return ", " + word + "?"
	}
}

// String names the rule by its policy and its place in it: "AuthorizationPolicy/shop/cart spec.rules[0]",
// or "-" for no policy.
func (r Rule) String() string {
	switch {
	case r.Policy.IsZero():
		return "-"
	case r.Loc.Field() == "":
		return r.Policy.String()
	default:
		return r.Policy.String() + " " + r.Loc.Field()
	}
}

// String returns "allowed", "refused" or "undecided", with the rule that decided where one did:
// "refused by AuthorizationPolicy/shop/cart spec.rules[0]". Reasons are in the Points and the Transport.
func (v Verdict) String() string {
	words := map[truth.Value]string{truth.True: "allowed", truth.False: "refused", truth.Unknown: "undecided"}
	text := words[v.Allowed]
	if v.Transport.Connects == truth.False {
		return text + ": the connection is not made"
	}
	if p, ok := v.Decisive(); ok && p.Allowed == v.Allowed && !p.By.Policy.IsZero() {
		text += " by " + p.By.String()
	}
	return text
}
