package decision

import (
	"cmp"
	"slices"
)

// mtls judges modes, targets and the migration (V-19 to V-23, V-37, V-38, V-42, V-48).
func (v *validator) mtls(d *Decision) {
	var stated, target []modeEntry
	for i := range d.MTLS.Stated {
		e := &d.MTLS.Stated[i]
		v.complete(e.Place, "stated mode", need{"mode", e.Mode != ""})
		v.notFuture(e.Place, "since", e.Since)
		v.evidence(e.Evidence)
		stated = v.enter(stated, modeEntry{e.Place, e.Mode, Date{}, &e.Scope})
	}
	for i := range d.MTLS.Target {
		e := &d.MTLS.Target[i]
		v.complete(e.Place, "target", need{"mode", e.Mode != ""})
		entry := modeEntry{e.Place, e.Mode, e.By, &e.Scope}
		if e.By.IsZero() && !e.unread("by") && !entry.reached(stated) {
			v.at(CodeNoDeadline, e.Place, "mode", "target %s has no date", cmp.Or(e.Mode, "without mode"))
		}
		target = v.enter(target, entry)
		v.weaker(entry, stated)
	}
	v.migration(d.MTLS.Migration)
}

// mostRivals bounds how many entries are compared with each other.
const mostRivals = 5000

// enter adds an entry and reports those before it that contradict it (V-42).
func (v *validator) enter(entries []modeEntry, e modeEntry) []modeEntry {
	if e.mode == "" || e.scope.Faulty() {
		return entries
	}
	if len(entries) == mostRivals {
		v.at(CodeLimit, e.place, "", "more than %d entries: this and later ones were not compared with the others", mostRivals)
	}
	if len(entries) >= mostRivals {
		return append(entries, e)
	}
	for _, f := range entries {
		if f.mode != e.mode && f.scope.rank() == e.scope.rank() && f.scope.meets(e.scope) {
			v.at(CodeContradiction, e.place, "mode", "mode %s contradicts %s at %s, which is for the same scope and as specific",
				e.mode, f.mode, f.place.Pos("mode"))
		}
	}
	return append(entries, e)
}

// reached reports whether the target is what is stated for the scope already.
func (e modeEntry) reached(stated []modeEntry) bool {
	s, ok := statedAround(e, stated)
	return ok && s.mode == e.mode
}

// weaker reports a target below the mode that is stated for its scope (V-19).
func (v *validator) weaker(target modeEntry, stated []modeEntry) {
	if s, ok := statedAround(target, stated); ok && target.mode.WeakerThan(s.mode) {
		v.at(CodeWeakerTarget, target.place, "mode", "target %s is weaker than %s, stated at %s", target.mode, s.mode, s.place.Pos("mode"))
	}
}

// statedAround is the most specific stated entry whose scope holds all of the target's scope.
func statedAround(target modeEntry, stated []modeEntry) (modeEntry, bool) {
	var around []modeEntry
	for _, s := range stated {
		if !target.scope.Faulty() && target.scope.within(s.scope) {
			around = append(around, s)
		}
	}
	if len(around) == 0 {
		return modeEntry{}, false
	}
	return slices.MaxFunc(around, func(a, b modeEntry) int { return cmp.Compare(a.scope.rank(), b.scope.rank()) }), true
}

// mostSteps bounds the work of ordering steps, which grows with the square of their number.
const mostSteps = 500

// migration judges the steps.
func (v *validator) migration(steps []MigrationStep) {
	for i := range steps {
		s := &steps[i]
		v.complete(s.Place, "step", need{"action", s.Action != ""})
		v.notFuture(s.Place, "done", s.Done)
		v.party(s.Place, "owner", s.Owner)
		if s.Verify.Command != "" {
			v.at(CodeCommand, s.Verify.Place, "command", "step is verified by a shell command, which ages with the output that it reads")
		}
	}
	if len(steps) > mostSteps {
		v.at(CodeLimit, steps[mostSteps].Place, "", "more than %d steps: their order was not judged", mostSteps)
		return
	}
	before, ok := v.order(steps)
	if !ok {
		return
	}
	for i := range steps {
		v.precedence(steps, i, before[i])
	}
}

