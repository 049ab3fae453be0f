package linkerd

import "github.com/meshposture/meshposture/mesh"

// limitFlaws looks at one HTTPLocalRateLimitPolicy. Of those that lose to another one Conflicts speaks.
func (f *flawFinder) limitFlaws(rl *rateLimit) {
	if len(rl.doubts()) > 0 {
		return
	}
	f.deadPeers(&rl.resource, rl.named)
	srv := f.policy.servers[rl.server]
	ns := rl.obj.Ref.Namespace
	switch {
	case rl.void != "":
		f.follows(rl.flaw(mesh.FlawNoEffect, ruleNotTakenIn, rl.voidAt, rl.void+": the policy controller does not take it in, and nothing is limited"), nil)
	case srv == nil:
		flaw := rl.flaw(mesh.FlawSelectsNothing, ruleSelectsNothing, "spec.targetRef.name", "there is no Server "+rl.server.Name+" in namespace "+ns)
		flaw.Unknown = f.input.Absent(ns)
		f.report(flaw, nil)
	case srv.protocol.blind() || srv.protocol == protocolGRPC:
		f.report(rl.flaw(mesh.FlawNoEffect, ruleLimitOnOther, "spec.targetRef.name",
			"Server "+srv.obj.Ref.Name+" has a proxyProtocol for which proxies are told no limits"), f.guarded([]*server{srv}))
	}
}
