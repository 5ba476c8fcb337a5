package backup

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// lexer reads a script as psql does, piece by piece and with constant memory, as far as it takes to know which bytes are
// statements, which are rows of a COPY, and which would be commands of psql itself (psqlscan.l, PostgreSQL 15). It splits
// nothing that is then run: pg_restore and psql get the file as it is.
//
// It knows standard_conforming_strings only from SET statements. A function in the script could change it behind psql's back;
// against that, psql's own \restrict is what protects.
type lexer struct {
	to    sink
	err   error
	state state
	line  int // counted from 1

	text    []byte // of the token, comment or command that is read; at most textLimit
	length  int    // of all of it
	depth   int    // of block comments
	escapes bool   // in quotes: a backslash takes the next byte with it
	escaped bool
	tag     []byte // of a dollar quote, both dollars with it
	match   int    // how many bytes of it were just seen
	prefix  byte   // e, b, x, n: that word ended just here; U: u&
	last    byte   // the byte before, in a block comment
	started bool   // something else than blanks came before on this line
	alone   bool   // a command, with nothing before it on its line
	again   again
	parens  int
	body    body
	rows    rows
}

// sink takes what a lexer finds. Texts are cut at textLimit.
type sink interface {
	token(kind byte, text string)
	comment(text string)
	end() (copies bool) // of a statement; copies: rows follow
	row(line []byte)    // one row, only its first bytes if it is long
	rowsEnd()
	command(line string, alone bool) error
	wantsRows() bool
	standard() bool // standard_conforming_strings
}

// The kinds of tokens. Everything else is one byte of punctuation.
const (
	word   = 'w' // in lower case
	quoted = 'q' // an identifier
	text   = 's' // a string
)

// textLimit bounds what is kept of a token. PostgreSQL's own names have 63 bytes.
const textLimit = 512

type state int

const (
	inSQL state = iota
	inWord
	inNumber
	inDash
	inSlash
	inComment
	inBlock
	inQuote
	quoteSeen
	inName
	nameSeen
	inTag
	inDollar
	inCommand
	inRest // of the line of a COPY
	inRows
)

// again is what a quote would go on with: 'a' and 'b' with nothing but blanks and a newline between them are one string, and
// the second is of the first's kind.
type again struct{ possible, newline, escapes bool }

func newLexer(to sink) *lexer { return &lexer{to: to, line: 1} }

// Write takes the next piece of the script.
func (l *lexer) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 && l.err == nil {
		if l.state == inRows {
			b = l.data(b)
			continue
		}
		for !l.step(b[0]) {
		}
		if b[0] == '\n' {
			l.line++
			l.started = false
		} else if b[0] != ' ' && b[0] != '\t' && b[0] != '\r' {
			l.started = true
		}
		b = b[1:]
	}
	return n, l.err
}

func (l *lexer) fail(format string, a ...any) bool {
	if l.err == nil {
		l.err = &scriptError{fmt.Errorf("line %d: "+format, append([]any{l.line}, a...)...)}
	}
	return true
}

// close says whether the script may end here.
func (l *lexer) close() error {
	if l.err == nil && l.state != inRows && l.state != inDollar && l.state != inQuote && l.state != inRest {
		_, _ = l.Write([]byte("\n")) // what a last line without its newline holds
	}
	switch {
	case l.err != nil:
		return l.err
	case l.state == inRows || l.state == inRest:
		return fmt.Errorf("%w among the rows of a table", errCut)
	case l.state != inSQL:
		return fmt.Errorf("%w in the middle of a text", errCut)
	}
	return nil
}

var errCut = errors.New("it ends")

// scriptError is of what a script says, and not of reading it.
type scriptError struct{ error }

func (e *scriptError) Unwrap() error { return e.error }

func (l *lexer) begin(s state) bool {
	l.state, l.text, l.length = s, l.text[:0], 0
	return true
}

func (l *lexer) keep(c byte) {
	if len(l.text) < textLimit {
		l.text = append(l.text, c)
	}
	l.length++
}

func (l *lexer) token(kind byte, s string) {
	l.again = again{}
	l.to.token(kind, s)
}

