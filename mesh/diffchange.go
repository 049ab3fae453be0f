package mesh

import (
	"fmt"

	"github.com/meshposture/meshposture/source"
)

// ChangeKind is in which way something differs. Each kind but ChangeAltered has one that undoes it.
type ChangeKind uint8

// The zero ChangeKind is no change.
const (
	ChangeAppeared     ChangeKind = iota + 1 // only the later graph has it
	ChangeGone                               // only the earlier graph has it
	ChangeEnrolled                           // came inside the perimeter of a mesh
	ChangeLeft                               // is outside of it now
	ChangeOpened                             // lets through what it kept out
	ChangeClosed                             // keeps out what it let through
	ChangeWeakened                           // protects less
	ChangeStrengthened                       // protects more
	ChangeBroken                             // got through, and now the two ends do not understand each other
	ChangeMended                             // gets through, and the two ends did not understand each other
	ChangeUndecided                          // was decided and is not any more
	ChangeDecided                            // was undecided
	ChangeAltered                            // differs, and neither is known to be the weaker
)

var changeNames = [...]string{
	"-", "appeared", "gone", "enrolled", "left", "opened", "closed", "weakened", "strengthened", "broken", "mended",
	"undecided", "decided", "altered",
}

// String returns the word of k, such as "weakened"; "-" for none.
func (k ChangeKind) String() string {
	if int(k) < len(changeNames) {
		return changeNames[k]
	}
	return fmt.Sprintf("ChangeKind(%d)", uint8(k))
}

// MarshalText writes String's word.
func (k ChangeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Reverse is the kind of the same change the other way around.
func (k ChangeKind) Reverse() ChangeKind {
	switch {
	case k < ChangeAppeared || k >= ChangeAltered:
		return k
	case k%2 == 1: // the kinds stand in pairs, the first of which is odd
		return k + 1
	default:
		return k - 1
	}
}

// Topic is what a change is about.
type Topic uint8

// The zero Topic is none. Of a place with a client, Before and After are said of each of them.
const (
	TopicWorkload   Topic = iota + 1 // the workload itself: that it is there
	TopicEnrolment                   // its Mode
	TopicBypass                      // traffic that goes around its proxy: that it does
	TopicOutlet                      // whether it reaches destinations that no configuration names
	TopicMode                        // the MTLS that a port enforces
	TopicAcceptance                  // the Acceptance of a port
	TopicConnection                  // how connections of clients are protected
	TopicRequest                     // how much of what clients may send gets through
	TopicEntry                       // an entry: that it is there, and its EdgeTLS
	TopicBackend                     // a workload behind an entry: that it is there
	TopicExit                        // a destination outside: that the configuration names it
)

var topicNames = [...]string{
	"-", "workload", "enrolment", "bypass", "outlet", "mode", "acceptance", "connection", "request", "entry", "backend", "exit",
}

// String returns the word of t, such as "acceptance"; "-" for none.
func (t Topic) String() string {
	if int(t) < len(topicNames) {
		return topicNames[t]
	}
	return fmt.Sprintf("Topic(%d)", uint8(t))
}

// MarshalText writes String's word.
func (t Topic) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// perPort is 1 for what is said of a port of a workload, else 0.
func (t Topic) perPort() int {
	if t >= TopicMode && t <= TopicRequest {
		return 1
	}
	return 0
}

// Place is what a change is about, and where.
type Place struct {
	Topic Topic `json:"topic"`
	// Workload is the one that it is about: the server where clients are named, that behind an entry for
	// TopicBackend. Zero for an entry or an exit itself.
	Workload WorkloadID `json:"workload,omitzero"`
	// Port is that of the workload's pods, for TopicMode to TopicRequest: 0 stands for every port that
	// neither graph lists. For entries and exits it is theirs.
	Port   uint16     `json:"port,omitempty"`
	Object source.Ref `json:"object,omitzero"` // that declares the entry; zero for others
	// Name is the listener of an entry, empty when it has none; the host or the networks of an exit; and
	// for TopicBypass the direction with ports or networks, such as "inbound 9090".
	Name string `json:"name,omitempty"`
}

// Change is one difference.
type Change struct {
	Kind ChangeKind `json:"kind"`
	Place
	Clients Clients `json:"clients,omitzero"` // for TopicConnection and TopicRequest; else none
	// Before and After are what either graph says, by the words of the types that Topic names; empty in
	// the graph that does not have it.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// WhyBefore and WhyAfter are the reasons; of several clients those of the first. Unknown is what leaves
	// either undecided.
	WhyBefore []Step `json:"-"`
	WhyAfter  []Step `json:"-"`
	Unknown   []Gap  `json:"-"`
}
