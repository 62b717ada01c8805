package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"github.com/avow-dev/avow/spec/resource"
)

// The limits of an expression.
const (
	maxExpression = 16 << 10 // bytes
	maxTime       = time.Second
	maxResults    = 10_000
	maxSteps      = 1 << 22   // of gojq's machine
	maxMemory     = 256 << 20 // bytes that the program takes more than before
)

// A Query is an expression of jq. It has neither an environment nor other inputs or modules.
type Query struct {
	Text string
	code *gojq.Code
}

// NewQuery compiles an expression.
func NewQuery(text string) (*Query, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("an expression has %d bytes at most", maxExpression)
	}
	parsed, err := gojq.Parse(text)
	if syntax := (*gojq.ParseError)(nil); errors.As(err, &syntax) {
		return nil, syntaxError(text, syntax)
	}
	if err != nil {
		return nil, fmt.Errorf("%q is not an expression of jq: %w", text, err)
	}
	code, err := compileBounded(parsed)
	if err != nil {
		return nil, fmt.Errorf("%q is not an expression of jq: %w", text, err)
	}
	return &Query{text, code}, nil
}

func syntaxError(text string, err *gojq.ParseError) error {
	at := min(max(err.Offset-len(err.Token), 0), len(text))
	if strings.TrimSpace(text[at:]) == "" {
		return fmt.Errorf("%q is not an expression of jq: it ends too early", text)
	}
	return fmt.Errorf("%q is not an expression of jq: unexpected %q at character %d", text, err.Token,
		len([]rune(text[:at]))+1)
}

// A misfit is the error of an expression that cannot be applied to a document.
type misfit struct{ error }

// IsMisfit reports whether an error means that an expression cannot be applied to a document: it has a list where the
// expression has a key.
func IsMisfit(err error) bool { return errors.As(err, new(misfit)) }

// Run applies the expression to each of several documents, and returns all results.
func (q *Query) Run(documents []any) ([]any, error) {
	type answer struct {
		results []any
		err     error
	}
	done := make(chan answer, 1)
	// One step, such as a regular expression, cannot be interrupted.
	go func() {
		var a answer
		defer func() {
			if recover() != nil {
				a.err = errors.New("the expression cannot be evaluated")
			}
			done <- a
		}()
		a.results, a.err = q.run(documents)
	}()
	select {
	case a := <-done:
		return a.results, a.err
	case <-time.After(maxTime + maxTime/10):
		return nil, errTime
	}
}

var (
	errTime   = fmt.Errorf("the expression takes more than %v", maxTime)
	errSteps  = errors.New("the expression takes too many steps")
	errMemory = fmt.Errorf("the expression takes more than %d MiB", maxMemory>>20)
)

func (q *Query) run(documents []any) ([]any, error) {
	budget := newBudget()
	var c count
	var results []any
	for _, document := range documents {
		iterator := q.code.RunWithContext(budget, document)
		for {
			v, more := iterator.Next()
			if !more {
				break
			}
			if err, failed := v.(error); failed {
				return nil, budget.explain(err)
			}
			value, err := c.value(v, 0)
			if err != nil {
				return nil, err
			}
			if results = append(results, value); len(results) > maxResults {
				return nil, fmt.Errorf("the expression has more than %d results", maxResults)
			}
		}
	}
	return results, nil
}

// budget is a context that ends when an expression took too many steps, or too much time or memory: gojq reads it
// before each step.
type budget struct {
	context.Context
	until  time.Time
	steps  int
	before uint64
	over   error
	done   chan struct{}
}

func newBudget() *budget {
	return &budget{
		Context: context.Background(), until: time.Now().Add(maxTime), before: memory(),
		done: make(chan struct{}),
	}
}

// stepsBetween is how many steps are between two checks: fewer than it takes to double a text.
const stepsBetween = 8

// Done counts a step. It is called by one goroutine.
func (b *budget) Done() <-chan struct{} {
	if b.steps++; b.over != nil || b.steps%stepsBetween != 0 {
		return b.done
	}
	switch {
	case b.steps > maxSteps:
		b.over = errSteps
	case time.Now().After(b.until):
		b.over = errTime
	case memory() > b.before+maxMemory:
		b.over = errMemory
	default:
		return b.done
	}
	close(b.done)
	return b.done
}

// Err returns why the context ended.
func (b *budget) Err() error { return b.over }

// harmless matches the errors of gojq that name types alone: "cannot iterate over: null".
var harmless = regexp.MustCompile(`^[a-z ]+: (?:null|boolean|number|string|array|object)$`)

// explain returns the error of an expression without what was found, which gojq's own text quotes behind a bracket.
func (b *budget) explain(err error) error {
	if b.over != nil {
		return b.over
	}
	if errors.Is(err, errMade) {
		return errMade
	}
	text, _, _ := strings.Cut(err.Error(), " (")
	if thrown := gojq.ValueError(nil); errors.As(err, &thrown) || !harmless.MatchString(text) {
		return misfit{errors.New("the expression ends with an error")}
	}
	return misfit{errors.New("the expression ends with an error: " + text)}
}

// memory returns how many bytes the objects of this program take.
func memory() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// value brings a result to the Go types of [resource.JSON].
func (c *count) value(v any, depth int) (any, error) {
	if err := c.add(depth); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil, bool, string:
		return v, nil
	case []any:
		list := make([]any, len(v))
		for i, inner := range v {
			var err error
			if list[i], err = c.value(inner, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, inner := range v {
			var err error
			if object[key], err = c.value(inner, depth+1); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return number(v)
}

// number reads a number exactly as it is written. One that jq calculated has the value of its shortest notation.
func number(v any) (any, error) {
	text := ""
	switch v := v.(type) {
	case int:
		text = strconv.Itoa(v)
	case *big.Int:
		text = v.String()
	case json.Number:
		text = v.String()
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("a number is infinite, or none")
		}
		text = strconv.FormatFloat(v, 'g', -1, 64)
	}
	n, err := resource.ParseNumber(text)
	if err != nil {
		return nil, errors.New("a number is too large")
	}
	return n, nil
}

// FromJSON brings a value of [resource.JSON] to the Go types of gojq.
func FromJSON(v any) any {
	switch v := v.(type) {
	case *big.Float:
		return json.Number(resource.Number.Text(v))
	case []any:
		list := make([]any, len(v))
		for i, inner := range v {
			list[i] = FromJSON(inner)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, inner := range v {
			object[key] = FromJSON(inner)
		}
		return object
	}
	return v
}
