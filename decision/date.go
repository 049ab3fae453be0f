package decision

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a day of the calendar, without a time of day or a time zone. The zero Date is "not set".
type Date struct {
	year  int
	month time.Month
	day   int
}

// DateOf is the day of t in t's own time zone. The zero time gives the zero Date.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads a day written as YYYY-MM-DD.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 || t.IsZero() {
		return Date{}, fmt.Errorf("date %q: want a day of the calendar as YYYY-MM-DD", text)
	}
	return DateOf(t), nil
}

// IsZero reports whether no day is set.
func (d Date) IsZero() bool { return d == Date{} }

// Time is the first instant of the day in UTC; the zero time for the zero Date.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
}

// Compare orders days by the calendar; the zero Date comes first.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.year, e.year), cmp.Compare(d.month, e.month), cmp.Compare(d.day, e.day))
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// DaysUntil counts the days from d to e: 1 from one day to the next, negative when e is earlier,
// and 0 when either day is not set.
func (d Date) DaysUntil(e Date) int {
	if d.IsZero() || e.IsZero() {
		return 0
	}
	// Both are midnights in UTC, which has no days of 23 or 25 hours.
	return int((e.Time().Unix() - d.Time().Unix()) / (24 * 60 * 60))
}

// AddMonths is the day n months later; a day that the month lacks becomes its last day.
// The zero Date stays zero.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	first := time.Date(d.year, d.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.day, last)}
}

// AddDays is the day n days later. The zero Date stays zero.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return DateOf(d.Time().AddDate(0, 0, n))
}

// String returns YYYY-MM-DD, and "-" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

// MarshalText writes YYYY-MM-DD, and nothing for the zero Date.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads YYYY-MM-DD; an empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	e, err := ParseDate(string(text))
	if err == nil {
		*d = e
	}
	return err
}
