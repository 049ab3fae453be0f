package check

import (
	"fmt"
	"slices"
	"strings"
)

// Severity says how much a finding matters. Severities are ordered: a higher one is worse.
type Severity uint8

// The zero Severity is "none": below every finding.
const (
	SeverityNone Severity = iota
	Info                  // worth knowing; nothing to do
	Low                   // tidy up
	Medium                // a weakness, or a record that no longer tells the truth
	High                  // traffic is, or will be, handled other than somebody decided
	Critical              // the record promises a protection that is not there
)

var severityNames = [...]string{"none", "info", "low", "medium", "high", "critical"}

// String returns the severity's word, such as "high".
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText writes String's word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity reads the word that String writes; any other is an error.
func ParseSeverity(word string) (Severity, error) {
	if i := slices.Index(severityNames[:], word); i >= 0 {
		return Severity(i), nil
	}
	return SeverityNone, fmt.Errorf("severity %q: want one of %s", word, strings.Join(severityNames[:], ", "))
}
