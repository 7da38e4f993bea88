package edit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2/css"

	"relook/preview/stylesheet"
)

// MaxValueBytes is the longest value of a declaration or attribute that is
// taken. What a repair sets is far shorter; longer ones are a model gone astray.
const MaxValueBytes = 200

var (
	propertyPattern = regexp.MustCompile(`^(?:--[A-Za-z0-9_-]{1,62}|-?[a-z][a-z0-9-]{0,62})$`)
	// absolutePattern matches an address that leaves the workspace: one with a
	// scheme or a host.
	absolutePattern = regexp.MustCompile(`(?i)^[\s"']*(?:[a-z][a-z0-9+.-]*:|//|\\)`)
)

// CheckDeclaration reports whether property and value may be written into a
// style sheet: both are well-formed, within limits, can't end the declaration,
// rule or sheet that they stand in, and can't run code or reach the network.
func CheckDeclaration(property, value string) error {
	if !propertyPattern.MatchString(property) {
		return fmt.Errorf("%.80q is not the name of a CSS property", property)
	}
	if property == "behavior" || property == "-moz-binding" {
		return fmt.Errorf("property %q can run code", property)
	}
	if err := checkValue(value); err != nil {
		return fmt.Errorf("value %.80q of %s: %w", value, property, err)
	}
	return nil
}

func checkValue(value string) error {
	switch {
	case strings.TrimSpace(value) == "":
		return errors.New("is empty")
	case len(value) > MaxValueBytes:
		return fmt.Errorf("is longer than %d bytes", MaxValueBytes)
	case !utf8.ValidString(value):
		return errors.New("is not valid UTF-8")
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("holds a line end or control character")
	case strings.ContainsAny(value, `\<`):
		return errors.New("holds a backslash or angle bracket")
	}
	var open []css.TokenType
	for _, t := range stylesheet.Tokenize(value) {
		text := value[t.Start:t.End]
		if err := checkToken(t.Kind, text); err != nil {
			return err
		}
		switch t.Kind {
		case css.FunctionToken, css.LeftParenthesisToken:
			open = append(open, css.RightParenthesisToken)
		case css.LeftBracketToken:
			open = append(open, css.RightBracketToken)
		case css.RightParenthesisToken, css.RightBracketToken:
			if len(open) == 0 || open[len(open)-1] != t.Kind {
				return errors.New("closes a bracket that it did not open")
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return errors.New("leaves a bracket open")
	}
	return nil
}

func checkToken(kind css.TokenType, text string) error {
	switch kind {
	case css.LeftBraceToken, css.RightBraceToken, css.SemicolonToken, css.CommentToken,
		css.AtKeywordToken, css.BadStringToken, css.BadURLToken, css.CDOToken, css.CDCToken:
		return fmt.Errorf("holds %.20q", text)
	case css.DelimToken:
		if text == "!" || text == "@" || text == "&" || text == `"` || text == "'" {
			return fmt.Errorf("holds %q", text)
		}
	case css.FunctionToken:
		if strings.EqualFold(text, "expression(") {
			return errors.New("can run code")
		}
	case css.StringToken:
		if n := len(text); n < 2 || text[n-1] != text[0] {
			return errors.New("leaves a string open")
		}
		if absolutePattern.MatchString(text) {
			return errors.New("holds an address outside the workspace")
		}
	case css.URLToken:
		if !strings.HasSuffix(text, ")") {
			return errors.New("leaves a bracket open")
		}
		if absolutePattern.MatchString(text[len("url("):]) {
			return errors.New("holds an address outside the workspace")
		}
	}
	return nil
}

var mediaPattern = regexp.MustCompile(`^[A-Za-z0-9 ():.,/-]+$`)

// checkMedia reports whether media can be the condition of an @media rule.
func checkMedia(media string) error {
	if err := checkValue(media); err != nil {
		return fmt.Errorf("media query %.80q: %w", media, err)
	}
	if !mediaPattern.MatchString(media) || !strings.Contains(media, "(") {
		return fmt.Errorf("media query %.80q: is not one such as (max-width: 767px)", media)
	}
	return nil
}
