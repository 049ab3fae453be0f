package istio

import (
	"strings"

	"github.com/meshposture/meshposture/internal/urlescape"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
)

// pathNormalization is what a proxy does to a request's path before it looks at it
// (pilot/pkg/networking/core/listener_builder.go buildHTTPConnectionManager).
type pathNormalization struct {
	base   bool // dot segments and backslashes
	merge  bool // slashes in a row
	decode bool // %2F and %5C are slashes
}

func (r *revision) normalization() pathNormalization {
	var n meshv1alpha1.MeshConfig_ProxyPathNormalization_NormalizationType
	if r != nil {
		n = r.mesh.pb.GetPathNormalization().GetNormalization()
	}
	switch n {
	case meshv1alpha1.MeshConfig_ProxyPathNormalization_NONE:
		return pathNormalization{}
	case meshv1alpha1.MeshConfig_ProxyPathNormalization_MERGE_SLASHES:
		return pathNormalization{base: true, merge: true}
	case meshv1alpha1.MeshConfig_ProxyPathNormalization_DECODE_AND_MERGE_SLASHES:
		return pathNormalization{base: true, merge: true, decode: true}
	default:
		return pathNormalization{base: true}
	}
}

// paths are what a path may be when rules look at it: without query and fragment, and normalized. It
// is a second one where it is not known whether Envoy's library decodes escapes of letters, digits
// and the like (it did, and no longer does in later releases); else empty.
func (n pathNormalization) paths(raw string) (path, other string) {
	if at := strings.IndexAny(raw, "?#"); at >= 0 {
		raw = raw[:at]
	}
	if n.decode {
		raw = decodeSlashes.Replace(raw)
	}
	if !n.base {
		return raw, ""
	}
	path = n.normalize(raw)
	if decoded := n.normalize(decodeUnreserved(raw)); decoded != path {
		return path, decoded
	}
	return path, ""
}

var decodeSlashes = strings.NewReplacer("%2F", "/", "%2f", "/", "%5C", `\`, "%5c", `\`)

// normalize removes dot segments, turns backslashes around, and only then merges slashes where it
// should, so that "/a//../b" is "/a/b" (Envoy source/common/http/conn_manager_utility.cc
// maybeNormalizePath).
func (n pathNormalization) normalize(path string) string {
	if !strings.ContainsAny(path, `\%.`) && strings.HasPrefix(path, "/") && !(n.merge && strings.Contains(path, "//")) {
		return path
	}
	segments := strings.Split(strings.TrimPrefix(strings.ReplaceAll(path, `\`, "/"), "/"), "/")
	var kept []string
	for i, s := range segments {
		switch strings.ReplaceAll(strings.ToLower(s), "%2e", ".") {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, s)
			continue
		}
		if i == len(segments)-1 {
			kept = append(kept, "")
		}
	}
	if n.merge {
		kept = mergeSlashes(kept)
	}
	return "/" + strings.Join(kept, "/")
}

// mergeSlashes leaves out empty segments but for one at the end. A path of slashes alone keeps two:
// Envoy puts the first and the last back (source/common/http/path_utility.cc mergeSlashes).
func mergeSlashes(segments []string) []string {
	var kept []string
	for _, s := range segments {
		if s != "" {
			kept = append(kept, s)
		}
	}
	switch n := len(segments); {
	case n > 1 && len(kept) == 0:
		return []string{"", ""}
	case n > 0 && segments[n-1] == "":
		return append(kept, "")
	default:
		return kept
	}
}

// decodeUnreserved decodes escapes of characters that need none.
func decodeUnreserved(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c, ok := urlescape.Byte(s[i:]); ok && unreserved(c) {
			b.WriteByte(c)
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
