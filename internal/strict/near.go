package strict

import "strings"

// near returns the field of t whose name is nearest to name, or "" when none is near. Case and
// underscores do not count. Of several equally near ones the first by name is taken.
func (t *Type) near(name string) string {
	if len(name) > longest {
		return ""
	}
	best, least := "", 1+min(2, len(name)/3)
	name = folded(name)
	for _, known := range t.names {
		if d := distance(name, folded(known), least); d < least {
			best, least = known, d
		}
	}
	return best
}

// folded is name without the differences between spellings such as host_network and hostNetwork.
func folded(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that make b of
// a; it may stop at any number that is not below limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
