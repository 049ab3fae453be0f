package certtest_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"github.com/meshposture/meshposture/internal/certtest"
)

// A certificate is signed with the key of another, or with its own.
func TestSign(t *testing.T) {
	t.Parallel()
	root := certtest.Sign(t, "root", certtest.Key(t, elliptic.P256()), nil)
	other := certtest.Sign(t, "root", certtest.Key(t, elliptic.P256()), nil)
	leaf := certtest.Sign(t, "leaf", certtest.Key(t, elliptic.P384()), &root)
	if err := leaf.CheckSignatureFrom(root.Certificate); err != nil {
		t.Error(err)
	}
	if err := leaf.CheckSignatureFrom(other.Certificate); err == nil {
		t.Error("another key of the same name has signed it, too")
	}
}

func Example() {
	var c x509.Certificate
	certtest.Valid(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC))(&c)
	fmt.Println(c.NotBefore.Year(), c.NotAfter.Year())
	// Output: 2020 2021
}
