package document

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV reads a list with an object for each line after the first, which names the columns.
func readCSV(text string) ([]any, error) {
	reader := csv.NewReader(strings.NewReader(text))
	header, err := reader.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, notOf("CSV", 0)
	case err != nil:
		return nil, notCSV(err)
	}
	named := map[string]bool{}
	for _, column := range header {
		if named[column] {
			return nil, errors.New("two columns have one name")
		}
		named[column] = true
	}
	var c count
	rows := []any{}
	for {
		fields, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return []any{rows}, nil
		case err != nil:
			return nil, notCSV(err)
		}
		row := make(map[string]any, len(fields))
		for i, field := range fields {
			if err := c.add(0); err != nil {
				return nil, err
			}
			row[header[i]] = field
		}
		rows = append(rows, row)
	}
}

func notCSV(err error) error {
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return notOf("CSV", parse.Line)
	}
	return notOf("CSV", 0)
}
