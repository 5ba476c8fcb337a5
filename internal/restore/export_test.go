package restore

// What the tests look at of decisions that are pure.
var (
	CanRestrict = canRestrict
	Decide      = stand
)

type Look = look

// JudgePsql is what is made of what psql says.
func JudgePsql(said string) error {
	j := plainJudge{stop: func(error) {}}
	_, _ = j.Write([]byte(said))
	j.close()
	return j.err
}
