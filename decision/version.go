package decision

import (
	"fmt"
	"regexp"

	"github.com/Masterminds/semver/v3"

	"github.com/meshposture/meshposture/truth"
)

// Version is a released version as its project writes it: "1.18", "v1.18.2", "1.29.0-rc.1",
// Linkerd's "stable-2.14.1" and "edge-24.8.1", or a kernel's "4.18.0-477.el8.x86_64".
// Words such as "latest" and ranges such as "1.x" name no version. Empty means "not stated".
type Version string

// versionText allows what release names hold; whether it names one release is up to Semver.
// The prefixes are Linkerd's release channels: https://linkerd.io/releases/.
var versionText = regexp.MustCompile(`^(?:v|stable-|edge-)?(\d{1,9}(?:\.\d{1,9}){0,2})(\.\d+)?((?:[-+~_][0-9A-Za-z][0-9A-Za-z.+~_-]*)?)$`)

// UnmarshalText accepts the forms named at Version.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) > 0 {
		if _, ok := Version(text).Semver(); !ok {
			return fmt.Errorf("version %q: want the name of one release, as in \"1.18\" or \"1.18.2\"", shorten(string(text)))
		}
	}
	*v = Version(text)
	return nil
}

// Semver is the version's leading numbers: missing parts are 0, and what follows them (a
// pre-release, a build, a distribution's suffix) is left out, so "1.29.0-rc.1" gives 1.29.0.
// It is false for the empty Version and for a text that names no release.
func (v Version) Semver() (*semver.Version, bool) {
	m := versionText.FindStringSubmatch(string(v))
	if m == nil || len(v) > 100 {
		return nil, false
	}
	sv, err := semver.NewVersion(m[1])
	return sv, err == nil
}

// Range is a set of versions: comparisons joined by commas, and such groups joined by "||".
// The forms are those of github.com/Masterminds/semver: ">= 1.25, < 1.29", "1.25 - 1.28"
// (both ends included, with their patch releases), "~1.25", "1.28.x". Empty means "not stated".
type Range string

// UnmarshalText accepts ranges that can be read in one way only and hold at least one version.
func (r *Range) UnmarshalText(text []byte) error {
	if len(text) > 0 {
		if err := checkRange(string(text)); err != nil {
			return err
		}
	}
	*r = Range(text)
	return nil
}

// Contains tells whether v lies in the range; Unknown when either is not stated or cannot be read.
func (r Range) Contains(v Version) truth.Value {
	sv, ok := v.Semver()
	if !ok || r == "" {
		return truth.Unknown
	}
	c, err := semver.NewConstraint(string(r))
	if err != nil {
		return truth.Unknown
	}
	return truth.Of(c.Check(sv))
}

// looksHyphenated finds "1.25-1.28" and "1.25–1.28". The first would be read as the pre-release
// "1.28" of version 1.25, the second not at all.
var looksHyphenated = regexp.MustCompile(`(\d+(?:\.\d+){0,2})(?:-|\s*[–—]\s*|\s+-|-\s+|\s+to\s+)v?(\d+(?:\.\d+){1,2})\b`)

// rangeNumber finds the versions that a range names, with the pre-release if there is one.
var rangeNumber = regexp.MustCompile(`(\d+(?:\.\d+){0,2})(-[0-9A-Za-z.-]+)?`)

func checkRange(text string) error {
	if len(text) > 200 {
		return fmt.Errorf("version range %q is longer than 200 bytes", shorten(text))
	}
	if m := looksHyphenated.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("version range %q can be read in two ways: write %q", text, m[1]+" - "+m[2])
	}
	c, err := semver.NewConstraint(text)
	if err != nil {
		return fmt.Errorf("version range %q: want comparisons, as in \">= 1.25, < 1.29\" or \"1.25 - 1.28\"", text)
	}
	if rangeIsEmpty(c, text) {
		return fmt.Errorf("version range %q holds no version", text)
	}
	return nil
}

// rangeIsEmpty tries each version that the text names and its neighbours: a range made of
// comparisons begins or ends next to one of its bounds.
func rangeIsEmpty(c *semver.Constraints, text string) bool {
	if c.Check(semver.New(0, 0, 0, "", "")) {
		return false
	}
	for _, m := range rangeNumber.FindAllStringSubmatch(text, -1) {
		if v, err := semver.NewVersion(m[0]); err == nil && c.Check(v) {
			return false
		}
		v, err := semver.NewVersion(m[1])
		if err != nil {
			continue
		}
		patch, minor, major := v.IncPatch(), v.IncMinor(), v.IncMajor()
		if c.Check(v) || c.Check(&patch) || c.Check(&minor) || c.Check(&major) {
			return false
		}
	}
	return true
}
