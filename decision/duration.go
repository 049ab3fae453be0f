package decision

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Duration is a span of time in a record, written as a whole number with one unit: "90d", "2w",
// "4h", "30m". A day is 24 hours, a week seven days. The zero Duration is "not set".
type Duration time.Duration

// UnmarshalText reads a number and a unit; zero and negative spans are errors.
func (d *Duration) UnmarshalText(text []byte) error {
	err := fmt.Errorf("duration %q: want a whole number above zero with one of the units m, h, d, w, as in \"90d\"", text)
	if len(text) < 2 {
		return err
	}
	var unit time.Duration
	switch text[len(text)-1] {
	case 'm':
		unit = time.Minute
	case 'h':
		unit = time.Hour
	case 'd':
		unit = 24 * time.Hour
	case 'w':
		unit = 7 * 24 * time.Hour
	default:
		return err
	}
	n, perr := strconv.ParseUint(string(text[:len(text)-1]), 10, 32)
	if perr != nil || n == 0 || n > uint64(math.MaxInt64/unit) {
		return err
	}
	*d = Duration(time.Duration(n) * unit)
	return nil
}

// String writes the largest unit that gives a whole number; "0m" for the zero Duration.
func (d Duration) String() string {
	t := time.Duration(d)
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{7 * 24 * time.Hour, "w"}, {24 * time.Hour, "d"}, {time.Hour, "h"}} {
		if t != 0 && t%u.unit == 0 {
			return strconv.FormatInt(int64(t/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(t/time.Minute), 10) + "m"
}

// MarshalText writes String's text, and nothing for the zero Duration.
func (d Duration) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(d.String()), nil
}
