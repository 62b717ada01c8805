package spec

import (
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parser and the evaluator of hcl recurse, and a stack that overflows ends the process: it cannot be
// recovered. So a file is measured by its tokens before it is parsed.
const (
	maxFileSize  = 16 << 20
	maxNesting   = 100  // brackets, braces, parentheses and templates inside each other
	maxOperators = 1000 // operators, indexes and template directives in one expression
)

// sensibleNumber matches numbers that can be read and written without taking minutes, if they are no longer than
// maxNumber. A pattern that counted them would take two milliseconds of every start of the program.
var sensibleNumber = regexp.MustCompile(`^[0-9.]+([eE][+-]?[0-9]{1,3})?$`)

const maxNumber = 1000

// maxWords is how many words and signs the files of a suite may have in all: each takes some hundred bytes of memory.
const maxWords = 1_000_000

// countWords counts the words and signs in a source, those in texts and comments included.
func countWords(src []byte) int {
	n, inside := 0, false
	for _, c := range src {
		word := c >= 0x80 || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if c != ' ' && c != '\t' && !(word && inside) {
			n++
		}
		inside = word
	}
	return n
}

// level is one bracket that is open, and how many operators its expression has so far.
type level struct {
	brace     bool
	operators int
}

// tooDeep reports where a file nests deeper, or chains more operators, than can be read safely.
func tooDeep(src []byte, name string) *hcl.Diagnostic {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	levels := []level{{brace: true}}
	for _, token := range tokens {
		top := &levels[len(levels)-1]
		switch change, chains := measure(token.Type); {
		case change > 0:
			top.operators++
			levels = append(levels, level{brace: token.Type == hclsyntax.TokenOBrace})
		case change < 0 && len(levels) > 1:
			levels = levels[:len(levels)-1]
		// In brackets and parentheses the same expression may go on in the next line.
		case token.Type == hclsyntax.TokenComma, token.Type == hclsyntax.TokenNewline && top.brace:
			top.operators = 0
		case chains:
			top.operators++
		}
		if token.Type == hclsyntax.TokenNumberLit &&
			(len(token.Bytes) > maxNumber || !sensibleNumber.Match(token.Bytes)) {
			return mistake(token.Range, "Wrong number", "This is not a number of a sensible size.")
		}
		if len(levels) > maxNesting {
			return mistake(token.Range, "Nested too deeply", "A spec may nest %d levels. Split it, or use locals.", maxNesting)
		}
		if top.operators > maxOperators {
			return mistake(token.Range, "Expression too long", "An expression may have %d operators. Split it, or use locals.",
				maxOperators)
		}
	}
	return nil
}

// measure returns whether a token opens (1) or closes (-1) a level, and whether it makes its expression longer.
func measure(t hclsyntax.TokenType) (change int, chains bool) {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen,
		hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return 1, false
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
		hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return -1, false
	case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit,
		hclsyntax.TokenComment, hclsyntax.TokenNewline, hclsyntax.TokenComma, hclsyntax.TokenEOF:
		return 0, false
	}
	return 0, true
}
