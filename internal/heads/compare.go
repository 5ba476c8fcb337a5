package heads

import "twokey/internal/journal"

// Verdict is how a kept head stands to our chain.
type Verdict string

// The verdicts.
const (
	Same    Verdict = "same"    // it is our newest entry
	Ahead   Verdict = "ahead"   // we went on since: it lies on our chain
	Behind  Verdict = "behind"  // it is past our end: ours was cut off, or is an old copy
	Differs Verdict = "differs" // at its place our chain has another entry
)

// Forked says that the kept head's journal and ours are not the same one.
func (v Verdict) Forked() bool { return v == Behind || v == Differs }

// Compare says how a kept head stands to the chain that ends with ours; at gives the hash of each of its entries. Whether
// the kept head is to be believed is for Open to say.
func Compare(ours journal.Head, at func(seq uint64) (journal.Hash, bool), kept journal.Head) Verdict {
	if kept.Seq > ours.Seq {
		return Behind
	}
	hash, there := at(kept.Seq)
	switch {
	case !there || hash != kept.Hash:
		return Differs
	case kept.Seq == ours.Seq:
		return Same
	}
	return Ahead
}
