package backup

import "bytes"

// rows is where in the rows of a COPY the lexer is.
type rows struct {
	length int    // of the line so far
	back   bool   // its last byte is a backslash that takes the next one with it
	end    bool   // it begins as the line that ends the rows
	line   []byte // its first bytes, if they are wanted
}

// rowLimit bounds what is kept of one row.
const rowLimit = 64 << 10

// data takes lines of rows, as many as there are, and gives back what is behind their end.
func (l *lexer) data(b []byte) []byte {
	for len(b) > 0 && l.state == inRows && l.err == nil {
		line, rest, whole := bytes.Cut(b, []byte{'\n'})
		l.rows.take(l, line)
		if whole && l.err == nil {
			l.lineEnd()
		}
		b = rest
	}
	return b
}

// take looks at a part of a line. A backslash may only be where COPY itself writes one: so, should psql ever take for
// commands what is taken for rows here, there is no command in it that does anything.
func (r *rows) take(l *lexer, part []byte) {
	if bytes.IndexByte(part, 0) >= 0 {
		l.fail("there is a zero byte")
	}
	if l.to.wantsRows() && len(r.line) < rowLimit {
		r.line = append(r.line, part[:min(len(part), rowLimit-len(r.line))]...)
	}
	for at := 0; at < len(part); {
		if !r.back {
			i := bytes.IndexByte(part[at:], '\\')
			if i < 0 {
				break
			}
			at += i + 1
			r.back = true
			continue
		}
		c := part[at]
		first := r.length+at == 1
		switch {
		case c == '.' && first:
			r.end = true
		case bytes.IndexByte([]byte(`bfnrtvN\`), c) < 0:
			l.fail("there is a row that COPY did not write")
			return
		}
		r.back = false
		at++
	}
	if trail := r.length + len(part); r.end && len(part) > 0 && trail > 2 && (trail > 3 || part[len(part)-1] != '\r') {
		l.fail("there is a row that COPY did not write")
	}
	r.length += len(part)
}

// lineEnd is at the newline of a line of rows.
func (l *lexer) lineEnd() {
	l.line++
	r := &l.rows
	switch {
	case r.back:
		l.fail("there is a row that COPY did not write")
	case r.end:
		l.state = inSQL
		l.started = false
		l.to.rowsEnd()
	default:
		l.to.row(r.line)
	}
	l.rows = rows{line: r.line[:0]}
}

// inRest is behind the semicolon of a COPY: rows begin with the next line.
func (l *lexer) inRest(c byte) bool {
	switch c {
	case ' ', '\t', '\r':
		return true
	case '\n':
		l.rows = rows{line: l.rows.line[:0]}
		l.state = inRows
		return true
	}
	return l.fail("something follows a COPY on its line")
}
