package decision

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// triggers judges facts, triggers and every condition of the record (V-27, V-28, V-41, V-48).
func (v *validator) triggers(d *Decision) {
	v.facts(d.Facts)
	facts := factsOf(d.Facts)
	for _, r := range d.Selection.Reasons {
		v.condition(r.Holds, facts)
	}
	for _, a := range d.Alternatives {
		v.condition(a.Rejected.Holds, facts)
	}
	for _, e := range d.Exclusions {
		v.condition(e.Holds, facts)
	}
	ids := map[string]Place{}
	kinds := map[TriggerKind]bool{}
	for _, t := range d.Triggers {
		kinds[t.Kind] = true
		v.identity(ids, "trigger", t.ID, t.Place)
		v.complete(t.Place, "trigger", need{"kind", t.Kind != ""}, need{"when", t.When != nil})
		v.party(t.Place, "owner", t.Owner)
		v.condition(t.When, facts)
	}
	v.triggerKinds(d, kinds)
}

// triggerKinds judges whether the triggers watch what a mesh is bound to run into (V-28).
func (v *validator) triggerKinds(d *Decision, kinds map[TriggerKind]bool) {
	switch {
	case d.unread("triggers"):
	case len(d.Triggers) == 0:
		v.at(CodeNoTrigger, d.Place, "triggers", "%s has no trigger: nothing would make its owners reconsider", d.title())
	case d.Selection.Mechanism == MechanismNone:
	default:
		for _, kind := range []TriggerKind{TriggerCompatibility, TriggerCost} {
			if !kinds[kind] {
				v.at(CodeNoTrigger, d.Place, "triggers", "%s has no trigger of kind %s", d.title(), kind)
			}
		}
	}
}

// factName is a dotted name such as "ops.meshIncidents".
var factName = regexp.MustCompile(`^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)+$`)

// declared are the facts that the decision of that id declares.
func (s *Set) declared(id string) []FactDeclaration {
	for d := range s.Decisions() {
		if d.ID == id && id != "" {
			return d.Facts
		}
	}
	return nil
}

// factsOf returns all facts that conditions may speak of: those that are known anyway, and those
// that are declared. A name that is declared twice keeps its first meaning.
func factsOf(declared []FactDeclaration) map[string]FactDeclaration {
	facts := map[string]FactDeclaration{}
	for _, f := range slices.Concat(WellKnownFacts(), declared) {
		if _, again := facts[f.Name]; again || f.Name == "" {
			continue
		}
		if f.Kind == FactDate && f.Unit == "" {
			f.Unit = UnitDate
		}
		facts[f.Name] = f
	}
	return facts
}

// facts judges the declarations (V-27, V-41, V-48).
func (v *validator) facts(declared []FactDeclaration) {
	facts := factsOf(declared)
	for _, f := range declared {
		v.complete(f.Place, "fact", need{"name", f.Name != ""}, need{"kind", f.Kind != ""})
		first := facts[f.Name]
		switch {
		case f.Name == "":
		case !factName.MatchString(f.Name):
			v.at(CodeCondition, f.Place, "name", "fact %q: want a dotted name, as in \"ops.meshIncidents\"", shorten(f.Name))
		case first.Path() == "":
			v.at(CodeID, f.Place, "name", "fact %s is declared, and is known without it", f.Name)
		case first.Path() != f.Path():
			v.at(CodeID, f.Place, "name", "fact %s is declared again: it stands at %s", f.Name, first.Pos("name"))
		}
		if problem := f.unitProblem(); problem != "" && !f.unread("unit") {
			v.at(CodeCondition, f.Place, "unit", "fact %s %s", f.Name, problem)
		}
	}
}

