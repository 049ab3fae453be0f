package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// named is a workload as kubectl takes it: "Kind namespace/name".
func named(id mesh.WorkloadID) string { return id.Kind + " " + id.Namespace + "/" + id.Name }

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// more counts what a list leaves out: "5 more findings".
func more(n int, noun string) string { return strings.Replace(count(n, noun), " ", " more ", 1) }

// sentence joins the parts that are not empty with a separator.
func sentence(sep string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// at is a place in parentheses; empty for an unknown one.
func at(pos source.Pos) string {
	if pos.IsZero() {
		return ""
	}
	return "(" + pos.String() + ")"
}

// stepText is a step as a reason: "rule: detail (place)". Where no field decided it names the object.
func stepText(s mesh.Step) string {
	place := stepPlace(s)
	if place == "" {
		place = "(a default)"
	}
	return sentence(" ", s.Rule+":", s.Detail, place)
}

// gapText says what is missing, and where.
func gapText(g mesh.Gap) string {
	object := ""
	if !g.Object.IsZero() {
		object = g.Object.String() + ":"
	}
	return sentence(" ", object, g.Detail, at(g.Pos()))
}

// placeText is a place before what stands there; empty for an unknown one.
func placeText(pos source.Pos) string {
	if pos.IsZero() {
		return ""
	}
	return pos.String()
}

// inDays says how far a day is away; empty when there is no date to compare with.
func inDays(now, day decision.Date) string {
	if now.IsZero() || day.IsZero() {
		return ""
	}
	switch n := now.DaysUntil(day); {
	case n == 0:
		return "today"
	case n > 0:
		return "in " + count(n, "day")
	default:
		return count(-n, "day") + " ago"
	}
}

// review says until when an exclusion is to be looked at.
func review(e *decision.Exclusion, now decision.Date) string {
	var parts []string
	switch {
	case e.ReviewBy.IsZero():
		parts = append(parts, "no day of review")
	case e.ReviewOverdue(now):
		parts = append(parts, fmt.Sprintf("review OVERDUE since %s (%s)", e.ReviewBy, inDays(now, e.ReviewBy)))
	default:
		parts = append(parts, sentence(" ", "review by "+e.ReviewBy.String(), paren(inDays(now, e.ReviewBy))))
	}
	switch {
	case e.Expires.IsZero():
	case e.Expired(now):
		parts = append(parts, "EXPIRED on "+e.Expires.String())
	default:
		parts = append(parts, "expires "+e.Expires.String())
	}
	return strings.Join(parts, "; ")
}

func paren(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}
