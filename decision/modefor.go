package decision

// ModeAnswer is which mode the record states, or wants, for a port of a workload.
type ModeAnswer struct {
	// Mode is empty when no entry speaks of the port, or when it cannot be decided which does.
	Mode Mode
	// Place is that of the entry that decided; zero when none did.
	Place Place
	// By is the date of a target; zero for a stated mode and for a target without a date.
	By Date
	// Contenders are the entries between which it could not be decided: equally specific ones
	// with different modes, or such as could not be read wholly. Empty when Mode is known.
	Contenders []Place
}

// StatedFor is the mode that the record states for a port of a workload: that of the most
// specific entry of mtls.stated whose scope contains it. Port 0 asks for the workload as a whole.
// A workload outside the record's scope has none.
func (d *Decision) StatedFor(w Workload, port Port) ModeAnswer {
	var c contest
	for i := range d.MTLS.Stated {
		e := &d.MTLS.Stated[i]
		c.enter(modeEntry{e.Place, e.Mode, Date{}, &e.Scope}, w, port)
	}
	return c.answer(d.Scope.Contains(w.Namespace))
}

// TargetFor is the mode that the record wants for a port of a workload, by the same rule as
// StatedFor.
func (d *Decision) TargetFor(w Workload, port Port) ModeAnswer {
	var c contest
	for i := range d.MTLS.Target {
		e := &d.MTLS.Target[i]
		c.enter(modeEntry{e.Place, e.Mode, e.By, &e.Scope}, w, port)
	}
	return c.answer(d.Scope.Contains(w.Namespace))
}

type modeEntry struct {
	place Place
	mode  Mode
	by    Date
	scope *WorkloadScope
}

// contest keeps the entries that may decide.
type contest struct {
	best   []modeEntry // equally specific, all readable
	unread []Place     // might contain the port, or might be more specific than they look
}

func (c *contest) enter(e modeEntry, w Workload, port Port) {
	if !e.scope.Contains(w, port) {
		return
	}
	if e.scope.Faulty() || e.mode == "" {
		c.unread = append(c.unread, e.place)
		return
	}
	if len(c.best) > 0 {
		switch was, is := c.best[0].scope.rank(), e.scope.rank(); {
		case is < was:
			return
		case is > was:
			c.best = nil
		}
	}
	c.best = append(c.best, e)
}

func (c *contest) answer(inScope bool) ModeAnswer {
	if !inScope || len(c.best) == 0 && len(c.unread) == 0 {
		return ModeAnswer{}
	}
	undecided := len(c.unread) > 0
	for _, e := range c.best {
		undecided = undecided || e.mode != c.best[0].mode
	}
	if !undecided {
		first := c.best[0]
		return ModeAnswer{Mode: first.mode, Place: first.place, By: first.by}
	}
	var a ModeAnswer
	for _, e := range c.best {
		a.Contenders = append(a.Contenders, e.place)
	}
	a.Contenders = append(a.Contenders, c.unread...)
	return a
}
