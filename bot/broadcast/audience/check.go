package audience

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

const example = "write one such as SELECT telegram_id, language FROM users"

// check says what is wrong with the columns a query will give, before it gives any.
func (s *session) check(d *pgconn.StatementDescription, args int) error {
	switch fields := d.Fields; {
	case len(fields) == 0:
		return &Error{Sentence: "the query is not a SELECT that gives rows", Hint: example}
	case len(d.ParamOIDs) != args:
		return &Error{Sentence: fmt.Sprintf("the query takes %s, and %d are given", plural(len(d.ParamOIDs), "value"), args), Hint: "correct the query in the config"}
	case len(fields) > 2:
		return &Error{Sentence: fmt.Sprintf("the query gives %d columns", len(fields)), Hint: "keep the Telegram id and the language: " + example}
	case !isWhole(fields[0].DataTypeOID):
		return &Error{Sentence: "the query's first column, " + s.column(fields[0]) + ", and not a whole number", Hint: castHint(fields)}
	case len(fields) == 2 && !mayBeText(fields[1].DataTypeOID):
		return &Error{Sentence: "the query's second column, " + s.column(fields[1]) + ", and not a language", Hint: "leave it out, or name the column with the language"}
	}
	return nil
}

func isWhole(oid uint32) bool {
	return oid == pgtype.Int8OID || oid == pgtype.Int4OID || oid == pgtype.Int2OID
}

// firstOfUsers is the first OID that is not the server's own (FirstNormalObjectId): an enum of languages, or citext.
const firstOfUsers = 16384

func mayBeText(oid uint32) bool {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID:
		return true
	}
	return oid >= firstOfUsers
}

// column says what a column is; a column's name is the config's word or the catalogue's, never a row's.
func (s *session) column(f pgconn.FieldDescription) string {
	kind := "of another kind"
	if t, ok := s.TypeMap().TypeForOID(f.DataTypeOID); ok {
		kind = t.Name
	}
	return bounded(f.Name) + ", is " + kind
}

// castHint is how to get ids from where others keep them.
func castHint(fields []pgconn.FieldDescription) string {
	if len(fields) == 2 && isWhole(fields[1].DataTypeOID) {
		return "the id comes first, then the language"
	}
	if name := fields[0].Name; name != "" && !strings.ContainsAny(name, "?") {
		return "if it holds Telegram ids, write " + pgx.Identifier{bounded(name)}.Sanitize() + "::bigint"
	}
	return example
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
