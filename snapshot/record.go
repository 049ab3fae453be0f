package snapshot

import (
	"regexp"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// recordGroup is the API group of decision records, with the slash that ends it. Package decision
// reads them; the two packages do not know each other.
const recordGroup = "meshposture.dev/"

const recordDetail = "a decision record; load it with package decision"

// skipRecord skips a decision record, sound or not, and says whether it is one.
func (r *result) skipRecord(p *place, id *identity, where setting) bool {
	if !strings.HasPrefix(id.apiVersion, recordGroup) {
		return false
	}
	if where == onItsOwn && p.prefix == "" {
		r.problems.clear() // repeated keys, which package decision reports, too
	}
	r.skip(source.Pos{File: p.file.name, Line: p.first}, ReasonRecord, recordDetail)
	return true
}

// recordMark finds the apiVersion of a decision record at the top level of a text: at the start of
// a line in YAML, as the first name in JSON.
var recordMark = regexp.MustCompile(`(?m)(?:^|\A\s*\{\s*)["']?apiVersion["']?[ \t]*:[ \t]*["']?` + regexp.QuoteMeta(recordGroup))

// brokenRecord reports whether a text that could not be converted was meant to be a record. What
// is wrong with it is for package decision to say.
func brokenRecord(text []byte) bool { return recordMark.Match(text) }
