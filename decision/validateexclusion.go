package decision

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Limits of exclusions that are short by nature, in days (V-10).
const (
	temporaryDays  = 90
	breakGlassDays = 3 // 72 hours; a record knows days only
)

// reasonWords is how many words the reason of class other needs at least (V-11).
const reasonWords = 8

// exclusions judges the exclusions of one document, which share a scope.
func (v *validator) exclusions(all []*Exclusion) {
	for i, e := range all {
		v.accountable(e)
		v.dates(e)
		v.reason(e)
		v.selector(e)
		v.kind(e)
		v.effects(e)
		v.traffic(e)
		v.evidence(e.Evidence)
		switch {
		case i < mostRivals:
			v.overlaps(e, all[:i])
		case i == mostRivals:
			v.at(CodeLimit, e.Place, "", "more than %d exclusions: this and later ones were not compared with the others", mostRivals)
		}
	}
}

// accountable judges what every exclusion must say (V-09, V-18, V-40).
func (v *validator) accountable(e *Exclusion) {
	// The end of a short exclusion takes the place of its review.
	reviewed := !e.ReviewBy.IsZero() || e.shortLived() && (!e.Expires.IsZero() || e.unread("expires"))
	lacks := missing(e.Place,
		need{"reasonClass", e.ReasonClass != ""},
		need{"reason", strings.TrimSpace(e.Reason) != ""},
		need{"implication", len(e.Implication.Effects) > 0 || e.Implication.Text != ""},
		need{"owner", !e.Owner.IsZero()},
		need{"since", !e.Since.IsZero()},
		need{"reviewBy", reviewed},
	)
	if len(lacks) > 0 {
		v.at(CodeUnaccounted, e.Place, "", "%s lacks %s", e.title(), and(lacks))
	}
	if e.ApprovedBy.same(e.Owner) {
		v.at(CodeOwnApproval, e.Place, "approvedBy", "%s is approved by its owner, %s", e.title(), e.Owner)
	}
	v.party(e.Place, "owner", e.Owner)
	v.party(e.Place, "approvedBy", e.ApprovedBy)
}

func (e *Exclusion) shortLived() bool {
	return e.ReasonClass == TemporaryMigration || e.ReasonClass == BreakGlass
}

// dates judges the order of the dates and the time between them (V-10, V-38).
func (v *validator) dates(e *Exclusion) {
	v.notFuture(e.Place, "since", e.Since)
	v.notFuture(e.Place, "lastReviewed", e.LastReviewed)
	for _, later := range []struct {
		field string
		date  Date
	}{{"lastReviewed", e.LastReviewed}, {"reviewBy", e.ReviewBy}, {"expires", e.Expires}} {
		if !later.date.IsZero() && later.date.Before(e.Since) {
			v.at(CodeDates, e.Place, later.field, "%s of %s is %s, before since, %s", later.field, e.title(), later.date, e.Since)
			return
		}
	}
	switch {
	case e.ReasonClass == TemporaryMigration:
		v.mustEnd(e, temporaryDays)
	case e.ReasonClass == BreakGlass:
		v.mustEnd(e, breakGlassDays)
	default:
		v.mustReview(e)
	}
}

// mustEnd asks for an end within some days.
func (v *validator) mustEnd(e *Exclusion, days int) {
	switch {
	case e.Expires.IsZero() && !e.unread("expires"):
		v.at(CodeDates, e.Place, "reasonClass", "%s is a %s and does not expire: at most %d days are allowed", e.title(), e.ReasonClass, days)
	case e.Since.DaysUntil(e.Expires) > days:
		v.at(CodeDates, e.Place, "expires", "%s is a %s and lasts %d days: at most %d are allowed",
			e.title(), e.ReasonClass, e.Since.DaysUntil(e.Expires), days)
	}
}

// mustReview asks for a review within the profile's months.
func (v *validator) mustReview(e *Exclusion) {
	from, since := "since", e.Since
	if e.LastReviewed.After(since) {
		from, since = "lastReviewed", e.LastReviewed
	}
	months := v.opts.Profile.reviewMonths()
	switch {
	case since.IsZero() || e.ReviewBy.IsZero():
	case e.ReviewBy.Before(since):
		v.at(CodeDates, e.Place, "reviewBy", "reviewBy of %s is %s, before %s, %s", e.title(), e.ReviewBy, from, since)
	case e.ReviewBy.After(since.AddMonths(months)):
		v.at(CodeDates, e.Place, "reviewBy", "reviewBy of %s is %s, more than %d months after %s, %s",
			e.title(), e.ReviewBy, months, from, since)
	}
}

