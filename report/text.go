package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// TextOptions say how Text writes. The zero TextOptions fold long lists and wrap at 100 columns.
type TextOptions struct {
	// Verbose writes lists in full, and findings of severity info one by one. Otherwise long lists
	// end in the number of what is left out.
	Verbose bool
	// Width is where lines are wrapped, in columns; 0 means 100, and less than 60 means 60.
	// A word that is longer, such as a place, is never broken.
	Width int
	// Unfold tells the reader how to see what was folded, such as "-v shows them"; empty means
	// "the JSON form has them".
	Unfold string
}

// Text writes the report for people: first who is inside the perimeter and who is not, then what
// was found, then what could not be judged. The text has no colours and no trailing blanks. The
// error is that of w.
func Text(w io.Writer, in Input, opts TextOptions) error {
	t := newText(in, opts)
	t.summary()
	t.records()
	t.mesh()
	t.outside()
	t.bypasses()
	t.inside()
	t.ways()
	t.findings()
	t.warnings()
	t.notJudged()
	_, err := t.text.WriteTo(w)
	return err
}

// text is one report being written.
type text struct {
	page
	in        Input
	opts      TextOptions
	perimeter perimeter
	planes    []mesh.ControlPlane
}

func newText(in Input, opts TextOptions) *text {
	if opts.Width == 0 {
		opts.Width = 100
	}
	if opts.Unfold == "" {
		opts.Unfold = "the JSON form has them"
	}
	return &text{page: page{width: max(opts.Width, 60)}, in: in, opts: opts, perimeter: in.perimeter(), planes: in.controlPlanes()}
}

// most is how many entries of a list are written unless the report is verbose.
const most = 20

// fold is how many of n entries are to be written. When it is fewer than n the list ends with folded.
func (t *text) fold(n int) int {
	// One line more is no longer than the line that says so.
	if t.opts.Verbose || n <= most+1 {
		return n
	}
	return most
}

// folded closes a list of which not all was written.
func (t *text) folded(indent, left int, noun string) {
	if left > 0 {
		t.line(indent, fmt.Sprintf("… and %s (%s)", more(left, noun), t.opts.Unfold))
	}
}

// list writes entries below a heading, one paragraph each, and folds them.
func (t *text) list(noun string, entries int, entry func(i int) string) {
	const indent = 4
	shown := t.fold(entries)
	for i := range shown {
		t.line(indent, entry(i))
	}
	t.folded(indent, entries-shown, noun)
}

// tally counts what a list left out, by some name of each entry.
func tally[T any](t *text, indent int, by string, left []T, name func(T) string) {
	if len(left) == 0 {
		return
	}
	counts := map[string]int{}
	for _, e := range left {
		counts[name(e)]++
	}
	names := slices.Sorted(maps.Keys(counts))
	var parts []string
	for _, n := range names[:t.fold(len(names))] {
		parts = append(parts, n+" "+strconv.Itoa(counts[n]))
	}
	if rest := len(names) - len(parts); rest > 0 {
		parts = append(parts, "… ("+strconv.Itoa(rest)+" more)")
	}
	t.line(indent, "by "+by+": "+strings.Join(parts, ", "))
}

func (t *text) summary() {
	p := t.perimeter
	title := "Service mesh posture"
	if now := t.in.today(); !now.IsZero() {
		title += " on " + now.String()
	}
	t.heading(title)
	t.blank()
	if p.total == 0 {
		t.line(0, "There are no workloads in the input.")
		return
	}
	are := verb(len(p.inside))
	if p.total == 1 {
		are = verb(1)
	}
	t.line(0, fmt.Sprintf("%d of %s %s %s inside the mTLS perimeter%s, %d outside, %s.", len(p.inside),
		count(p.total, "workload"), paren(podCount(p.pods)), are, of(p.meshes), p.outside(), t.undecidedCount()))
	if p.pods == 0 {
		t.line(0, "No pods are in the input: this is what pods made from the templates would be.")
	}
	switch {
	case p.outside() == 0:
	case t.in.Record == nil:
		t.line(0, "No record was given, so whether those outside are there on purpose is not known.")
	case len(p.undocumented)+len(p.unscoped) == 0:
		t.line(0, "The record explains every workload that is outside.")
	default:
		unscoped := ""
		if n := len(p.unscoped); n > 0 {
			unscoped = fmt.Sprintf("%d %s beyond its scope; ", n, verb(n))
		}
		t.line(0, fmt.Sprintf("Of the %d outside, the record explains %d; %s%d %s UNDOCUMENTED.", p.outside(),
			p.outside()-len(p.undocumented)-len(p.unscoped), unscoped, len(p.undocumented), verb(len(p.undocumented))))
	}
}

func podCount(n int) string {
	if n == 0 {
		return "no pods"
	}
	return count(n, "pod")
}

// of names the meshes that were asked: what another mesh encrypts counts as outside.
func of(meshes []string) string {
	if len(meshes) == 0 {
		return ""
	}
	return " of " + strings.Join(meshes, " and ")
}

func (t *text) undecidedCount() string {
	if n := len(t.perimeter.unknown); n > 0 {
		return fmt.Sprintf("%d UNDECIDED", n)
	}
	return "none undecided"
}

func verb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// why writes steps, each on a line of its own.
func (t *text) why(indent int, steps []mesh.Step) {
	for _, s := range steps {
		t.line(indent, stepText(s))
	}
}
