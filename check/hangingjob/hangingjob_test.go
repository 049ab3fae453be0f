package hangingjob_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/hangingjob"
	"github.com/meshposture/meshposture/internal/checktest"
)

func job(kind, annotations string) string {
	return "{apiVersion: batch/v1, kind: " + kind + ", metadata: {name: report, namespace: shop}, spec: {template: {metadata: {annotations: {toy/mode: sidecar" + annotations + "}}}}}\n"
}

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run(t, hangingjob.Check, []checktest.Case{
		{Name: "ends", Text: job("Job", "")},
		{Name: "no Job", Text: job("Deployment", ", toy/completes: false")},
		{Name: "goes on", Text: job("Job", ", toy/completes: 'false'"), Want: []string{
			"in.yaml:1:140: medium MP1004 shop/Job/report: pods of Job shop/report do not end when their containers do: the proxy goes on",
		}},
		{Name: "not known", Text: job("Job", ", toy/completes: unknown"), Want: []string{
			"in.yaml:1:140: unknown MP1004 shop/Job/report: whether pods of Job shop/report end when their containers do: Job/shop/report: whether the application ends the proxy is not known",
		}},
		{Name: "outside the mesh", Text: "{apiVersion: batch/v1, kind: Job, metadata: {name: report, namespace: shop}, spec: {template: {metadata: {annotations: {toy/mode: none, toy/completes: 'false'}}}}}\n"},
	})
}