// reason judges the words of the reason (V-11, V-12).
func (v *validator) reason(e *Exclusion) {
	words := wordsOf(e.Reason)
	switch {
	case len(words) == 0: // V-09
	case e.ReasonClass == OtherReason && len(words) < reasonWords:
		v.at(CodeThinReason, e.Place, "reason", "reason of %s is of class other and has %d words: at least %d are needed",
			e.title(), len(words), reasonWords)
	case isEmptyPhrase(words, e.ReasonClass):
		v.at(CodeEmptyReason, e.Place, "reason", "reason of %s says no more than its class: %q", e.title(), shorten(e.Reason))
	}
}

// wordsOf are the words of a text in lower case.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// isEmptyPhrase reports whether words are the class itself or one of the phrases by which people
// give no reason.
func isEmptyPhrase(words []string, class ReasonClass) bool {
	said := strings.Join(words, " ")
	return said == strings.Join(wordsOf(string(class)), " ") || slices.Contains([]string{
		"as discussed", "by design", "does not work", "exception", "excluded", "historical reasons",
		"known issue", "known limitation", "legacy", "legacy reasons", "legacy workload", "n a",
		"not compatible", "not needed", "not supported", "see ticket", "tbd", "technical limitation",
		"technical reasons", "temporary", "todo", "unknown",
	}, said)
}

// selector judges what is selected (V-13, V-14, V-43).
func (v *validator) selector(e *Exclusion) {
	s := &e.Selector
	if !s.Faulty() {
		switch {
		case s.Empty():
			v.at(CodeSelector, e.Place, "selector", "selector of %s names no workloads and matches none", e.title())
		case s.everything() && len(s.Ports) == 0 && len(s.CIDRs) == 0:
			v.at(CodeSelector, e.Place, "selector", "selector of %s matches every workload", e.title())
		}
	}
	if lacks := missing(s.Place, need{"expectMin", s.ExpectMin != nil}, need{"expectMax", s.ExpectMax != nil}); len(lacks) > 0 {
		v.at(CodeNoCount, e.Place, "selector", "%s does not say how many workloads it expects: %s is not given", e.title(), and(lacks))
	}
	for _, n := range []struct {
		field string
		count *int
	}{{"expectMin", s.ExpectMin}, {"expectMax", s.ExpectMax}} {
		if n.count != nil && *n.count < 0 {
			v.at(CodeCount, s.Place, n.field, "%s is %d, and cannot be below 0", n.field, *n.count)
			return
		}
	}
	if s.ExpectMin != nil && s.ExpectMax != nil && *s.ExpectMin > *s.ExpectMax {
		v.at(CodeCount, s.Place, "expectMax", "expectMax is %d, below expectMin, %d", *s.ExpectMax, *s.ExpectMin)
	}
}

// everything reports whether no field narrows the selection down.
func (s *Selector) everything() bool {
	return len(s.Kinds) == 0 && len(s.Labels) == 0 && s.HostNetwork == nil && len(s.RuntimeClasses) == 0 &&
		coverAny(s.Namespaces, nil) && coverAny(s.Names, nil)
}

// kind judges whether what is given fits the kind of exclusion (V-44, V-45, V-48).
func (v *validator) kind(e *Exclusion) {
	v.complete(e.Place, e.title(), need{"kind", e.Kind != ""})
	for _, c := range e.Compensating {
		v.complete(c.Place, "compensating control", need{"kind", c.Kind != ""}, need{"text", c.Text != "" || c.Ref != ""})
	}
	if field := e.lackingSelection(); field != "" {
		v.at(CodeKindMismatch, e.Place, "kind", "%s is a %s and its selector names no %s", e.title(), e.Kind, field)
	}
	takesOut := e.Kind.OutsideMesh() || e.Kind == PortBypass || e.Kind == CIDRBypass
	if takesOut && len(e.Mechanisms) == 0 && !e.unread("mechanisms") {
		v.at(CodeNoMechanism, e.Place, "", "%s does not say by which mechanism it is excluded", e.title())
	}
}

// lackingSelection is the field of the selector that the kind is about, when it is not given.
func (e *Exclusion) lackingSelection() string {
	s := &e.Selector
	switch {
	case s.Faulty():
		return ""
	case e.Kind == PortBypass && len(s.Ports) == 0:
		return "ports"
	case e.Kind == CIDRBypass && len(s.CIDRs) == 0:
		return "cidrs"
	case e.Kind == ExcludeNamespace && len(s.Namespaces) == 0:
		return "namespaces"
	default:
		return ""
	}
}

