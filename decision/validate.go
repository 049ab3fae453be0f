package decision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// ValidateOptions says by which rules a record is judged. The zero value is the default.
type ValidateOptions struct {
	// Now is the day on which the record is judged. When it is zero, rules about the future
	// (V-38) are not applied.
	Now Date
	// Profile sets the limits of time; the zero Profile is ProfileDefault.
	Profile Profile
}

// Profile is a set of limits that an organisation answers to.
type Profile string

// The zero Profile is ProfileDefault.
const (
	ProfileDefault Profile = ""    // exclusions are reviewed every 12 months
	ProfilePCI     Profile = "pci" // every six months, as PCI DSS 4.0.1 requirement 1.2.7 asks for network controls
)

// UnmarshalText accepts "default" and the words of the constants.
func (p *Profile) UnmarshalText(text []byte) error {
	const byDefault Profile = "default"
	word := *p
	if err := readWord(&word, "profile", text, byDefault, ProfilePCI); err != nil {
		return err
	}
	if word == byDefault {
		word = ProfileDefault
	}
	*p = word
	return nil
}

// reviewMonths is how long after its last review an exclusion must be reviewed again.
func (p Profile) reviewMonths() int {
	if p == ProfilePCI {
		return 6
	}
	return 12
}

// Validate judges what the documents of the set say of themselves and of each other. It looks at
// nothing else: neither at a cluster nor at product data. The issues are ordered by position;
// those of reading are not repeated. Documents that are rejected, deprecated or superseded are
// history: only their ids and their succession are looked at.
func Validate(set *Set, opts ValidateOptions) []Issue {
	v := validator{opts: opts, severity: map[Code]Severity{}}
	for _, r := range Rules() {
		v.severity[r.Code] = r.Severity
	}
	v.identities(set)
	v.succession(set)
	for d := range set.Decisions() {
		if d.live() {
			v.decision(d)
		}
	}
	for g := range set.Registers() {
		v.exclusions(g.Exclusions)
		facts := factsOf(set.declared(g.Decision))
		for _, e := range g.Exclusions {
			v.condition(e.Holds, facts)
		}
	}
	slices.SortStableFunc(v.issues, Issue.Compare)
	return slices.Compact(v.issues)
}

// live reports whether the decision is, or may come, in force.
func (d *Decision) live() bool {
	switch d.Status {
	case StatusRejected, StatusDeprecated, StatusSuperseded:
		return false
	default:
		return true
	}
}

type validator struct {
	opts     ValidateOptions
	severity map[Code]Severity
	issues   []Issue
}

// at reports an issue at a field of an element; without the field, at the element. Of an element
// that was left out in reading there is nothing to say.
func (v *validator) at(code Code, p Place, field, format string, args ...any) {
	if p.lost {
		return
	}
	v.issues = append(v.issues, Issue{
		Code: code, Severity: v.severity[code],
		Pos: p.Pos(field), Field: source.Join(p.Path(), field),
		Message: fmt.Sprintf(format, args...),
	})
}

// need is a field that must be given.
type need struct {
	field string
	given bool
}

// missing are the names of the fields that are neither given nor were left out in reading.
func missing(p Place, needs ...need) []string {
	var names []string
	for _, n := range needs {
		if !n.given && !p.unread(n.field) {
			names = append(names, n.field)
		}
	}
	return names
}

// complete reports the fields without which an element says nothing (V-48).
func (v *validator) complete(p Place, what string, needs ...need) {
	if names := missing(p, needs...); len(names) > 0 {
		v.at(CodeIncomplete, p, "", "%s lacks %s", what, and(names))
	}
}

// and writes "a, b and c".
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// notFuture reports a date that lies after today (V-38).
func (v *validator) notFuture(p Place, field string, d Date) {
	if !v.opts.Now.IsZero() && d.After(v.opts.Now) {
		v.at(CodeFuture, p, field, "%s is %s, in the future as of %s", field, d, v.opts.Now)
	}
}

// party reports a person who is named without a team (V-40).
func (v *validator) party(p Place, field string, party Party) {
	if party.Person != "" && party.Team == "" {
		v.at(CodePersonOnly, p, field, "%s names %s without a team: people leave", field, party.Person)
	}
}

// evidence judges pieces of evidence (V-29, V-38, V-48).
func (v *validator) evidence(all []Evidence) {
	for _, e := range all {
		v.complete(e.Place, "evidence", need{"quote", e.Quote != "" || e.Link != "" || e.Digest != ""})
		if e.Link != "" && (e.Quote == "" || e.Digest == "") {
			lacks := missing(e.Place, need{"quote", e.Quote != ""}, need{"digest", e.Digest != ""})
			if len(lacks) > 0 {
				v.at(CodeBareLink, e.Place, "link", "evidence is a link without %s: the link may die", and(lacks))
			}
		}
		v.notFuture(e.Place, "date", e.Date)
	}
}

// identities judges the ids of documents and exclusions (V-41).
func (v *validator) identities(set *Set) {
	docs, exclusions := map[string]Place{}, map[string]Place{}
	for d := range set.Decisions() {
		v.identity(docs, "decision", d.ID, d.Place)
	}
	for g := range set.Registers() {
		v.identity(docs, "register", g.ID, g.Place)
	}
	for e := range set.Exclusions() {
		v.identity(exclusions, "exclusion", e.ID, e.Place)
	}
}

// identity reports an id that is missing or was met before.
func (v *validator) identity(met map[string]Place, what, id string, p Place) {
	first, again := met[id]
	switch {
	case id == "" && p.unread("id"):
	case id == "":
		v.at(CodeID, p, "", "%s has no id", what)
	case again:
		v.at(CodeID, p, "id", "id %q is used again: it names the %s at %s", id, what, first.Pos("id"))
	default:
		met[id] = p
	}
}

// title is how messages call a decision.
func (d *Decision) title() string { return "decision " + cmp.Or(d.ID, "without id") }

// title is how messages call an exclusion.
func (e *Exclusion) title() string { return "exclusion " + cmp.Or(e.ID, "without id") }
