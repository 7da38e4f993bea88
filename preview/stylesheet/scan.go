package stylesheet

import (
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// A Token is a CSS token with its place, in bytes, in the scanned text.
type Token struct {
	Kind       css.TokenType
	Start, End int
}

// IsSpace reports whether the token is white space or a comment.
func (t Token) IsSpace() bool {
	return t.Kind == css.WhitespaceToken || t.Kind == css.CommentToken
}

// Tokenize splits s into tokens that cover all of it.
func Tokenize(s string) []Token {
	tokens := make([]Token, 0, len(s)/4+1)
	lexer, at := css.NewLexer(parse.NewInputString(s)), 0
	for {
		kind, b := lexer.Next()
		if kind == css.ErrorToken {
			return tokens
		}
		tokens = append(tokens, Token{kind, at, at + len(b)})
		at += len(b)
	}
}

// An Item is what stands between the braces of a rule or at the top of a sheet:
// a declaration, a statement such as @import, or a block. Offsets are bytes.
type Item struct {
	Start, End int // without surrounding space; the semicolon or closing brace is within
	Tail       int // End without the semicolon
	// For a declaration. Property is lower-case unless custom; "" for all else.
	Property             string
	NameEnd              int
	ValueStart, ValueEnd int // without !important
	Important            bool
	Semicolon            bool // whether a semicolon ends it
	// For a block: its prelude is a selector or an at-rule.
	Block              bool
	PreludeEnd         int // without space
	BodyStart, BodyEnd int
}

// Shift moves the item's offsets by n bytes.
func (it *Item) Shift(n int) {
	for _, p := range []*int{&it.Start, &it.End, &it.NameEnd, &it.ValueStart, &it.ValueEnd,
		&it.Tail, &it.PreludeEnd, &it.BodyStart, &it.BodyEnd} {
		*p += n
	}
}

// Scan reads the items of a rule's body or of a whole sheet the way a browser
// does: braces and semicolons within brackets, strings and comments don't count.
func Scan(s string) []Item {
	var items []Item
	tokens := Tokenize(s)
	for i := 0; i < len(tokens); {
		switch t := tokens[i]; {
		case t.IsSpace(), t.Kind == css.SemicolonToken, t.Kind == css.RightBraceToken,
			t.Kind == css.CDOToken, t.Kind == css.CDCToken:
			i++
		default:
			var it Item
			it, i = scanItem(s, tokens, i)
			items = append(items, it)
		}
	}
	return items
}

// scanItem reads the item that begins at token i and returns the index of the
// token after it.
func scanItem(s string, tokens []Token, i int) (Item, int) {
	first, custom := i, isCustom(tokens, i)
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; t.Kind {
		case css.SemicolonToken:
			it := declaration(s, tokens[first:i])
			it.Semicolon, it.End = true, t.End
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

func scanBlock(tokens []Token, first, brace int) (Item, int) {
	last := brace
	for last > first && tokens[last-1].IsSpace() {
		last--
	}
	it := Item{
		Start: tokens[first].Start, Block: true,
		PreludeEnd: tokens[first].Start, BodyStart: tokens[brace].End,
	}
	if last > first {
		it.PreludeEnd = tokens[last-1].End
	}
	end := closing(tokens, brace)
	if end == len(tokens) { // cut off: the end of the text closes it
		it.BodyEnd = tokens[end-1].End
		it.End, it.Tail = it.BodyEnd, it.BodyEnd
		return it, end
	}
	it.BodyEnd, it.End, it.Tail = tokens[end].Start, tokens[end].End, tokens[end].End
	return it, end + 1
}

// closing returns the index of the token that closes the bracket at token i,
// len(tokens) if none does.
func closing(tokens []Token, i int) int {
	var open []css.TokenType
	for ; i < len(tokens); i++ {
		switch k := tokens[i].Kind; k {
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
func isCustom(tokens []Token, i int) bool {
	if tokens[i].Kind != css.CustomPropertyNameToken {
		return false
	}
	for i++; i < len(tokens) && tokens[i].IsSpace(); i++ {
	}
	return i < len(tokens) && tokens[i].Kind == css.ColonToken
}

// declaration reads tokens, which don't hold the semicolon, as a declaration.
// Something else gets an item without property.
func declaration(s string, tokens []Token) Item {
	tokens = trimRight(tokens)
	it := Item{Start: tokens[0].Start, End: tokens[len(tokens)-1].End}
	it.Tail = it.End
	if k := tokens[0].Kind; k != css.IdentToken && k != css.CustomPropertyNameToken {
		return it
	}
	colon := 1
	for colon < len(tokens) && tokens[colon].IsSpace() {
		colon++
	}
	if colon == len(tokens) || tokens[colon].Kind != css.ColonToken {
		return it
	}
	it.Property, it.NameEnd = s[tokens[0].Start:tokens[0].End], tokens[0].End
	if !strings.HasPrefix(it.Property, "--") {
		it.Property = strings.ToLower(it.Property)
	}
	value := tokens[colon+1:]
	for len(value) > 0 && value[0].IsSpace() {
		value = value[1:]
	}
	if n := importantAt(s, value); n >= 0 {
		it.Important, value = true, trimRight(value[:n])
	}
	it.ValueStart, it.ValueEnd = tokens[colon].End, tokens[colon].End
	if len(value) > 0 {
		it.ValueStart, it.ValueEnd = value[0].Start, value[len(value)-1].End
	}
	return it
}

// importantAt returns the index of the exclamation mark of !important at the
// end of value, or -1.
func importantAt(s string, value []Token) int {
	n := len(value) - 1
	if n < 1 || !strings.EqualFold(s[value[n].Start:value[n].End], "important") {
		return -1
	}
	for n--; n >= 0 && value[n].IsSpace(); n-- {
	}
	if n >= 0 && s[value[n].Start:value[n].End] == "!" {
		return n
	}
	return -1
}

func trimRight(tokens []Token) []Token {
	for len(tokens) > 0 && tokens[len(tokens)-1].IsSpace() {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}
