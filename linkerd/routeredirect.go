package linkerd

import (
	"cmp"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/truth"
)

// redirected says whether a redirect answers a request, so that it does not reach the application: not where
// the client would be sent to the very address that it asked (linkerd2-proxy
// linkerd/http/route/src/http/filter/redirect.rs apply). It is Unknown where only the port or the path tells.
func redirected(r *kube.Redirect, q *asked) truth.Value {
	switch {
	case r == nil:
		return truth.False
	case r.Scheme == "https" || r.Hostname != "" && !strings.EqualFold(r.Hostname, q.host):
		return truth.True
	default:
		return truth.Unknown
	}
}

// redirectStatus is the status of the answer.
func redirectStatus(r *kube.Redirect) int { return int(cmp.Or(r.StatusCode, 302)) }
