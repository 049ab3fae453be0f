package snapshot

import (
	"regexp"
	"strings"
)

// recordGroup is the API group of decision records, with the slash that ends it. Package decision
// reads them; the two packages do not know each other.
const recordGroup = "meshposture.dev/"

const recordDetail = "a decision record; load it with package decision"

// isRecord reports whether a document with id is a decision record, sound or not.
func isRecord(id *identity) bool { return strings.HasPrefix(id.apiVersion, recordGroup) }

// recordMark finds the apiVersion of a decision record at the top level of a text: at the start of
// a line in YAML, as the first name in JSON.
var recordMark = regexp.MustCompile(`(?m)(?:^|\A\s*\{\s*)["']?apiVersion["']?[ \t]*:[ \t]*["']?` + regexp.QuoteMeta(recordGroup))

// brokenRecord reports whether a text that could not be converted was meant to be a record. What
// is wrong with it is for package decision to say.
func brokenRecord(text []byte) bool { return recordMark.Match(text) }
