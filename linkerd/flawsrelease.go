package linkerd

import (
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
)

// noteUnread reports an object of a kind that Linkerd reads since a later release than the control plane's, and
// that nobody else reads.
func (c *compiler) noteUnread(r *resource) {
	if r.obj.Ref.Group == groupGateway {
		return
	}
	known := slices.ContainsFunc(c.unread, func(f mesh.Flaw) bool { return f.Object == r.obj.Ref })
	if !known { // an object is read once for each type that it is read as
		c.unread = append(c.unread, r.flaw(mesh.FlawNoEffect, ruleNotOfRelease, "apiVersion",
			"Linkerd reads objects of this kind since 2."+strconv.Itoa(r.unread)+", and the control plane is older"))
	}
}
