package edit

import (
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// A token is a CSS token with its place in the scanned text.
type token struct {
	kind       css.TokenType
	start, end int
}

func (t token) isSpace() bool {
	return t.kind == css.WhitespaceToken || t.kind == css.CommentToken
}

// tokenize splits s into tokens that cover all of it.
func tokenize(s string) []token {
	tokens := make([]token, 0, len(s)/4+1)
	lexer, at := css.NewLexer(parse.NewInputString(s)), 0
	for {
		kind, b := lexer.Next()
		if kind == css.ErrorToken {
			return tokens
		}
		tokens = append(tokens, token{kind, at, at + len(b)})
		at += len(b)
	}
}

// An item is what stands between the braces of a rule or at the top of a sheet:
// a declaration, a statement such as @import, or a block. Offsets are bytes.
type item struct {
	start, end int // without surrounding space; the semicolon or closing brace is within
	tail       int // end without the semicolon
	// For a declaration. property is lower-case unless custom; "" for all else.
	property             string
	nameEnd              int
	valueStart, valueEnd int // without !important
	important            bool
	semicolon            bool // whether a semicolon ends it
	// For a block: prelude is selector or at-rule.
	block              bool
	preludeEnd         int // without space
	bodyStart, bodyEnd int
}

// scan reads the items of a rule's body or of a whole sheet the way a browser
// does: braces and semicolons within brackets, strings and comments don't count.
func scan(s string) []item {
	var items []item
	tokens := tokenize(s)
	for i := 0; i < len(tokens); {
		switch t := tokens[i]; {
		case t.isSpace(), t.kind == css.SemicolonToken, t.kind == css.RightBraceToken,
			t.kind == css.CDOToken, t.kind == css.CDCToken:
			i++
		default:
			var it item
			it, i = scanItem(s, tokens, i)
			items = append(items, it)
		}
	}
	return items
}

// scanItem reads the item that begins at token i and returns the index of the
// token after it.
func scanItem(s string, tokens []token, i int) (item, int) {
	first, custom := i, isCustom(tokens, i)
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; t.kind {
		case css.SemicolonToken:
			it := declaration(s, tokens[first:i])
			it.semicolon, it.end = true, t.end
			return it, i + 1
		case css.RightBraceToken: // a stray one ends what is before it
			return declaration(s, tokens[first:i]), i + 1
		case css.LeftBraceToken:
			if !custom {
				return scanBlock(tokens, first, i)
			}
			i = closing(tokens, i)
		case css.FunctionToken, css.LeftParenthesisToken, css.LeftBracketToken:
			i = closing(tokens, i)
		}
	}
	return declaration(s, tokens[first:]), i
}

func scanBlock(tokens []token, first, brace int) (item, int) {
	last := brace
	for last > first && tokens[last-1].isSpace() {
		last--
	}
	it := item{
		start: tokens[first].start, block: true,
		preludeEnd: tokens[first].start, bodyStart: tokens[brace].end,
	}
	if last > first {
		it.preludeEnd = tokens[last-1].end
	}
	end := closing(tokens, brace)
	if end == len(tokens) { // cut off: the end of the text closes it
		it.bodyEnd = tokens[end-1].end
		it.end, it.tail = it.bodyEnd, it.bodyEnd
		return it, end
	}
	it.bodyEnd, it.end, it.tail = tokens[end].start, tokens[end].end, tokens[end].end
	return it, end + 1
}

// closing returns the index of the token that closes the bracket at token i,
// len(tokens) if none does.
func closing(tokens []token, i int) int {
	var open []css.TokenType
	for ; i < len(tokens); i++ {
		switch k := tokens[i].kind; k {
		case css.FunctionToken, css.LeftParenthesisToken:
			open = append(open, css.RightParenthesisToken)
		case css.LeftBracketToken:
			open = append(open, css.RightBracketToken)
		case css.LeftBraceToken:
			open = append(open, css.RightBraceToken)
		case css.RightParenthesisToken, css.RightBracketToken, css.RightBraceToken:
			if open[len(open)-1] != k {
				continue
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return i
			}
		}
	}
	return i
}

// isCustom reports whether the tokens at i begin a custom property, whose value
// may hold braces.
func isCustom(tokens []token, i int) bool {
	if tokens[i].kind != css.CustomPropertyNameToken {
		return false
	}
	for i++; i < len(tokens) && tokens[i].isSpace(); i++ {
	}
	return i < len(tokens) && tokens[i].kind == css.ColonToken
}

// declaration reads tokens, which don't hold the semicolon, as a declaration.
// Something else gets an item without property.
func declaration(s string, tokens []token) item {
	tokens = trimRight(tokens)
	it := item{start: tokens[0].start, end: tokens[len(tokens)-1].end}
	it.tail = it.end
	if k := tokens[0].kind; k != css.IdentToken && k != css.CustomPropertyNameToken {
		return it
	}
	colon := 1
	for colon < len(tokens) && tokens[colon].isSpace() {
		colon++
	}
	if colon == len(tokens) || tokens[colon].kind != css.ColonToken {
		return it
	}
	it.property, it.nameEnd = s[tokens[0].start:tokens[0].end], tokens[0].end
	if !strings.HasPrefix(it.property, "--") {
		it.property = strings.ToLower(it.property)
	}
	value := tokens[colon+1:]
	for len(value) > 0 && value[0].isSpace() {
		value = value[1:]
	}
	if n := importantAt(s, value); n >= 0 {
		it.important, value = true, trimRight(value[:n])
	}
	it.valueStart, it.valueEnd = tokens[colon].end, tokens[colon].end
	if len(value) > 0 {
		it.valueStart, it.valueEnd = value[0].start, value[len(value)-1].end
	}
	return it
}

// importantAt returns the index of the exclamation mark of !important at the
// end of value, or -1.
func importantAt(s string, value []token) int {
	n := len(value) - 1
	if n < 1 || !strings.EqualFold(s[value[n].start:value[n].end], "important") {
		return -1
	}
	for n--; n >= 0 && value[n].isSpace(); n-- {
	}
	if n >= 0 && s[value[n].start:value[n].end] == "!" {
		return n
	}
	return -1
}

func trimRight(tokens []token) []token {
	for len(tokens) > 0 && tokens[len(tokens)-1].isSpace() {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}
