package decision

// Code is the stable name of a rule for records, such as "V-10". A code is never used again for
// another rule.
type Code string

// Rule is what a code stands for.
type Rule struct {
	Code     Code
	Severity Severity // of its issues; where a rule has two, the graver one
	Summary  string   // what is wrong, in a few words
	Reserved bool     // the code is taken, but no rule uses it yet
}

// Codes of reading: what is written is not a record, or not in the form of one.
const (
	CodeUnreadable  Code = "R-01"
	CodeSyntax      Code = "R-02"
	CodeLimit       Code = "R-03"
	CodeNoRecord    Code = "R-04"
	CodeUnsupported Code = "R-05"
	CodeWrongType   Code = "R-06"
	CodeUnknownWord Code = "R-07"
	CodeBadValue    Code = "R-08"

	CodeUnknownField Code = "V-01"
	CodeNotText      Code = "V-02"
	CodeBadVersion   Code = "V-03"
)

// Rules lists all codes in order, those that are reserved included. The caller owns the slice.
func Rules() []Rule {
	rules := readingRules()
	rules = append(rules, recordRules()...)
	return append(rules, laterRules()...)
}

func readingRules() []Rule {
	return []Rule{
		{Code: CodeUnreadable, Severity: Error, Summary: "a file cannot be read"},
		{Code: CodeSyntax, Severity: Error, Summary: "a document is not YAML"},
		{Code: CodeLimit, Severity: Error, Summary: "a bound of size, depth or number is exceeded"},
		{Code: CodeNoRecord, Severity: Error, Summary: "a document is not a record, or a file holds none"},
		{Code: CodeUnsupported, Severity: Error, Summary: "a kind or version of document that is not supported"},
		{Code: CodeWrongType, Severity: Error, Summary: "a value has another type than its field"},
		{Code: CodeUnknownWord, Severity: Error, Summary: "a word that its field does not know"},
		{Code: CodeBadValue, Severity: Error, Summary: "a date, duration, digest, port, pattern or address range that is none"},
		{Code: CodeUnknownField, Severity: Error, Summary: "an unknown field, or a field that is given twice"},
		{Code: CodeNotText, Severity: Error, Summary: "a plain number or boolean where text is needed"},
		{Code: CodeBadVersion, Severity: Error, Summary: "a version or range that is none, is ambiguous or is empty"},
	}
}

func recordRules() []Rule { return nil }

func laterRules() []Rule { return nil }