// order returns, for each step, all steps that are done before it. It reports ids that are used
// twice (V-41), and references that lead nowhere or in a circle (V-20); then it is false.
func (v *validator) order(steps []MigrationStep) (before []map[int]bool, ok bool) {
	byID := map[string]int{}
	for i, s := range steps {
		if first, again := byID[s.ID]; again && s.ID != "" {
			v.at(CodeID, s.Place, "id", "id %q is used again: it names the step at %s", s.ID, steps[first].Pos("id"))
			continue
		}
		byID[s.ID] = i
	}
	ok = true
	direct := make([][]int, len(steps))
	for i, s := range steps {
		if s.After == nil && i > 0 {
			direct[i] = []int{i - 1}
		}
		for j, id := range s.After {
			at, known := byID[id]
			if !known || id == "" {
				v.at(CodeOrder, s.Place, "after", "step comes after %q, which is no step (entry %d)", id, j+1)
				ok = false
				continue
			}
			direct[i] = append(direct[i], at)
		}
	}
	before = make([]map[int]bool, len(steps))
	for i := range steps {
		before[i] = closure(direct, i)
		if before[i][i] {
			v.at(CodeOrder, steps[i].Place, "after", "step %s comes after itself", cmp.Or(steps[i].ID, "without id"))
			ok = false
		}
	}
	return before, ok
}

// closure is everything that can be reached from i.
func closure(direct [][]int, i int) map[int]bool {
	met := map[int]bool{}
	todo := slices.Clone(direct[i])
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !met[next] {
			met[next] = true
			todo = append(todo, direct[next]...)
		}
	}
	return met
}

// precedence judges what must come before a step (V-21, V-22).
func (v *validator) precedence(steps []MigrationStep, i int, before map[int]bool) {
	s := &steps[i]
	prepared := func(actions ...Action) bool {
		for j := range before {
			if slices.Contains(actions, steps[j].Action) && s.Scope.within(&steps[j].Scope) {
				return true
			}
		}
		return false
	}
	switch {
	case s.Scope.Faulty():
	case s.Action == ActionDefaultDeny && !prepared(ActionAllowPolicies):
		v.at(CodeDenyFirst, s.Place, "action", "default-deny comes before allow-policies for its scope: until they are there every call is refused")
	case s.Action == ActionStrict && !prepared(ActionInventory, ActionEnrol, ActionVerify, ActionObserve):
		v.at(CodeStrictFirst, s.Place, "action", "strict comes before any inventory, enrol, observe or verify for its scope: callers without a proxy will be refused")
	}
}

// within reports whether everything in s is certain to be in t.
func (s *WorkloadScope) within(t *WorkloadScope) bool {
	workloads := len(t.Workloads) == 0 || len(s.Workloads) > 0 && !slices.ContainsFunc(s.Workloads, func(p WorkloadPattern) bool {
		return !slices.ContainsFunc(t.Workloads, func(q WorkloadPattern) bool { return q.covers(p) })
	})
	return workloads && coverAny(t.Namespaces, s.Namespaces) && hasLabels(s.Labels, t.Labels) && portsWithin(s.Ports, t.Ports)
}

// meets reports whether the scopes are bound to share a port of a workload, should there be one:
// they name the same namespaces, workloads and ports, and labels that do not contradict.
func (s *WorkloadScope) meets(t *WorkloadScope) bool {
	ports := len(s.Ports) == 0 || len(t.Ports) == 0 ||
		slices.ContainsFunc(s.Ports, func(p Port) bool { return slices.Contains(t.Ports, p) })
	workloads := len(s.Workloads) == 0 || len(t.Workloads) == 0 || slices.ContainsFunc(s.Workloads, func(p WorkloadPattern) bool {
		return slices.ContainsFunc(t.Workloads, func(q WorkloadPattern) bool { return p.covers(q) || q.covers(p) })
	})
	for k, value := range s.Labels {
		if other, ok := t.Labels[k]; !ok || other != value {
			return false
		}
	}
	return ports && workloads && len(s.Labels) == len(t.Labels) && meet(s.Namespaces, t.Namespaces)
}
