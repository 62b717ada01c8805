package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

func readTOML(text string) ([]any, error) {
	if nests(text) || dots(text) {
		return nil, errTooDeep
	}
	var table map[string]any
	if err := toml.Unmarshal([]byte(text), &table); err != nil {
		line := 0
		if decode := (*toml.DecodeError)(nil); errors.As(err, &decode) {
			line, _ = decode.Position()
		}
		return nil, notOf("TOML", line)
	}
	v, err := (&tomlReader{}).value(table, 0)
	return []any{v}, err
}

// dots reports whether a line has more dots than the parser may recurse into: each part of a key is a table in another.
func dots(text string) bool {
	for line := range strings.Lines(text) {
		if strings.Count(line, ".") > maxNesting {
			return true
		}
	}
	return false
}

type tomlReader struct{ count }

// value brings a value to the types of gojq. Times are texts, as they are written.
func (r *tomlReader) value(v any, depth int) (any, error) {
	if err := r.add(depth); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, inner := range v {
			var err error
			if object[key], err = r.value(inner, depth+1); err != nil {
				return nil, err
			}
		}
		return object, nil
	case []any:
		list := make([]any, len(v))
		for i, inner := range v {
			var err error
			if list[i], err = r.value(inner, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case fmt.Stringer: // the dates and times without a zone
		return v.String(), nil
	}
	return v, nil // a string, a bool or a float64
}
