package linkerd

import (
	"strconv"
	"strings"
)

// The annotations by which a client stops sending to endpoints that fail. Up to 2.19 the webhook read them on
// routes (policy-controller/k8s/index/src/outbound/index.rs parse_accrual_config at version-2.19).
const (
	annotationAccrual           = "balancer.linkerd.io/failure-accrual"
	annotationAccrualMax        = annotationAccrual + "-consecutive-max-failures"
	annotationAccrualMaxPenalty = annotationAccrual + "-consecutive-max-penalty"
	annotationAccrualMinPenalty = annotationAccrual + "-consecutive-min-penalty"
	annotationAccrualJitter     = annotationAccrual + "-consecutive-jitter-ratio"
)

// badAccrual is the annotation that is not understood; empty for none.
func badAccrual(annotations map[string]string) string {
	mode, given := annotations[annotationAccrual]
	if !given {
		return ""
	}
	if mode != "consecutive" {
		return annotationAccrual
	}
	if text, given := annotations[annotationAccrualMax]; given {
		if _, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 32); err != nil {
			return annotationAccrualMax
		}
	}
	if text, given := annotations[annotationAccrualJitter]; given {
		if ratio, err := strconv.ParseFloat(text, 32); err != nil || !(ratio >= 0 && ratio <= 100) {
			return annotationAccrualJitter
		}
	}
	return badPenalties(annotations)
}

// badPenalties: the greatest is a minute, and the smallest a second, where nothing is said.
func badPenalties(annotations map[string]string) string {
	most, ok := penalty(annotations, annotationAccrualMaxPenalty, 60_000)
	if !ok {
		return annotationAccrualMaxPenalty
	}
	least, ok := penalty(annotations, annotationAccrualMinPenalty, 1000)
	switch {
	case !ok:
		return annotationAccrualMinPenalty
	case least > most || most == 0:
		return annotationAccrualMaxPenalty
	default:
		return ""
	}
}

// penalty is the value of an annotation in milliseconds, or its default; false where it is none.
func penalty(annotations map[string]string, key string, otherwise uint64) (uint64, bool) {
	text, given := annotations[key]
	if !given {
		return otherwise, true
	}
	if !isTimeout(text) {
		return 0, false
	}
	text = strings.TrimPrefix(strings.TrimSpace(text), "+")
	unit := strings.TrimLeft(text, "0123456789")
	n, err := strconv.ParseUint(strings.TrimSuffix(text, unit), 10, 64)
	return n * map[string]uint64{"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}[unit], err == nil
}
