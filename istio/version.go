package istio

import (
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// The releases of Istio 1 whose rules the adapter knows.
const oldestMinor, newestMinor = 24, 31

// since reports whether the revision's istiod is of release 1.minor or later; Unknown when its
// version is not known. A nil revision has no version.
func (r *revision) since(minor int) truth.Value {
	if r == nil {
		return truth.Unknown
	}
	is, ok := istioMinor(r.version)
	if !ok {
		return truth.Unknown
	}
	return truth.Of(is >= minor)
}

// sincePatch reports whether the revision's istiod is of release 1.minor.patch or later; Unknown when its
// version, or the patch where that matters, is not known.
func (r *revision) sincePatch(minor, patch int) truth.Value {
	if r == nil {
		return truth.Unknown
	}
	is, ok := istioMinor(r.version)
	if !ok {
		return truth.Unknown
	}
	if is != minor {
		return truth.Of(is > minor)
	}
	parts := strings.SplitN(strings.TrimPrefix(r.version, "v"), ".", 3)
	if len(parts) < 3 {
		return truth.Unknown
	}
	n, ok := leadingInt(parts[2])
	if !ok {
		return truth.Unknown
	}
	return truth.Of(n >= patch)
}

// outOfRange says that the rules of the revision's release are not known for sure; false when they
// are, or when its version is not known, in which case those of the newest known release count.
func (r *revision) outOfRange() (mesh.Gap, bool) {
	is, ok := istioMinor(r.version)
	if !ok || oldestMinor <= is && is <= newestMinor {
		return mesh.Gap{}, false
	}
	g := mesh.Gap{
		Reason: source.ProblemUnsupported,
		Detail: fmt.Sprintf("revision %s runs Istio %s; the rules are known for 1.%d to 1.%d", r.name, r.version, oldestMinor, newestMinor),
	}
	if len(r.why) > 0 {
		g.Object, g.Loc = r.why[0].Object, r.why[0].Loc
	}
	return g, true
}

// knownVersion reports whether a text is the version of a release and not a word such as "latest".
func knownVersion(version string) bool {
	_, ok := istioMinor(version)
	return ok
}

// withoutVariant is a version without the name of the image's variant, which the proxy does not tell
// istiod.
func withoutVariant(version string) string {
	for _, variant := range []string{"-distroless", "-debug"} {
		version = strings.TrimSuffix(version, variant)
	}
	return version
}
