// Package suite lists the posture checks.
package suite

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/certificateexpiry"
	"github.com/meshposture/meshposture/check/deadselector"
	"github.com/meshposture/meshposture/check/declaredenforced"
	"github.com/meshposture/meshposture/check/enrolmentdrift"
	"github.com/meshposture/meshposture/check/failingcall"
	"github.com/meshposture/meshposture/check/gatewaybypass"
	"github.com/meshposture/meshposture/check/hangingjob"
	"github.com/meshposture/meshposture/check/idlepolicy"
	"github.com/meshposture/meshposture/check/inadmissible"
	"github.com/meshposture/meshposture/check/narrowerpolicy"
	"github.com/meshposture/meshposture/check/partialenrolment"
	"github.com/meshposture/meshposture/check/permissiveport"
	"github.com/meshposture/meshposture/check/plaintextcaller"
	"github.com/meshposture/meshposture/check/plaintextedge"
	"github.com/meshposture/meshposture/check/plaintextinside"
	"github.com/meshposture/meshposture/check/plaintextsecondhop"
	"github.com/meshposture/meshposture/check/policytie"
	"github.com/meshposture/meshposture/check/proxybypass"
	"github.com/meshposture/meshposture/check/stalepod"
	"github.com/meshposture/meshposture/check/unfitcertificate"
	"github.com/meshposture/meshposture/check/unknownpeer"
	"github.com/meshposture/meshposture/check/unverifiedenforcement"
	"github.com/meshposture/meshposture/check/unverifiedport"
	"github.com/meshposture/meshposture/check/versionskew"
	"github.com/meshposture/meshposture/check/widerpolicy"
)

// All returns every posture check, ordered by code. The caller owns the slice; the checks are shared.
func All() []*check.Check {
	return []*check.Check{
		partialenrolment.Check,
		enrolmentdrift.Check,
		stalepod.Check,
		hangingjob.Check,
		permissiveport.Check,
		declaredenforced.Check,
		unverifiedport.Check,
		failingcall.Check,
		plaintextcaller.Check,
		plaintextinside.Check,
		policytie.Check,
		deadselector.Check,
		unknownpeer.Check,
		idlepolicy.Check,
		widerpolicy.Check,
		narrowerpolicy.Check,
		unverifiedenforcement.Check,
		inadmissible.Check,
		proxybypass.Check,
		gatewaybypass.Check,
		plaintextedge.Check,
		plaintextsecondhop.Check,
		certificateexpiry.Check,
		versionskew.Check,
		unfitcertificate.Check,
	}
}
