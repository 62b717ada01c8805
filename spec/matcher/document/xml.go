package document

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/antchfx/xpath"
)

// element is a node of an XML document: an element, a text, a comment, an attribute, or the document itself.
type element struct {
	kind         xpath.NodeType
	prefix, name string
	text         string // of all but elements

	parent, first, last, next, previous *element
	attributes                          []*element
	number                              int // among the attributes
}

func (e *element) add(child *element) {
	child.parent, child.previous = e, e.last
	if e.last == nil {
		e.first = child
	} else {
		e.last.next = child
	}
	e.last = child
}

// write writes the text of a node and of all below it.
func (e *element) write(b *strings.Builder) {
	if e.kind != xpath.ElementNode && e.kind != xpath.RootNode {
		b.WriteString(e.text)
		return
	}
	for child := e.first; child != nil; child = child.next {
		if child.kind != xpath.CommentNode {
			child.write(b)
		}
	}
}

// readXML reads a document. It has the entities that XML itself defines, and no others.
func readXML(text string) (*element, error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.CharsetReader = charset
	r := &xmlReader{at: &element{kind: xpath.RootNode}}
	root := r.at
	for {
		// Prefixes stay as they are written, so the decoder does not check that elements end as they began.
		token, err := decoder.RawToken()
		line, _ := decoder.InputPos()
		switch {
		case errors.Is(err, io.EOF) && r.at == root && r.elements > 0:
			return root, nil
		case errors.Is(err, errCharset):
			return nil, errCharset
		case err != nil:
			return nil, notOf("XML", line)
		}
		if err := r.token(token, line); err != nil {
			return nil, err
		}
	}
}

type xmlReader struct {
	count
	at       *element
	depth    int
	elements int // beside each other at the top
}

func (r *xmlReader) token(token xml.Token, line int) error {
	switch token := token.(type) {
	case xml.StartElement:
		return r.begin(token, line)
	case xml.EndElement:
		if r.depth == 0 || r.at.prefix != token.Name.Space || r.at.name != token.Name.Local {
			return notOf("XML", line)
		}
		r.at = r.at.parent
		r.depth--
	case xml.CharData:
		if r.depth == 0 && strings.TrimSpace(string(token)) != "" {
			return notOf("XML", line)
		}
		return r.append(&element{kind: xpath.TextNode, text: string(token)})
	case xml.Comment:
		return r.append(&element{kind: xpath.CommentNode, text: string(token)})
	}
	return nil
}

func (r *xmlReader) begin(token xml.StartElement, line int) error {
	if r.depth == 0 {
		if r.elements++; r.elements > 1 {
			return notOf("XML", line)
		}
	}
	e := &element{kind: xpath.ElementNode, prefix: token.Name.Space, name: token.Name.Local}
	if err := r.append(e); err != nil {
		return err
	}
	for i, a := range token.Attr {
		if slices.ContainsFunc(token.Attr[:i], func(b xml.Attr) bool { return b.Name == a.Name }) {
			return notOf("XML", line)
		}
		if err := r.count.add(r.depth); err != nil {
			return err
		}
		e.attributes = append(e.attributes, &element{
			kind: xpath.AttributeNode, prefix: a.Name.Space, name: a.Name.Local, text: a.Value, parent: e, number: i,
		})
	}
	r.at = e
	r.depth++
	return nil
}

func (r *xmlReader) append(e *element) error {
	if r.depth == 0 && e.kind != xpath.ElementNode {
		return nil
	}
	if err := r.count.add(r.depth); err != nil {
		return err
	}
	r.at.add(e)
	return nil
}

var errCharset = errors.New("the text is neither UTF-8 nor ISO-8859-1")

// charset reads the encodings that need no tables.
func charset(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-8", "us-ascii", "ascii":
		return input, nil
	case "iso-8859-1", "latin1":
		text, err := io.ReadAll(input)
		if err != nil {
			return nil, err
		}
		wide := make([]byte, 0, len(text))
		for _, b := range text {
			wide = utf8.AppendRune(wide, rune(b))
		}
		return strings.NewReader(string(wide)), nil
	}
	return nil, errCharset
}

// An XPath is an expression of XPath 1.0.
type XPath struct{ Text string }

// NewXPath compiles an expression. A prefix in it is one as the document writes it.
func NewXPath(text string) (x *XPath, err error) {
	defer func() {
		if recover() != nil { // some mistakes make the library panic
			x, err = nil, fmt.Errorf("%q is not an expression of XPath", text)
		}
	}()
	if len(text) > maxExpression {
		return nil, fmt.Errorf("an expression has %d bytes at most", maxExpression)
	}
	if _, err := xpath.Compile(text); err != nil {
		return nil, fmt.Errorf("%q is not an expression of XPath: %w", text, err)
	}
	return &XPath{text}, nil
}

// Run applies the expression to a text. Nodes are their texts; what calculates has a number, a text, or true or false.
func (x *XPath) Run(text string) (results []any, err error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the text has more than %d MiB", maxText>>20)
	}
	root, err := readXML(strings.TrimPrefix(text, "\ufeff"))
	if err != nil {
		return nil, err
	}
	spent := newSpending()
	defer func() {
		switch {
		case spent.over():
			results, err = nil, errTime
		case recover() != nil:
			results, err = nil, errors.New("the expression cannot be evaluated")
		}
	}()
	expr, err := xpath.Compile(x.Text) // evaluating changes it, and several targets are checked at once
	if err != nil {
		return nil, err
	}
	switch v := expr.Evaluate(&navigator{at: root, root: root, spent: spent}).(type) {
	case *xpath.NodeIterator:
		for v.MoveNext() {
			if results = append(results, v.Current().Value()); len(results) > maxResults {
				return nil, fmt.Errorf("the expression has more than %d results", maxResults)
			}
		}
		return results, nil
	case float64:
		n, err := number(v)
		return []any{n}, err
	default:
		return []any{v}, nil // a string or a bool
	}
}
