package restore

// What the tests look at of decisions that are pure.
var (
	CanRestrict = canRestrict
	Decide      = stand
)

type Look = look
