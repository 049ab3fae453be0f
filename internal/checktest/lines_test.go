package checktest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/internal/checktest"
)

func Example() {
	c := &check.Check{Code: "A1", Severity: check.Low, Run: func(p *check.Pass) error {
		p.Report(check.Finding{Subject: "shop", Message: "small"})
		p.Undecided(check.Undecided{Subject: "batch", Message: "whether it is small"})
		return nil
	}}
	got, err := checktest.Lines(nil, time.Time{}, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range got {
		fmt.Println(line)
	}
	// Output:
	// -: low A1 shop: small
	// -: unknown A1 batch: whether it is small
}

// A check that fails does not read as one that found nothing.
func TestFailure(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := checktest.Lines(nil, time.Time{}, &check.Check{Code: "A1", Run: func(*check.Pass) error { return broken }})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the check", err)
	}
}
