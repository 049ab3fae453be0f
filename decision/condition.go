package decision

// Condition is a statement about facts, as data: exactly one field is set. It is evaluated
// elsewhere, in three-valued logic; a Condition with no field set, or a faulty one, is Unknown.
type Condition struct {
	Place `json:"-"`

	All         []*Condition `json:"all"` // every one holds
	Any         []*Condition `json:"any"` // at least one holds
	Not         *Condition   `json:"not"` // it does not hold
	Compare     *Compare     `json:"compare"`
	Consecutive *Consecutive `json:"consecutive"`
	Date        *DateWindow  `json:"date"`
}

// Compare compares the value of a fact with a constant.
type Compare struct {
	Place `json:"-"`

	Fact  string `json:"fact"`
	Op    Op     `json:"op"`
	Value Value  `json:"value"`
	Unit  Unit   `json:"unit"` // empty: that of the fact
}

// Op is a comparison. "Exceeds two" is ">", not ">=".
type Op string

// The zero Op is not stated.
const (
	OpGreater Op = ">"
	OpAtLeast Op = ">="
	OpLess    Op = "<"
	OpAtMost  Op = "<="
	OpEquals  Op = "="
	OpDiffers Op = "!="
)

// UnmarshalText accepts the words of the constants.
func (o *Op) UnmarshalText(text []byte) error {
	return readWord(o, "comparison", text, OpGreater, OpAtLeast, OpLess, OpAtMost, OpEquals, OpDiffers)
}

// Consecutive counts events per period, and holds when the count compares so in that many
// periods in a row.
type Consecutive struct {
	Place `json:"-"`

	Events  string `json:"events"` // the name of a fact of kind events
	Bucket  Bucket `json:"bucket"`
	Op      Op     `json:"op"`
	Count   int    `json:"count"`   // per period
	Periods int    `json:"periods"` // in a row, at least 1
	// YearStart is the month in which the year, and with it the quarters, begins: 1 to 12;
	// 0 means 1, January.
	YearStart int `json:"yearStart"`
	// TimeZone is the IANA name of the zone in which days begin; empty means UTC.
	TimeZone string `json:"timeZone"`
}

// Bucket is a period of the calendar.
type Bucket string

// The zero Bucket is not stated.
const (
	BucketDay     Bucket = "day"
	BucketWeek    Bucket = "week" // from Monday
	BucketMonth   Bucket = "month"
	BucketQuarter Bucket = "quarter"
	BucketYear    Bucket = "year"
)

// UnmarshalText accepts the words of the constants.
func (b *Bucket) UnmarshalText(text []byte) error {
	return readWord(b, "period", text, BucketDay, BucketWeek, BucketMonth, BucketQuarter, BucketYear)
}

// DateWindow holds from a day on: a named day, or a span before the day that a fact gives.
type DateWindow struct {
	Place `json:"-"`

	From   Date     `json:"from"`   // the first day on which it holds; zero when Of is given
	Within Duration `json:"within"` // how long before the day of Of it begins to hold; zero: on the day
	Of     string   `json:"of"`     // the name of a fact of kind date
}
