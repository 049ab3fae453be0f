package istio

import (
	"slices"
	"strings"
)

// trustDomains are the mesh's own trust domain and then its aliases.
func (r *revision) trustDomains() []string {
	if r == nil {
		return []string{"cluster.local"}
	}
	return append([]string{r.mesh.trustDomain}, r.mesh.aliases...)
}

// migrate puts the mesh's trust domain and its aliases in the place of the trust domain of a
// principal that is one of them, or that is "cluster.local", which stands for the mesh's own. Only
// principals of five parts have one. pilot/pkg/security/trustdomain/bundle.go
// ReplaceTrustDomainAliases.
func (r *revision) migrate(principals []string) []string {
	if len(principals) == 0 {
		return nil
	}
	domains := r.trustDomains()
	var all []string
	for _, p := range principals {
		domain, rest, _ := strings.Cut(p, "/")
		if strings.Count(p, "/") != 4 || domain == "*" || domain != "cluster.local" && !amongDomains(domain, domains) {
			all = append(all, p)
			continue
		}
		var own []string
		for _, d := range domains {
			migrated := d + "/" + rest
			if suffix, wild := strings.CutPrefix(domain, "*"); wild && strings.HasSuffix(d, suffix) {
				migrated = p
			}
			if !slices.Contains(own, migrated) {
				own = append(own, migrated)
			}
		}
		all = append(all, own...)
	}
	return all
}

// amongDomains reports whether a trust domain is in a list, where either side may have a wildcard at
// one end (trustdomain/util.go stringMatch).
func amongDomains(domain string, list []string) bool {
	wild := func(s, pattern string) bool {
		if before, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasPrefix(s, before) {
			return true
		}
		after, ok := strings.CutPrefix(pattern, "*")
		return ok && strings.HasSuffix(s, after)
	}
	return slices.ContainsFunc(list, func(d string) bool {
		return d == domain || wild(domain, d) || wild(d, domain)
	})
}

// expand adds the mesh's other trust domains to a value of trustDomains that is one of them
// (trustdomain/bundle.go ExpandTrustDomainAliases).
func (r *revision) expand(values []string) []string {
	domains := r.trustDomains()
	var all []string
	for _, v := range values {
		more := []string{v}
		if slices.Contains(domains, v) {
			more = domains
		}
		for _, d := range more {
			if !slices.Contains(all, d) {
				all = append(all, d)
			}
		}
	}
	return all
}
