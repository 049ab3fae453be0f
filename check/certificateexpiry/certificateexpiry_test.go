package certificateexpiry_test

import (
	"testing"
	"time"

	"github.com/meshposture/meshposture/check/certificateexpiry"
	"github.com/meshposture/meshposture/internal/checktest"
)

func policy(name, spec string) string {
	return "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n---\n"
}

func TestCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	checktest.Run(t, certificateexpiry.Check, []checktest.Case{
		{Name: "no control plane", Now: now},
		{Name: "far", Now: now, Text: policy("a", "root: 2030-01-01")},
		{Name: "sixty days and an hour", Now: now.Add(11 * time.Hour), Text: policy("a", "root: 2026-05-01")},
		{Name: "near", Now: now, Text: policy("a", "root: 2026-04-01"), Want: []string{
			"in.yaml:4:8: medium MP6001 toy revision a 2026-04-01: the root certificate CN=a of toy revision a expires on 2026-04-01, in 31 days",
		}},
		{Name: "today", Now: now.Add(-12 * time.Hour), Text: policy("a", "root: 2026-03-01"), Want: []string{
			"in.yaml:4:8: medium MP6001 toy revision a 2026-03-01: the root certificate CN=a of toy revision a expires on 2026-03-01, today",
		}},
		{Name: "gone", Now: now, Text: policy("a", "root: 2026-03-01"), Want: []string{
			"in.yaml:4:8: critical MP6001 toy revision a 2026-03-01: the root certificate CN=a of toy revision a has expired on 2026-03-01, and no other root is valid: no connection by mutual TLS can be made",
		}},
		{Name: "two control planes", Now: now, Text: policy("a", "root: 2026-02-01") + policy("b", "root: 2026-03-03"), Want: []string{
			"in.yaml:4:8: critical MP6001 toy revision a 2026-02-01: the root certificate CN=a of toy revision a has expired on 2026-02-01, and no other root is valid: no connection by mutual TLS can be made",
			"in.yaml:9:8: medium MP6001 toy revision b 2026-03-03: the root certificate CN=b of toy revision b expires on 2026-03-03, in 2 days",
		}},
		{Name: "in every role", Now: now, Text: policy("a", "root: 2026-02-01, issuer: 2026-02-02, admission: 2026-02-03"), Want: []string{
			"in.yaml:4:8: critical MP6001 toy revision a 2026-02-01: the root certificate CN=a of toy revision a has expired on 2026-02-01, and no other root is valid: no connection by mutual TLS can be made",
			"in.yaml:4:26: high MP6001 toy revision a 2026-02-02: the issuing certificate CN=a of toy revision a has expired on 2026-02-02: what it has signed is not accepted",
			"in.yaml:4:46: high MP6001 toy revision a 2026-02-03: the admission certificate CN=a of toy revision a has expired on 2026-02-03: the API server does not get the control plane's answer",
		}},
		{Name: "not valid yet", Now: now, Text: policy("a", "root: 2036-01-01, from: 2026-03-02"), Want: []string{
			"in.yaml:4:8: critical MP6001 toy revision a 2036-01-01: the root certificate CN=a of toy revision a is not valid before 2026-03-02, and no other root is valid: no connection by mutual TLS can be made",
		}},
		{Name: "the mesh warns later", Now: now, Text: policy("a", "root: 2026-04-01, warn: 30")},
		{Name: "the mesh warns earlier", Now: now, Text: policy("a", "root: 2027-01-01, warn: 365"), Want: []string{
			"in.yaml:4:8: medium MP6001 toy revision a 2027-01-01: the root certificate CN=a of toy revision a expires on 2027-01-01, in 306 days",
		}},
		{Name: "without revisions", Now: now, Text: policy("a", "root: 2026-04-01, unnamed: true"), Want: []string{
			"in.yaml:4:8: medium MP6001 toy 2026-04-01: the root certificate CN=a of toy expires on 2026-04-01, in 31 days",
		}},
		{Name: "no time is given", Text: policy("a", "root: 2026-02-01"), Want: []string{
			"-: unknown MP6001 toy revision a: whether certificates of toy revision a soon expire, because the run was given no time",
		}},
		{Name: "not read", Now: now, Text: policy("a", "root: riddle"), Want: []string{
			"in.yaml:4:8: unknown MP6001 toy revision a: whether certificates of toy revision a soon expire: Policy/shop/a: the certificate cannot be read",
		}},
	})
}
