package rows

import "strings"

// out is the key column as it is sent, and sorted is what the server sorts by. No value is cast: a cast may be a function
// of whoever owns the type, and would run as us. format() asks the type itself.
func (k keyColumn) out() string {
	c := "t." + column(k.name)
	switch k.how {
	case asDecimal:
		return "pg_catalog.format('%s', pg_catalog.trim_scale(" + c + "))"
	case asOther:
		return "pg_catalog.format('%s', " + c + ")"
	}
	return c
}

func (k keyColumn) sorted() string {
	if k.how == asNumber || k.how == asItIs {
		return k.out()
	}
	return k.out() + ` COLLATE pg_catalog."C"`
}

// selectRows reads a side in the order of the key: the key and the hash of what is compared, nothing else.
func selectRows(t table, p pair) string {
	var out, sorted []string
	for _, k := range p.key {
		out, sorted = append(out, k.out()), append(sorted, k.sorted())
	}
	if len(p.key) == 0 {
		sorted = []string{"1"}
	}
	return "SELECT " + strings.Join(append(out, hashed("t", p.columns)), ", ") + " FROM " + t.from() + " AS t ORDER BY " + strings.Join(sorted, ", ")
}

// whole is the text of a row: its columns in one order, each as its type writes it, empty ones apart from empty text.
func whole(alias string, columns []string) string {
	return "ROW(" + columnsOf(alias, columns) + ")::pg_catalog.text"
}

func columnsOf(alias string, columns []string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = column(c)
		if alias != "" {
			all[i] = alias + "." + all[i]
		}
	}
	return strings.Join(all, ", ")
}

// hashed is 128 bits of a row: among a billion rows two have the same by chance once in 10^20 comparisons.
func hashed(alias string, columns []string) string {
	return "pg_catalog.substring(pg_catalog.sha256(pg_catalog.convert_to(" + whole(alias, columns) + ", 'UTF8')), 1, 16)"
}
