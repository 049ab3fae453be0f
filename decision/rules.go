package decision

import (
	"cmp"
	"slices"
	"strings"
)

// Code is the stable name of a rule for records, such as "V-10". A code is never used again for
// another rule.
type Code string

// family orders codes: of reading, of validation, of comparison with product data.
func (c Code) family() int { return strings.Index("RVF", string(c[:1])) }

// Rule is what a code stands for.
type Rule struct {
	Code     Code
	Severity Severity // of its issues
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

// Rules lists all codes, those that are reserved included: codes of reading (R), of validation (V)
// and of comparison with product data (FCT), each in order. The caller owns the slice.
func Rules() []Rule {
	rules := slices.Concat(readingRules(), recordRules(), laterRules())
	slices.SortFunc(rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.Code.family(), b.Code.family()), cmp.Compare(a.Code, b.Code))
	})
	return rules
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

// Codes of rules for what a record says.
const (
	CodeAccepted        Code = "V-04"
	CodeNoAlternatives  Code = "V-05"
	CodeNoRejection     Code = "V-06"
	CodeNoVersion       Code = "V-07"
	CodeCriteria        Code = "V-08"
	CodeUnaccounted     Code = "V-09"
	CodeDates           Code = "V-10"
	CodeThinReason      Code = "V-11"
	CodeEmptyReason     Code = "V-12"
	CodeSelector        Code = "V-13"
	CodeNoCount         Code = "V-14"
	CodeOverlap         Code = "V-15"
	CodeEffects         Code = "V-16"
	CodeNoControl       Code = "V-17"
	CodeOwnApproval     Code = "V-18"
	CodeWeakerTarget    Code = "V-19"
	CodeOrder           Code = "V-20"
	CodeDenyFirst       Code = "V-21"
	CodeStrictFirst     Code = "V-22"
	CodeNoDeadline      Code = "V-23"
	CodeNoEdges         Code = "V-24"
	CodeWildcard        Code = "V-25"
	CodeEndlessShortcut Code = "V-26"
	CodeCondition       Code = "V-27"
	CodeNoTrigger       Code = "V-28"
	CodeBareLink        Code = "V-29"
	CodeSuccession      Code = "V-31"
	CodeNoRequirement   Code = "V-35"
	CodeCommand         Code = "V-37"
	CodeFuture          Code = "V-38"
	CodePersonOnly      Code = "V-40"
	CodeID              Code = "V-41"
	CodeContradiction   Code = "V-42"
	CodeCount           Code = "V-43"
	CodeKindMismatch    Code = "V-44"
	CodeNoMechanism     Code = "V-45"
	CodeDangling        Code = "V-46"
	CodeNoStatus        Code = "V-47"
	CodeIncomplete      Code = "V-48"
	CodeClaims          Code = "V-49"
)

