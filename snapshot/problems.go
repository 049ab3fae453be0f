package snapshot

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/source"
)

// problemList keeps the first problems that it is given and counts the rest. Whoever would have to
// work for a problem asks first whether there is room for it.
type problemList struct {
	most int
	kept []source.Problem
	more int        // not kept
	next source.Pos // of the first that is not kept
}

// room reports whether the next problem is kept.
func (l *problemList) room() bool { return len(l.kept) < l.most }

// full reports whether a problem was not kept, so that none is from here on.
func (l *problemList) full() bool { return l.more > 0 }

func (l *problemList) add(p source.Problem) {
	if l.room() {
		l.kept = append(l.kept, p)
		return
	}
	l.count(1, p.Pos)
}

// count takes n problems that nobody wrote down, the first of them at pos.
func (l *problemList) count(n int, pos source.Pos) {
	if n > 0 && l.more == 0 {
		l.next = pos
	}
	l.more += n
}

// join adds the problems of m behind those of l.
func (l *problemList) join(m *problemList) {
	for _, p := range m.kept {
		l.add(p)
	}
	l.count(m.more, m.next)
}

// clear forgets all problems.
func (l *problemList) clear() { *l = problemList{most: l.most} }

// sorted returns the problems by position; a last one counts those that were not kept.
func (l *problemList) sorted() []source.Problem {
	slices.SortFunc(l.kept, source.Problem.Compare)
	if l.more == 0 {
		return l.kept
	}
	return append(slices.Clip(l.kept), source.Problem{
		Code: source.ProblemLimit, Pos: l.next,
		Message: fmt.Sprintf("%d further problems are not listed, the first of which is here", l.more),
	})
}