// effects judges what is said to follow (V-16, V-17).
func (v *validator) effects(e *Exclusion) {
	im := &e.Implication
	has := func(f Effect) bool { return slices.Contains(im.Effects, f) }
	switch {
	case im.unread("effects"):
		return
	case len(im.Effects) == 0:
		if im.Text != "" { // otherwise V-09
			v.at(CodeEffects, im.Place, "", "implication of %s names no effects", e.title())
		}
		return
	}
	if lacks := e.lackingEffects(has); len(lacks) > 0 {
		v.at(CodeEffects, im.Place, "effects", "%s is a %s and its effects leave out %s", e.title(), e.Kind, and(lacks))
	}
	if e.ReasonClass == OwnMTLS && has(EffectPlaintext) {
		v.at(CodeEffects, im.Place, "effects", "%s is excluded because of its own mutual TLS, and plaintext is among its effects", e.title())
	}
	if (has(EffectPlaintext) || has(EffectAcceptsPlaintext)) && len(e.Compensating) == 0 && !e.unread("compensating") {
		v.at(CodeNoControl, im.Place, "effects", "%s sends or takes plaintext, and no compensating control is named", e.title())
	}
}

// lackingEffects are the effects that an exclusion of this kind always has, and that are not named.
func (e *Exclusion) lackingEffects(has func(Effect) bool) []string {
	var always []Effect
	switch e.Kind {
	case ExcludeWorkload, ExcludeNamespace:
		// What no proxy sees is neither authorized nor measured by the mesh.
		always = []Effect{EffectNoAuthorization, EffectNoTelemetry}
	case PortBypass, CIDRBypass:
		always = []Effect{EffectNoTelemetry}
	case MTLSDowngrade:
		always = []Effect{EffectAcceptsPlaintext}
	case AuthzExemption:
		always = []Effect{EffectNoAuthorization}
	case ClientTLSDowngrade, EgressPlaintext:
		always = []Effect{EffectPlaintext}
	case NonMeshClient: // depends on who calls what
	}
	var lacks []string
	for _, f := range always {
		if !has(f) {
			lacks = append(lacks, string(f))
		}
	}
	return lacks
}

// traffic judges the claims about traffic (V-48, V-49).
func (v *validator) traffic(e *Exclusion) {
	silent := map[Direction]bool{}
	for _, t := range e.Traffic {
		v.complete(t.Place, "traffic claim", need{"direction", t.Direction != ""})
		silent[t.Direction] = silent[t.Direction] || t.None && t.Direction != ""
	}
	for _, t := range e.Traffic {
		if silent[t.Direction] && !t.None {
			v.at(CodeClaims, t.Place, "", "%s claims %s traffic and none of it", e.title(), t.Direction)
		}
		if t.None && (t.Peer != "" || len(t.Ports) > 0 || t.Protocol != "") {
			v.at(CodeClaims, t.Place, "none", "claim of no %s traffic names a peer, ports or a protocol", t.Direction)
		}
	}
}

// overlaps reports earlier exclusions of the same sort, with another reason, that are certain to
// match everything that e matches, or the reverse (V-15). An overlap in part shows on a cluster only.
func (v *validator) overlaps(e *Exclusion, earlier []*Exclusion) {
	if e.Selector.Empty() || e.Selector.Faulty() || e.ReasonClass == "" {
		return
	}
	for _, f := range earlier {
		same := e.Kind == f.Kind || e.Kind.OutsideMesh() && f.Kind.OutsideMesh()
		if !same || f.ReasonClass == "" || e.ReasonClass == f.ReasonClass || f.Selector.Empty() || f.Selector.Faulty() {
			continue
		}
		if e.Selector.within(&f.Selector) || f.Selector.within(&e.Selector) {
			v.at(CodeOverlap, e.Place, "selector", "%s and exclusion %s at %s match the same workloads for different reasons: %s and %s",
				e.title(), f.ID, f.Pos(""), e.ReasonClass, f.ReasonClass)
		}
	}
}

// within reports whether everything that s selects is certain to be selected by t.
func (s *Selector) within(t *Selector) bool {
	inList := func(ss, ts []string) bool {
		return len(ts) == 0 || len(ss) > 0 && !slices.ContainsFunc(ss, func(x string) bool { return !slices.Contains(ts, x) })
	}
	return coverAny(t.Namespaces, s.Namespaces) && coverAny(t.Names, s.Names) &&
		inList(s.Kinds, t.Kinds) && inList(s.RuntimeClasses, t.RuntimeClasses) &&
		hasLabels(s.Labels, t.Labels) &&
		(t.HostNetwork == nil || s.HostNetwork != nil && *s.HostNetwork == *t.HostNetwork) &&
		portsWithin(s.Ports, t.Ports) && fmt.Sprint(s.CIDRs) == fmt.Sprint(t.CIDRs) &&
		(t.Direction == "" || s.Direction == t.Direction)
}

func portsWithin(ss, ts []Port) bool {
	return len(ts) == 0 || len(ss) > 0 && !slices.ContainsFunc(ss, func(p Port) bool { return !slices.Contains(ts, p) })
}
