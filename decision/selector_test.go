package decision_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/decision"
)

func TestSelectorMatches(t *testing.T) {
	t.Parallel()
	report := decision.Workload{
		Namespace: "batch", Kind: "CronJob", Name: "report-daily",
		Labels: map[string]string{"app": "report", "tier": "batch"},
	}
	agent := decision.Workload{Namespace: "monitoring", Kind: "DaemonSet", Name: "datadog-agent", HostNetwork: true}
	sandboxed := decision.Workload{Namespace: "ci", Kind: "Pod", Name: "runner", RuntimeClass: "gvisor"}
	tests := []struct {
		name, selector           string
		report, agent, sandboxed bool
	}{
		{"empty", "{}", false, false, false},
		{"ports alone select nothing", "{ports: [80], cidrs: [10.0.0.0/8], direction: inbound}", false, false, false},
		{"kind", "{kinds: [CronJob, Pod]}", true, false, true},
		{"kind in another case", "{kinds: [cronjob]}", false, false, false},
		{"namespace", "{namespaces: [batch]}", true, false, false},
		{"name", "{names: [report]}", false, false, false},
		{"pattern", "{names: [report-*, 'runne?', '[a-d]atadog-agent']}", true, true, true},
		{"everything", "{namespaces: ['*']}", true, true, true},
		{"labels, all of them", "{labels: {app: report, tier: batch}}", true, false, false},
		{"labels, one differs", "{labels: {app: report, tier: web}}", false, false, false},
		{"host network", "{hostNetwork: true}", false, true, false},
		{"no host network", "{hostNetwork: false}", true, false, true},
		{"runtime class", "{runtimeClasses: [kata, gvisor]}", false, false, true},
		{"fields are joined by and", "{kinds: [CronJob], namespaces: [monitoring]}", false, false, false},
		{"outside the register's scope", "{kinds: [Deployment, Pod], names: [runner]}", false, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for e := range parseAll(t, registerHead+"exclusions:\n- selector: "+test.selector).Exclusions() {
				for _, c := range []struct {
					w    decision.Workload
					want bool
				}{{report, test.report}, {agent, test.agent}, {sandboxed, test.sandboxed}} {
					if got := e.Selector.Matches(c.w); got != c.want {
						t.Errorf("%s: matches %t, want %t", c.w.Name, got, c.want)
					}
				}
			}
		})
	}
}

// TestFaultySelectors checks that a mistake never widens a selector.
func TestFaultySelectors(t *testing.T) {
	t.Parallel()
	w := decision.Workload{Namespace: "shop", Kind: "CronJob", Name: "a"}
	for _, selector := range []string{
		"{kinds: [CronJob], name: b}", "{kinds: [CronJob], names: 5}", "{kinds: [CronJob], names: ['[']}",
		"{kinds: [CronJob], hostNetwork: 'true'}", "{kinds: [CronJob], kinds: [CronJob]}", "{kinds: [CronJob], expectMin: x}",
	} {
		set, issues := decision.Parse("r", []byte(registerHead+"exclusions:\n- selector: "+selector))
		if len(issues) != 1 {
			t.Errorf("%s: want one issue, got:\n%s", selector, lines(issues))
		}
		for e := range set.Exclusions() {
			if e.Selector.Matches(w) || e.Matches(w) {
				t.Errorf("%s matches", selector)
			}
		}
	}
}

func TestExclusionScope(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]bool{
		"{}": true, "{clusters: [east]}": true, "{namespaces: [shop]}": true, "{namespaces: [batch]}": false, "{namespace: [batch]}": false,
	} {
		set, _ := decision.Parse("r", []byte(registerHead+"scope: "+scope+"\nexclusions:\n- selector: {kinds: [CronJob]}"))
		for e := range set.Exclusions() {
			if got := e.Matches(decision.Workload{Namespace: "shop", Kind: "CronJob", Name: "a"}); got != want {
				t.Errorf("scope %s: matches %t, want %t", scope, got, want)
			}
		}
	}
}

func TestMatchesPort(t *testing.T) {
	t.Parallel()
	tests := []struct {
		selector string
		d        decision.Direction
		p        decision.Port
		want     bool
	}{
		{"{}", decision.Inbound, 80, true},
		{"{}", "", 0, true},
		{"{ports: [80, 81]}", decision.Inbound, 81, true},
		{"{ports: [80]}", decision.Inbound, 81, false},
		{"{ports: [80]}", "", 0, false},
		{"{direction: inbound}", decision.Outbound, 80, false},
		{"{direction: inbound}", "", 80, true},
	}
	for _, test := range tests {
		for e := range parseAll(t, registerHead+"exclusions:\n- selector: "+test.selector).Exclusions() {
			if got := e.Selector.MatchesPort(test.d, test.p); got != test.want {
				t.Errorf("%s, %s %d: %t, want %t", test.selector, test.d, test.p, got, test.want)
			}
		}
	}
}

func TestPatternBounds(t *testing.T) {
	t.Parallel()
	// path.Match works by retrying stars; many of them must not take long.
	p := decision.Pattern(strings.Repeat("*a", 100))
	if p.Matches(strings.Repeat("a", 250) + "b") {
		t.Error("matches a name that ends in another letter")
	}
}
