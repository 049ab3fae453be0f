package certs_test

import (
	"crypto/elliptic"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/internal/certtest"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// authority makes a certificate of an authority that is valid for the years from and until, inclusive.
func authority(t *testing.T, name string, from, until int, by *certtest.Certificate) *certtest.Certificate {
	t.Helper()
	c := certtest.Sign(t, name, certtest.Key(t, elliptic.P256()), by, certtest.Valid(
		time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(until, 12, 31, 0, 0, 0, 0, time.UTC)))
	return &c
}

func setOf(t *testing.T, all ...*certtest.Certificate) certs.Set {
	t.Helper()
	var s certs.Set
	for _, m := range all {
		found, faults := certs.Read([]byte(m.PEM()))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		s.Add(found, source.Ref{}, mesh.Step{})
	}
	return s
}

// A certificate leads to a root that has signed it, also by way of others, as long as all of them are ever
// valid together.
func TestLeadsTo(t *testing.T) {
	t.Parallel()
	root := authority(t, "root", 2020, 2030, nil)
	twin := authority(t, "root", 2020, 2030, nil) // the same name, and another key
	late := authority(t, "late", 2040, 2050, nil)
	between := authority(t, "between", 2021, 2029, root)
	signer := authority(t, "signer", 2022, 2023, between)
	early := authority(t, "early", 2020, 2025, late)
	unclear := setOf(t, twin)
	unclear.Gaps = []mesh.Gap{{Detail: "a certificate cannot be read"}}
	tests := []struct {
		name   string
		signer *certtest.Certificate
		set    certs.Set
		roots  certs.Set
		want   truth.Value
	}{
		{"the root itself", root, setOf(t, root), setOf(t, root), truth.True},
		{"signed by a root", between, setOf(t, between), setOf(t, late, root), truth.True},
		{"by way of another", signer, setOf(t, signer, between), setOf(t, root), truth.True},
		{"the one between is missing", signer, setOf(t, signer), setOf(t, root), truth.False},
		{"another key", between, setOf(t, between), setOf(t, twin), truth.False},
		{"never valid together", early, setOf(t, early), setOf(t, late), truth.False},
		{"roots that are not all read", between, setOf(t, between), unclear, truth.Unknown},
		{"no root", between, setOf(t, between), certs.Set{}, truth.Unknown},
		{"not in the set", signer, setOf(t, between), setOf(t, root), truth.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			one := setOf(t, tt.signer)
			if got := tt.set.LeadsTo(tt.roots, one.Sorted()[0].Fingerprint); got != tt.want {
				t.Errorf("LeadsTo = %v, want %v", got, tt.want)
			}
		})
	}
}

// A certificate that several objects hold is one, and names all of them.
func TestSet(t *testing.T) {
	t.Parallel()
	soon, later := authority(t, "soon", 2020, 2024, nil), authority(t, "later", 2020, 2030, nil)
	var set certs.Set
	for _, name := range []string{"a", "b", "c", "d", "d"} {
		found, _ := certs.Read([]byte(later.PEM()))
		set.Add(found, source.Ref{Name: name}, mesh.Step{Detail: name})
	}
	both := set.With(setOf(t, soon))
	type line struct {
		Subject   string
		In, Steps int
	}
	var got []line
	for _, c := range both.Sorted() {
		got = append(got, line{c.Subject, len(c.In), len(c.Why)})
	}
	if diff := cmp.Diff([]line{{"CN=soon", 0, 1}, {"CN=later", 4, 3}}, got); diff != "" {
		t.Errorf("certificates (-want +got):\n%s", diff)
	}
	if set.Len() != 1 {
		t.Errorf("With has changed the set: %d certificates", set.Len())
	}
}

func TestSecretText(t *testing.T) {
	t.Parallel()
	tests := []struct{ plain, encoded, text, member, fault string }{
		{"", "", "", "", ""},
		{"a", "Yg==", "a", "stringData", ""},
		{"", "Yg==", "b", "data", ""},
		{"", "%", "", "data", "the value is not in base64"},
	}
	for _, tt := range tests {
		text, member, err := certs.SecretText(tt.plain, tt.encoded)
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if diff := cmp.Diff([]string{tt.text, tt.member, tt.fault}, []string{text, member, fault}); diff != "" {
			t.Errorf("SecretText(%q, %q) (-want +got):\n%s", tt.plain, tt.encoded, diff)
		}
	}
}

func Example() {
	const root = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIBAjAKBggqhkjOPQQDAjAlMSMwIQYDVQQDExpyb290Lmxp
bmtlcmQuY2x1c3Rlci5sb2NhbDAeFw0yNTAxMDEwMDAwMDBaFw0zNTAxMDEwMDAw
-----END CERTIFICATE-----
-----BEGIN EC PRIVATE KEY-----
c2VjcmV0
-----END EC PRIVATE KEY-----
`
	found, faults := certs.Read([]byte(root))
	fmt.Println(len(found), "certificates")
	for _, f := range faults {
		fmt.Println(f)
	}
	// Output:
	// 0 certificates
	// certificate 1: malformed certificate
	// block 2 is not a certificate
}