// unitProblem says what is wrong with the unit; empty when nothing is.
func (f *FactDeclaration) unitProblem() string {
	switch {
	case f.Kind == FactEvents && f.Unit != "":
		return "is a log of events, which are counted: it has no unit"
	case f.Kind == FactGauge && f.Unit == "":
		return "has no unit"
	case f.Kind == FactGauge && f.Unit == UnitDate, f.Kind == FactDate && f.Unit != UnitDate && f.Unit != "":
		return "is of kind " + string(f.Kind) + " and has unit " + string(f.Unit)
	default:
		return ""
	}
}

// condition judges a condition and all within it; nil is none.
func (v *validator) condition(c *Condition, facts map[string]FactDeclaration) {
	if c == nil {
		return
	}
	var set []string
	for _, part := range []need{
		{"all", c.All != nil},
		{"any", c.Any != nil},
		{"not", c.Not != nil},
		{"compare", c.Compare != nil},
		{"consecutive", c.Consecutive != nil},
		{"date", c.Date != nil},
	} {
		if part.given {
			set = append(set, part.field)
		}
	}
	switch {
	case len(set) > 1:
		last := slices.MaxFunc(set, func(a, b string) int { return c.Pos(a).Compare(c.Pos(b)) })
		v.at(CodeCondition, c.Place, last, "condition has %s: want one of them", and(set))
	case len(set) == 0 && !c.Faulty():
		v.at(CodeCondition, c.Place, "", "condition is empty: want all, any, not, compare, consecutive or date")
	case c.All != nil && len(c.All) == 0, c.Any != nil && len(c.Any) == 0:
		v.at(CodeCondition, c.Place, set[0], "%s without conditions decides nothing", set[0])
	}
	for _, sub := range slices.Concat(c.All, c.Any, []*Condition{c.Not}) {
		v.condition(sub, facts)
	}
	v.compare(c.Compare, facts)
	v.consecutive(c.Consecutive, facts)
	v.dateWindow(c.Date, facts)
}

// fact looks a fact up and judges its kind; false when there is nothing more to compare with.
func (v *validator) fact(p Place, field, name string, facts map[string]FactDeclaration, kinds ...FactKind) (FactDeclaration, bool) {
	if name == "" {
		return FactDeclaration{}, false // reported as incomplete
	}
	f, known := facts[name]
	if !known {
		names := make([]string, 0, len(facts))
		for n := range facts {
			names = append(names, n)
		}
		slices.Sort(names)
		hint := "declare it under facts"
		if near, ok := nearest(name, names); ok {
			hint = "did you mean " + near + "?"
		}
		v.at(CodeCondition, p, field, "fact %q is not declared (%s)", shorten(name), hint)
		return f, false
	}
	if f.Kind != "" && !slices.Contains(kinds, f.Kind) {
		v.at(CodeCondition, p, field, "fact %s is of kind %s: want %s", name, f.Kind, list(kinds))
		return f, false
	}
	return f, true
}

// compare judges a comparison.
func (v *validator) compare(c *Compare, facts map[string]FactDeclaration) {
	if c == nil {
		return
	}
	v.complete(c.Place, "comparison",
		need{"fact", c.Fact != ""}, need{"op", c.Op != ""}, need{"value", !c.Value.IsZero()})
	f, ok := v.fact(c.Place, "fact", c.Fact, facts, FactGauge, FactDate)
	if !ok {
		return
	}
	unit := f.Unit
	if c.Unit != "" && unit != "" && c.Unit != unit {
		v.at(CodeCondition, c.Place, "unit", "%s is in %s and is compared with a value in %s", c.Fact, unit, c.Unit)
		return
	}
	if unit == "" {
		unit = c.Unit
	}
	if problem := c.Value.problem(unit); problem != "" && !c.Value.IsZero() {
		v.at(CodeCondition, c.Place, "value", "value %s: %s", shorten(c.Value.text), problem)
	}
}

var (
	plainNumber = regexp.MustCompile(`^\d+(\.\d+)?$`)
	byteNumber  = regexp.MustCompile(`^\d+(\.\d+)?([kMGTPE]|[KMGTPE]i)?$`)
)

