package decision_test

import (
	"testing"
	"time"

	"github.com/meshposture/meshposture/decision"
)

func date(t *testing.T, text string) decision.Date {
	t.Helper()
	if text == "" {
		return decision.Date{}
	}
	d, err := decision.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "2023-02-29", "2023-2-1", "23-02-01", "2023-02-01T00:00:00Z", " 2023-02-01", "0000-01-01", "0001-01-01", "today"} {
		if d, err := decision.ParseDate(text); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
	if got := date(t, "2024-02-29").String(); got != "2024-02-29" {
		t.Errorf("got %s", got)
	}
}

func TestDateArithmetic(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, got, want string }{
		{"a month later", date(t, "2023-01-31").AddMonths(1).String(), "2023-02-28"},
		{"a year later", date(t, "2024-02-29").AddMonths(12).String(), "2025-02-28"},
		{"a month earlier", date(t, "2024-03-31").AddMonths(-1).String(), "2024-02-29"},
		{"days over a year's end", date(t, "2023-12-31").AddDays(1).String(), "2024-01-01"},
		{"no day", decision.Date{}.AddMonths(1).AddDays(1).String(), "-"},
		{"in the time's own zone", decision.DateOf(time.Date(2024, 1, 1, 1, 0, 0, 0, time.FixedZone("", 2*3600))).String(), "2024-01-01"},
		{"of the zero time", decision.DateOf(time.Time{}).String(), "-"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, test.got, test.want)
		}
	}
	for _, days := range []struct {
		from, to string
		want     int
	}{
		{"2024-02-28", "2024-03-01", 2},
		{"2024-03-01", "2024-02-28", -2},
		{"", "2024-03-01", 0},
		{"0001-01-02", "9999-12-31", 3652057},
	} {
		if got := date(t, days.from).DaysUntil(date(t, days.to)); got != days.want {
			t.Errorf("%s to %s: %d days, want %d", days.from, days.to, got, days.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	last := date(t, "2024-01-31")
	e := decision.Exclusion{ReviewBy: last, Expires: last}
	if e.ReviewOverdue(last) || e.Expired(last) {
		t.Error("the last day is in time")
	}
	if next := last.AddDays(1); !e.ReviewOverdue(next) || !e.Expired(next) {
		t.Error("the day after is late")
	}
	if none := (decision.Exclusion{}); none.ReviewOverdue(last) || none.Expired(last) || e.Expired(decision.Date{}) {
		t.Error("a day that is not set is late")
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90d": 90 * 24 * time.Hour, "2w": 14 * 24 * time.Hour, "4h": 4 * time.Hour, "30m": 30 * time.Minute,
	} {
		var d decision.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want || d.String() != text {
			t.Errorf("%s: %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5h", "1", "1y", "4h30m", "9999999999w", "4294967295w"} {
		var d decision.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}
