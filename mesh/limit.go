package mesh

import (
	"fmt"

	"github.com/meshposture/meshposture/source"
)

// Limit is a rate beyond which requests are refused that policies let pass. It counts at one proxy:
// n replicas of a server let n times as much through.
type Limit struct {
	Policy source.Ref
	Loc    source.Loc // the field that sets the rate
	Scope  LimitScope
	// PerSecond is the number of requests in a second.
	PerSecond uint32
	// Shared is true when other clients use the rate up as well.
	Shared bool
}

// LimitScope is whose requests a limit counts together.
type LimitScope uint8

// The zero LimitScope is unknown.
const (
	LimitUnknown LimitScope = iota
	LimitTotal              // those of all clients
	LimitNamed              // those of the clients that the policy names
	LimitClient             // those of one identity; clients without any count as one
)

var limitNames = [...]string{"unknown", "total", "named", "client"}

// String returns the word of s, such as "total".
func (s LimitScope) String() string {
	if int(s) < len(limitNames) {
		return limitNames[s]
	}
	return fmt.Sprintf("LimitScope(%d)", uint8(s))
}

// MarshalText writes String's word.
func (s LimitScope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
