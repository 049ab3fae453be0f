package decision

import "slices"

// decision judges one live decision.
func (v *validator) decision(d *Decision) {
	v.status(d)
	v.selection(d)
	v.alternatives(d)
	for _, e := range d.Enrolment {
		v.complete(e.Place, "enrolment", need{"how", e.How != ""})
	}
	v.exclusions(d.Exclusions)
	v.mtls(d)
	v.authorization(d)
	v.versions(d)
	v.triggers(d)
	v.evidence(d.Evidence)
}

// status judges what a status asks for (V-04, V-38, V-40, V-47).
func (v *validator) status(d *Decision) {
	if d.Status == "" && !d.unread("status") {
		v.at(CodeNoStatus, d.Place, "", "%s has no status: it counts as a draft, and none of its exclusions is in force", d.title())
	}
	for _, p := range d.DecisionMakers {
		v.party(d.Place, "decisionMakers", p)
	}
	if d.Status != StatusAccepted {
		return
	}
	v.notFuture(d.Place, "date", d.Date)
	lacks := missing(d.Place,
		need{"date", !d.Date.IsZero()},
		need{"decisionMakers", slices.ContainsFunc(d.DecisionMakers, func(p Party) bool { return !p.IsZero() })},
		need{"selection.reasons", slices.ContainsFunc(d.Selection.Reasons, func(r Reason) bool { return r.Statement != "" })},
	)
	if len(lacks) > 0 {
		v.at(CodeAccepted, d.Place, "status", "%s is accepted without %s", d.title(), and(lacks))
	}
}

// selection judges the choice (V-07, V-35, V-48) and what it rests on.
func (v *validator) selection(d *Decision) {
	s := d.Selection
	none := s.Mechanism == MechanismNone
	v.complete(s.Place, "selection",
		need{"mechanism", s.Mechanism != ""}, need{"mesh", s.Mesh != "" || none || s.Mechanism == MechanismApplication})
	if s.VersionEvaluated == "" && s.Mesh != "" && !s.unread("versionEvaluated") {
		v.at(CodeNoVersion, s.Place, "", "%s was chosen, and the version that was evaluated is not named", s.Mesh)
	}
	if s.ControlRequirement == "" && !none && !s.unread("controlRequirement") {
		v.at(CodeNoRequirement, s.Place, "", "no control requirement is named that only a mesh can satisfy")
	}
	v.criteria(s)
}

// criteria judges the criteria, and the reasons that rest on them (V-08, V-46, V-48).
func (v *validator) criteria(s Selection) {
	ids := map[string]bool{}
	for _, c := range s.Criteria {
		v.complete(c.Place, "criterion", need{"id", c.ID != ""})
		ids[c.ID] = true
	}
	switch {
	case s.unread("criteria"):
	case len(s.Criteria) == 0:
		v.at(CodeCriteria, s.Place, "", "no criteria are listed by which the alternatives were measured")
	case !ids[CriterionVersionCoupling]:
		v.at(CodeCriteria, s.Place, "criteria", "criterion %s is not among those that were weighed", CriterionVersionCoupling)
	}
	for _, r := range s.Reasons {
		v.complete(r.Place, "reason", need{"statement", r.Statement != ""})
		if r.Criterion != "" && !ids[r.Criterion] {
			v.at(CodeDangling, r.Place, "criterion", "reason rests on criterion %s, which is not listed", r.Criterion)
		}
	}
}

// alternatives judges what else was considered (V-05, V-06, V-07).
func (v *validator) alternatives(d *Decision) {
	if d.Status == StatusAccepted && len(d.Alternatives) == 0 && d.NoAlternatives == "" &&
		!d.unread("alternatives") && !d.unread("noAlternatives") {
		v.at(CodeNoAlternatives, d.Place, "status", "%s is accepted without alternatives, and noAlternatives does not say why", d.title())
	}
	for _, a := range d.Alternatives {
		v.complete(a.Place, "alternative", need{"product", a.Product != ""})
		if a.Version == "" && a.Product != "" && a.Product != "none" && !a.unread("version") {
			v.at(CodeNoVersion, a.Place, "", "alternative %s was evaluated in a version that is not named", a.Product)
		}
		lacks := missing(a.Place,
			need{"rejected.ground", a.Rejected.Ground != ""}, need{"rejected.reason", a.Rejected.Reason != ""})
		if len(lacks) > 0 {
			v.at(CodeNoRejection, a.Place, "rejected", "alternative %s lacks %s", a.Product, and(lacks))
		}
	}
}

// authorization judges the model (V-24, V-25, V-26, V-48).
func (v *validator) authorization(d *Decision) {
	a := d.Authorization
	for _, m := range []struct {
		field string
		model AuthzModel
	}{{"stated", a.Stated}, {"target", a.Target}} {
		if m.model == AuthzDefaultDeny && len(a.Edges) == 0 && a.Map == "" && !a.unread("edges") && !a.unread("map") {
			v.at(CodeNoEdges, a.Place, m.field, "default-deny without edges, and without a map that says where they stand")
			break
		}
	}
	for _, e := range a.Edges {
		v.complete(e.Place, "edge", need{"from", e.From != Endpoint{}}, need{"to", e.To != Endpoint{}})
		if field := e.wildcard(); field != "" && a.Wildcards == WildcardsForbidden && !e.Faulty() {
			v.at(CodeWildcard, e.Place, field, "%s is a wildcard, and wildcards are forbidden", field)
		}
		if e.Intent == IntentShortcut && e.Expires.IsZero() && !e.unread("expires") {
			v.at(CodeEndlessShortcut, e.Place, "intent", "edge is a shortcut and never expires")
		}
	}
}

// wildcard is the field of the edge that names everything; empty when none does.
func (e *Edge) wildcard() string {
	all := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return w == "*" || w == "/*" || w == "/**" })
	}
	switch {
	case e.From != Endpoint{} && e.From.wild():
		return "from"
	case e.To != Endpoint{} && e.To.wild():
		return "to"
	case all(e.Methods):
		return "methods"
	case all(e.Paths):
		return "paths"
	default:
		return ""
	}
}

// versions judges compatibility and the upgrade history (V-38, V-48).
func (v *validator) versions(d *Decision) {
	v.notFuture(d.Compatibility.Place, "checked", d.Compatibility.Checked)
	for _, u := range d.UpgradeHistory {
		v.complete(u.Place, "upgrade", need{"to", u.To != ""}, need{"date", !u.Date.IsZero()})
		v.notFuture(u.Place, "date", u.Date)
		v.evidence(u.Evidence)
	}
}