// problem says why the value is none of its unit; empty when it is one.
func (v Value) problem(unit Unit) string {
	bad := func(ok bool, want string) string {
		if ok {
			return ""
		}
		return want
	}
	var err error
	switch unit {
	case UnitCount, UnitEUR, UnitUSD, UnitGBP:
		return bad(plainNumber.MatchString(v.text), "want a number for unit "+string(unit))
	case UnitPercent:
		return bad(plainNumber.MatchString(strings.TrimSuffix(v.text, "%")), "want a number of percent")
	case UnitBytes:
		return bad(byteNumber.MatchString(v.text), "want a number of bytes, as in 50Mi")
	case UnitVersion, UnitKernelVersion:
		if !v.quoted {
			return "write the version quoted: " + strconv.Quote(v.text)
		}
		err = new(Version).UnmarshalText([]byte(v.text))
		return bad(err == nil && v.text != "", "want a version, as in \"5.10\"")
	case UnitDuration:
		return bad(new(Duration).UnmarshalText([]byte(v.text)) == nil, "want a duration, as in \"4h\"")
	case UnitDate:
		_, err = ParseDate(v.text)
		return bad(err == nil, "want a day as YYYY-MM-DD")
	default:
		return "" // an undeclared unit is reported with the fact
	}
}

// timeZone is the form of IANA's names; whether there is such a zone depends on the machine.
var timeZone = regexp.MustCompile(`^[A-Z][A-Za-z_]*(/[A-Za-z0-9_+-]+)*$`)

// mostPeriods is far beyond what any log covers.
const mostPeriods = 1000

// consecutive judges a count of events.
func (v *validator) consecutive(c *Consecutive, facts map[string]FactDeclaration) {
	if c == nil {
		return
	}
	v.complete(c.Place, "count of events",
		need{"events", c.Events != ""}, need{"bucket", c.Bucket != ""}, need{"op", c.Op != ""}, need{"periods", c.Periods != 0})
	v.fact(c.Place, "events", c.Events, facts, FactEvents)
	switch {
	case c.Periods < 0 || c.Periods > mostPeriods:
		v.at(CodeCondition, c.Place, "periods", "%d periods in a row: want 1 to %d", c.Periods, mostPeriods)
	case c.Count < 0:
		v.at(CodeCondition, c.Place, "count", "count is %d, and cannot be below 0", c.Count)
	case c.Op == OpLess && c.Count == 0 && !c.unread("count"):
		v.at(CodeCondition, c.Place, "op", "no period has fewer than 0 events")
	case c.Op == OpAtLeast && c.Count == 0 && !c.unread("count"):
		v.at(CodeCondition, c.Place, "op", "every period has at least 0 events")
	}
	if c.YearStart < 0 || c.YearStart > 12 {
		v.at(CodeCondition, c.Place, "yearStart", "year begins in month %d: want 1 to 12", c.YearStart)
	}
	if c.TimeZone != "" && !timeZone.MatchString(c.TimeZone) {
		v.at(CodeCondition, c.Place, "timeZone", "time zone %q: want an IANA name, as in \"Europe/Berlin\"", shorten(c.TimeZone))
	}
}

// dateWindow judges a window of time.
func (v *validator) dateWindow(w *DateWindow, facts map[string]FactDeclaration) {
	if w == nil {
		return
	}
	switch {
	case w.unread("from") || w.unread("of"):
	case !w.From.IsZero() && w.Of != "":
		v.at(CodeCondition, w.Place, "of", "window begins on %s and with %s: want one of them", w.From, w.Of)
	case w.From.IsZero() && w.Of == "":
		v.at(CodeIncomplete, w.Place, "", "window lacks from or of")
	case w.Of == "" && w.Within != 0:
		v.at(CodeCondition, w.Place, "within", "within needs the name of a date in of")
	}
	v.fact(w.Place, "of", w.Of, facts, FactDate)
}