func recordRules() []Rule {
	return []Rule{
		{Code: CodeAccepted, Severity: Error, Summary: "a decision is accepted without a date, a decision maker or a reason"},
		{Code: CodeNoAlternatives, Severity: Error, Summary: "a decision is accepted without alternatives, and does not say why"},
		{Code: CodeNoRejection, Severity: Error, Summary: "an alternative without ground or reason of its rejection"},
		{Code: CodeNoVersion, Severity: Warning, Summary: "a product was evaluated in a version that is not named"},
		{Code: CodeCriteria, Severity: Warning, Summary: "no criteria, or version coupling is not among them"},
		{Code: CodeUnaccounted, Severity: Error, Summary: "an exclusion lacks reason class, reason, implication, owner, since or reviewBy"},
		{Code: CodeDates, Severity: Error, Summary: "dates of an exclusion are out of order, or too far apart"},
		{Code: CodeThinReason, Severity: Error, Summary: "a reason of class other with too few words"},
		{Code: CodeEmptyReason, Severity: Warning, Summary: "a reason that only repeats its class, or says nothing"},
		{Code: CodeSelector, Severity: Error, Summary: "a selector that is empty, or matches every workload"},
		{Code: CodeNoCount, Severity: Warning, Summary: "an exclusion that does not say how many workloads it expects"},
		{Code: CodeOverlap, Severity: Error, Summary: "two exclusions match the same workloads for different reasons"},
		{Code: CodeEffects, Severity: Warning, Summary: "effects are missing, or contradict the exclusion"},
		{Code: CodeNoControl, Severity: Warning, Summary: "plaintext without a compensating control"},
		{Code: CodeOwnApproval, Severity: Warning, Summary: "an exclusion is approved by its owner"},
		{Code: CodeWeakerTarget, Severity: Error, Summary: "a target is weaker than the stated mode"},
		{Code: CodeOrder, Severity: Error, Summary: "migration steps refer to no step, or to each other in a circle"},
		{Code: CodeDenyFirst, Severity: Error, Summary: "default-deny is not preceded by allow-policies for its scope"},
		{Code: CodeStrictFirst, Severity: Warning, Summary: "strict is not preceded by inventory, enrol, observe or verify"},
		{Code: CodeNoDeadline, Severity: Warning, Summary: "a target that is not reached and has no date"},
		{Code: CodeNoEdges, Severity: Error, Summary: "default-deny without the calls that are allowed"},
		{Code: CodeWildcard, Severity: Warning, Summary: "a wildcard where wildcards are forbidden"},
		{Code: CodeEndlessShortcut, Severity: Warning, Summary: "a shortcut that never expires"},
		{Code: CodeCondition, Severity: Error, Summary: "a condition with an unknown fact, an unlike unit or an impossible window"},
		{Code: CodeNoTrigger, Severity: Warning, Summary: "no trigger at all, or none for compatibility or cost"},
		{Code: CodeBareLink, Severity: Warning, Summary: "evidence that is a link without quote and digest"},
		{Code: CodeSuccession, Severity: Error, Summary: "superseded without successor, a circle, or two accepted decisions for one scope"},
		{Code: CodeNoRequirement, Severity: Warning, Summary: "no control requirement that only a mesh can satisfy"},
		{Code: CodeCommand, Severity: Warning, Summary: "a shell command as verification"},
		{Code: CodeFuture, Severity: Error, Summary: "a date of something done lies in the future"},
		{Code: CodePersonOnly, Severity: Warning, Summary: "a person is named without a team"},
		{Code: CodeID, Severity: Error, Summary: "an id is missing, or used twice"},
		{Code: CodeContradiction, Severity: Error, Summary: "two modes for the same scope"},
		{Code: CodeCount, Severity: Error, Summary: "an expected number below 0, or a maximum below the minimum"},
		{Code: CodeKindMismatch, Severity: Error, Summary: "the selector lacks what the kind of exclusion is about"},
		{Code: CodeNoMechanism, Severity: Warning, Summary: "an exclusion without the mechanism that takes workloads out"},
		{Code: CodeDangling, Severity: Warning, Summary: "a reference to a decision or criterion that was not read"},
		{Code: CodeNoStatus, Severity: Warning, Summary: "a decision without status"},
		{Code: CodeIncomplete, Severity: Error, Summary: "an entry lacks a part without which it says nothing"},
		{Code: CodeClaims, Severity: Error, Summary: "claims about traffic that contradict each other"},
	}
}

// laterRules are codes that are taken for rules to come: parts of the record that the format does
// not have yet, and comparisons with product data.
func laterRules() []Rule {
	return []Rule{
		{Code: "V-30", Severity: Error, Summary: "Markdown and YAML of a record disagree", Reserved: true},
		{Code: "V-32", Severity: Warning, Summary: "tracing is claimed without evidence that headers are passed on", Reserved: true},
		{Code: "V-33", Severity: Warning, Summary: "no section on the certificate authority, or no owner of its rotation", Reserved: true},
		{Code: "V-34", Severity: Warning, Summary: "no emergency bypass, or no owner and runbook", Reserved: true},
		{Code: "V-36", Severity: Info, Summary: "narrative sections are missing in Markdown", Reserved: true},
		{Code: "V-39", Severity: Warning, Summary: "an accepted record was edited after it was accepted", Reserved: true},
		{Code: "FCT-01", Severity: Error, Summary: "the stated range of Kubernetes differs from product data", Reserved: true},
		{Code: "FCT-02", Severity: Error, Summary: "the stated minimum of the kernel differs from product data", Reserved: true},
		{Code: "FCT-03", Severity: Error, Summary: "a claimed capability contradicts product data", Reserved: true},
		{Code: "FCT-04", Severity: Error, Summary: "a version does not exist", Reserved: true},
		{Code: "FCT-05", Severity: Warning, Summary: "the chosen version had ended its life on the day of the decision", Reserved: true},
		{Code: "FCT-06", Severity: Warning, Summary: "a reason did not hold on the day of the decision", Reserved: true},
		{Code: "FCT-07", Severity: Info, Summary: "product data do not know the version", Reserved: true},
	}
}
