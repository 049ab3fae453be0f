package report

import (
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/check"
)

// findings writes what was found, most severe first. Findings of severity info are counted only,
// unless the report is verbose: the exclusions above say most of them already.
func (t *text) findings() {
	all := t.in.Result.Findings
	t.heading("Findings: " + severities(all))
	if len(all) == 0 {
		t.line(2, t.noFindings())
		return
	}
	shown := all
	if !t.opts.Verbose {
		shown = above(all, check.Info)
	}
	infos := len(all) - len(shown)
	n := t.fold(len(shown))
	for _, f := range shown[:n] {
		t.finding(f)
	}
	t.folded(2, len(shown)-n, "finding")
	tally(t, 4, "code", shown[n:], func(f check.Finding) string { return f.Code })
	if infos > 0 {
		t.line(2, fmt.Sprintf("… and %s of severity info (%s)", more(infos, "finding"), t.opts.Unfold))
	}
	if s := t.alsoUnjudged(); s != "" {
		t.line(2, s)
	}
}

// above are the findings of a higher severity.
func above(all []check.Finding, s check.Severity) []check.Finding {
	var kept []check.Finding
	for _, f := range all {
		if f.Severity > s {
			kept = append(kept, f)
		}
	}
	return kept
}

// severities counts findings: "2 high, 1 medium".
func severities(all []check.Finding) string {
	if len(all) == 0 {
		return "none"
	}
	var parts []string
	for s := check.Critical; s > check.SeverityNone; s-- {
		n := 0
		for _, f := range all {
			if f.Severity == s {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

// noFindings says that nothing was found, and never more than was judged.
func (t *text) noFindings() string {
	things, unread := t.in.unjudged(t.perimeter)
	if things == 0 && unread == 0 {
		if t.perimeter.total == 0 {
			return "There was nothing to judge."
		}
		return "No findings."
	}
	return "No findings among what could be judged; " + unjudgedText(things, unread) + "."
}

func (t *text) alsoUnjudged() string {
	things, unread := t.in.unjudged(t.perimeter)
	if things == 0 && unread == 0 {
		return ""
	}
	return "There may be more: " + unjudgedText(things, unread) + " (see below)."
}

func unjudgedText(things, unread int) string {
	objects := ""
	if unread > 0 {
		objects = count(unread, "object") + " of kinds that nobody reads"
	}
	if things == 0 {
		return objects + " " + were(unread) + " not looked at"
	}
	return sentence(" ", count(things, "thing"), were(things), "not judged") + also(unread, objects)
}

func also(unread int, objects string) string {
	if objects == "" {
		return ""
	}
	return ", nor " + were(unread) + " " + objects
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// finding writes one finding, with its reasons further in.
func (t *text) finding(f check.Finding) {
	t.hang(2, 4, sentence(": ", placeText(f.Pos), f.Severity.String(), f.Code, f.Message))
	t.why(6, f.Why)
	for _, r := range f.Related {
		t.line(6, "see "+sentence(": ", placeText(r.Pos), r.Message))
	}
}
