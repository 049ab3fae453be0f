package report_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/report"
)

// Other people's text never reaches the terminal as commands, and never breaks the form.
func FuzzText(f *testing.F) {
	f.Add("plain text", 80)
	f.Add("\x1b[31mred\u202e\u0085\x00", 0)
	f.Add(strings.Repeat("word ", 100), -5)
	f.Add(strings.Repeat("x", 300), 61)
	f.Fuzz(func(t *testing.T, message string, width int) {
		width %= 1000
		in := report.Input{Result: check.Result{Findings: []check.Finding{{Code: "T-01", Severity: check.High, Message: message}}}}
		var b bytes.Buffer
		if err := report.Text(&b, in, report.TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		if width == 0 {
			width = 100
		}
		for _, line := range strings.Split(b.String(), "\n") {
			for _, r := range line {
				if !unicode.IsPrint(r) && r != utf8.RuneError {
					t.Errorf("%q holds %U", line, r)
				}
			}
			if line != strings.TrimRight(line, " ") {
				t.Errorf("%q ends in blanks", line)
			}
			if n := utf8.RuneCountInString(line); n > max(width, 60) && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%q has %d columns of %d", line, n, width)
			}
		}
	})
}
