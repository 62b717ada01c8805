package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readJSON reads the values of a text, of which there can be several, one after the other.
func readJSON(text string) ([]any, error) {
	r := &jsonReader{text: text, decoder: json.NewDecoder(strings.NewReader(text))}
	r.decoder.UseNumber() // a number is exact
	var documents []any
	for {
		v, err := r.value(0)
		switch {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, r.wrong(err)
		}
		documents = append(documents, v)
	}
}

type jsonReader struct {
	count
	text    string
	decoder *json.Decoder
}

// wrong explains an error. All that the decoder rejects is not JSON.
func (r *jsonReader) wrong(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return notOf("JSON", lineAt(r.text, int(syntax.Offset)))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return notOf("JSON", lineAt(r.text, len(r.text)))
	}
	return err
}

// value reads a value; io.EOF means that there is none.
func (r *jsonReader) value(depth int) (any, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	if err := r.add(depth); err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		return r.list(depth)
	case json.Delim('{'):
		return r.object(depth)
	}
	return token, nil
}

func (r *jsonReader) list(depth int) (any, error) {
	list := []any{}
	for r.decoder.More() {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, inside(err)
		}
		list = append(list, v)
	}
	_, err := r.decoder.Token()
	return list, inside(err)
}

func (r *jsonReader) object(depth int) (any, error) {
	object := map[string]any{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, inside(err)
		}
		key, _ := token.(string) // the decoder rejects all other keys
		if _, twice := object[key]; twice {
			// Which of the two counts depends on the program that reads the text.
			return nil, fmt.Errorf("line %d has a key that its object has already",
				lineAt(r.text, int(r.decoder.InputOffset())))
		}
		if object[key], err = r.value(depth + 1); err != nil {
			return nil, inside(err)
		}
	}
	_, err := r.decoder.Token()
	return object, inside(err)
}

// inside returns the error of a text that ends too early.
func inside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