// step takes a byte; false: it has changed the state and wants the byte once more.
func (l *lexer) step(c byte) bool {
	if c == 0 {
		return l.fail("there is a zero byte")
	}
	switch l.state {
	case inWord:
		return l.inWord(c)
	case inNumber:
		return l.inNumber(c)
	case inDash, inSlash:
		return l.inOperator(c)
	case inComment:
		return l.inComment(c)
	case inBlock:
		return l.inBlock(c)
	case inQuote, quoteSeen:
		return l.inQuote(c)
	case inName, nameSeen:
		return l.inName(c)
	case inTag:
		return l.inTag(c)
	case inDollar:
		return l.inDollar(c)
	case inCommand:
		return l.inCommand(c)
	case inRest:
		return l.inRest(c)
	}
	return l.inSQL(c)
}

func begins(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) inSQL(c byte) bool {
	prefix := l.prefix
	l.prefix = 0
	switch {
	case c == ' ' || c == '\t' || c == '\f' || c == '\v':
		return true
	case c == '\n' || c == '\r':
		l.again.newline = true
		return true
	case begins(c):
		l.again = again{}
		l.begin(inWord)
		return false
	case digit(c):
		l.again = again{}
		l.begin(inNumber)
		return false
	case c == '\'':
		return l.quote(prefix)
	case c == '"':
		l.again = again{}
		return l.begin(inName)
	case c == '-':
		return l.begin(inDash)
	case c == '/':
		return l.begin(inSlash)
	case c == '$':
		l.again = again{}
		l.begin(inTag)
		l.keep(c)
		return true
	case c == '\\':
		l.alone = !l.started
		l.begin(inCommand)
		l.keep(c)
		return true
	case c == ';':
		return l.semicolon()
	}
	if c == '&' && prefix == 'u' {
		l.prefix = 'U'
	}
	l.nest(c)
	l.token(c, string(rune(c)))
	return true
}

func (l *lexer) nest(c byte) {
	if c == '(' {
		l.parens++
	} else if c == ')' && l.parens > 0 {
		l.parens--
	}
}

// semicolon ends a statement unless it is in parentheses or in the body of a function.
func (l *lexer) semicolon() bool {
	l.again = again{}
	if l.parens > 0 || l.body.depth > 0 {
		l.to.token(';', ";")
		return true
	}
	l.body = body{}
	if l.to.end() {
		l.begin(inRest)
	}
	return true
}

func (l *lexer) inWord(c byte) bool {
	if begins(c) || digit(c) || c == '$' {
		l.keep(c)
		return true
	}
	w := strings.ToLower(string(l.text))
	if l.length == 1 && strings.Contains("ebxnu", w) {
		l.prefix = w[0]
	}
	l.state = inSQL
	l.body.word(w, l.parens)
	l.token(word, w)
	return false
}

// inNumber refuses a letter that follows a number, but for an exponent: each version of psql reads it another way.
func (l *lexer) inNumber(c byte) bool {
	was := byte(0)
	if len(l.text) > 0 {
		was = l.text[len(l.text)-1] | 0x20
	}
	switch {
	case digit(c) || c == '.':
	case c|0x20 == 'e' && !bytes.ContainsAny(l.text, "eE"):
	case (c == '+' || c == '-') && was == 'e':
	case begins(c):
		return l.fail("there is a number that is none")
	default:
		l.state = inSQL
		if was == 'e' {
			return l.fail("there is a number that is none")
		}
		l.token('0', string(l.text))
		return false
	}
	l.keep(c)
	return true
}

// inOperator is behind a - or a /, which may begin a comment.
func (l *lexer) inOperator(c byte) bool {
	switch {
	case l.state == inDash && c == '-':
		return l.begin(inComment)
	case l.state == inSlash && c == '*':
		l.again, l.depth, l.last = again{}, 1, 0
		return l.begin(inBlock)
	}
	was := byte('-')
	if l.state == inSlash {
		was = '/'
	}
	l.state = inSQL
	l.token(was, string(rune(was)))
	return false
}

func (l *lexer) inComment(c byte) bool {
	if c != '\n' && c != '\r' {
		l.keep(c)
		return true
	}
	l.state = inSQL
	l.to.comment(string(l.text))
	return false
}

func (l *lexer) inBlock(c byte) bool {
	was := l.last
	l.last = c
	switch {
	case was == '/' && c == '*':
		l.depth, l.last = l.depth+1, 0
	case was == '*' && c == '/':
		l.depth, l.last = l.depth-1, 0
		if l.depth == 0 {
			l.state = inSQL
		}
	}
	return true
}
