package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads the documents of a text. Where it has words that are true or false in YAML 1.1 alone, there are two
// readings.
func readYAML(text string) ([][]any, error) {
	if nests(text) {
		return nil, errTooDeep
	}
	// A node takes many times the memory of its text, and the parser counts none.
	signs := 0
	for _, sign := range []string{"\n", ",", "[", "{", "- ", ": "} {
		signs += strings.Count(text, sign)
	}
	if signs > maxValues {
		return nil, errTooMany
	}
	roots, err := nodesOf(text)
	if err != nil {
		return nil, err
	}
	var readings [][]any
	for _, old := range []bool{false, true} {
		r := &yamlReader{old: old}
		documents := []any{}
		for _, root := range roots {
			v, err := r.value(root, 0)
			if err != nil {
				return nil, err
			}
			documents = append(documents, v)
		}
		if readings = append(readings, documents); !r.ambiguous {
			break
		}
	}
	return readings, nil
}

func nodesOf(text string) (roots []*yaml.Node, err error) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		switch {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			var line int
			_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &line) // the library has it nowhere else
			return nil, notOf("YAML", line)
		case len(root.Content) > 0:
			roots = append(roots, root.Content[0])
		}
	}
}

// yamlReader makes values of nodes. The library would do that itself, but with numbers that are not exact, and with
// documents that their aliases make as large as they like.
type yamlReader struct {
	count
	old       bool // read YAML 1.1
	ambiguous bool
}

func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if err := r.add(depth); err != nil {
		return nil, err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return r.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, inner := range n.Content {
			v, err := r.value(inner, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		return r.mapping(n, depth)
	}
	return r.scalar(n)
}

func (r *yamlReader) mapping(n *yaml.Node, depth int) (any, error) {
	own, merged := map[string]any{}, map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, inner := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			if err := r.merge(merged, inner, depth+1); err != nil {
				return nil, err
			}
			continue
		}
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d has a key that is a list or a map", key.Line)
		}
		if _, twice := own[key.Value]; twice {
			// Some programs take the first one, others the last, and others reject the file.
			return nil, fmt.Errorf("line %d has a key that its map has already", key.Line)
		}
		v, err := r.value(inner, depth+1)
		if err != nil {
			return nil, err
		}
		own[key.Value] = v
	}
	for key, v := range merged {
		if _, has := own[key]; !has {
			own[key] = v
		}
	}
	return own, nil
}

// merge adds the keys of a map, or of several, that another one takes over. The first ones win.
func (r *yamlReader) merge(into map[string]any, n *yaml.Node, depth int) error {
	v, err := r.value(n, depth)
	if err != nil {
		return err
	}
	maps, isList := v.([]any)
	if !isList {
		maps = []any{v}
	}
	for _, m := range maps {
		values, ok := m.(map[string]any)
		if !ok {
			return fmt.Errorf("line %d merges what is not a map", n.Line)
		}
		for key, value := range values {
			if _, has := into[key]; !has {
				into[key] = value
			}
		}
	}
	return nil
}

var (
	wholeForm   = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9]*)$`)
	decimalForm = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$`)
	oldTrue     = regexp.MustCompile(`^(?:y|Y|yes|Yes|YES|on|On|ON)$`)
	oldFalse    = regexp.MustCompile(`^(?:n|N|no|No|NO|off|Off|OFF)$`)
)

// scalar returns the value of a plain one by its tag: of a number exactly what is written. A time is a text.
func (r *yamlReader) scalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		return nil, nil
	case tag == "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case (tag == "!!int" || tag == "!!float") && (wholeForm.MatchString(n.Value) || decimalForm.MatchString(n.Value)):
		return json.Number(strings.TrimPrefix(n.Value, "+")), nil
	case tag == "!!int" || tag == "!!float":
		return otherNumber(n)
	case tag == "!!str" && n.Style == 0 && (oldTrue.MatchString(n.Value) || oldFalse.MatchString(n.Value)):
		if r.ambiguous = true; r.old {
			return oldTrue.MatchString(n.Value), nil
		}
	}
	return n.Value, nil
}

// otherNumber reads numbers that only YAML writes so: 0644, 0x1f, 1_000, .5, .inf.
func otherNumber(n *yaml.Node) (any, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, notOf("YAML", n.Line)
	}
	switch v := v.(type) {
	case int:
		return v, nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case uint64:
		return json.Number(strconv.FormatUint(v, 10)), nil
	case float64:
		return v, nil
	}
	return nil, notOf("YAML", n.Line)
}
