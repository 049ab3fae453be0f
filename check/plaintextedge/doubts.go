package plaintextedge

import (
	"strconv"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/edge"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// doubts are the entries that could not be decided, by what is missing: a controller that is not
// evaluated leaves all of its Ingresses open.
type doubts struct {
	order  []string // details of gaps
	byText map[string][]mesh.Entry
}

func (d *doubts) add(e mesh.Entry) {
	text := ""
	if len(e.Unknown) > 0 {
		text = e.Unknown[0].Detail
	}
	if d.byText == nil {
		d.byText = map[string][]mesh.Entry{}
	}
	if d.byText[text] == nil {
		d.order = append(d.order, text)
	}
	d.byText[text] = append(d.byText[text], e)
}

func (d *doubts) report(p *check.Pass) {
	for _, text := range d.order {
		entries := d.byText[text]
		first := entries[0]
		question := "whether " + edge.Name(first) + " takes plaintext from outside the cluster"
		if n := len(entries) - 1; n > 0 {
			question = "whether " + edge.Name(first) + " and " + strconv.Itoa(n) + " more take plaintext from outside the cluster"
		}
		p.Undecided(wording.Undecided(edge.Subject(first), question, first.Unknown))
	}
}
