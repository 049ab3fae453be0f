package decision

import (
	"fmt"
	"strings"
)

// Party is who decides, owns or approves. A team and a role outlive the people in them; a person
// alone does not (V-40). The zero Party is "not named".
type Party struct {
	Team    string `json:"team"`
	Role    string `json:"role"`    // the role within the team, such as "lead" or "security officer"
	Person  string `json:"person"`  // whoever holds the role at the time of writing
	Contact string `json:"contact"` // a channel or an address
}

// IsZero reports whether nobody is named; a contact alone names nobody.
func (p Party) IsZero() bool { return p.Team == "" && p.Role == "" && p.Person == "" }

// String returns "team, role (person)" without the parts that are empty, and "-" for nobody.
func (p Party) String() string {
	if p.IsZero() {
		return "-"
	}
	s := strings.Trim(p.Team+", "+p.Role, ", ")
	switch {
	case p.Person == "":
		return s
	case s == "":
		return p.Person
	default:
		return fmt.Sprintf("%s (%s)", s, p.Person)
	}
}

// same reports whether p and q are one party: nothing that both name tells them apart. A party
// that names no team is compared by role and person.
func (p Party) same(q Party) bool {
	if p.IsZero() || q.IsZero() {
		return false
	}
	agree := func(a, b string) bool { return a == "" || b == "" || strings.EqualFold(a, b) }
	shared := func(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
	return agree(p.Team, q.Team) && agree(p.Role, q.Role) && agree(p.Person, q.Person) &&
		(shared(p.Team, q.Team) || shared(p.Role, q.Role) || shared(p.Person, q.Person))
}
