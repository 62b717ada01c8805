package pkg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// sqliteFile is a database of SQLite 3, of which whole tables are read. A page belongs to one thing only, so one that
// comes again is a fault, and so is more payload than the file has bytes: both bound the work that a hostile file
// makes.
//
// The format: https://www.sqlite.org/fileformat.html
type sqliteFile struct {
	data   []byte
	page   int // bytes of a page
	usable int // of them, those that are used
	seen   []bool
	left   int // bytes of payload that may still come
}

var errSqlite = errors.New("the SQLite database is damaged")

// maxSqliteDepth is how many pages a b-tree may have from its root to its leaves, as in SQLite itself.
const maxSqliteDepth = 20

// maxSqliteColumns is how many columns a row may have; those that are read have at most 5.
const maxSqliteColumns = 100

// eachSqliteRow calls what with each row of a table, in the order of their IDs. A column is nil, an int64, a string or
// a []byte; a column that stands for the row's ID is nil, and so is a floating-point number.
func eachSqliteRow(data []byte, table string, what func([]any) error) error {
	db, err := openSqlite(data)
	if err != nil {
		return err
	}
	root := 0
	err = db.walk(1, 0, func(row []any) error {
		if len(row) == 5 && row[0] == "table" && row[1] == table {
			number, _ := row[3].(int64)
			root = int(number)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if root == 0 {
		return fmt.Errorf("the SQLite database has no table %q", table)
	}
	return db.walk(root, 0, what)
}

// openSqlite reads the header of a database.
func openSqlite(data []byte) (*sqliteFile, error) {
	if len(data) < 100 || !bytes.HasPrefix(data, []byte("SQLite format 3\x00")) {
		return nil, errors.New("it is not an SQLite database")
	}
	page := int(binary.BigEndian.Uint16(data[16:]))
	// The header has two bytes for it, and 65536 does not fit.
	if page == 1 {
		page = 1 << 16
	}
	if page < 512 || page&(page-1) != 0 || int(data[20]) > page-480 || data[19] > 2 ||
		binary.BigEndian.Uint32(data[56:]) > 1 {
		return nil, errors.New("an SQLite database of an unknown kind")
	}
	return &sqliteFile{
		data: data, page: page, usable: page - int(data[20]), seen: make([]bool, len(data)/page),
		left: len(data),
	}, nil
}

// take returns a page by its number, which begins at 1.
func (db *sqliteFile) take(number int) ([]byte, error) {
	if number < 1 || number > len(db.seen) || db.seen[number-1] {
		return nil, errSqlite
	}
	db.seen[number-1] = true
	return db.data[(number-1)*db.page:][:db.usable], nil
}

// walk goes through a table's b-tree.
func (db *sqliteFile) walk(number, depth int, what func([]any) error) error {
	page, err := db.take(number)
	if err != nil || depth > maxSqliteDepth {
		return errSqlite
	}
	head := page
	if number == 1 {
		head = page[100:] // the file's header
	}
	count, leaf, index := int(binary.BigEndian.Uint16(head[3:])), head[0] == 0x0d, head[8:]
	if !leaf {
		index = head[12:]
	}
	if !leaf && head[0] != 0x05 || 2*count > len(index) {
		return errSqlite
	}
	for cells := index[:2*count]; len(cells) > 0; cells = cells[2:] {
		offset := int(binary.BigEndian.Uint16(cells))
		switch {
		case leaf && offset <= len(page):
			err = db.row(page[offset:], what)
		case offset+4 <= len(page):
			err = db.walk(int(binary.BigEndian.Uint32(page[offset:])), depth+1, what)
		default:
			err = errSqlite
		}
		if err != nil {
			return err
		}
	}
	if leaf {
		return nil
	}
	// The page with the greatest IDs has no cell.
	return db.walk(int(binary.BigEndian.Uint32(head[8:])), depth+1, what)
}

func (db *sqliteFile) row(cell []byte, what func([]any) error) error {
	payload, err := db.payload(cell)
	if err != nil {
		return err
	}
	row, err := sqliteRow(payload)
	if err != nil {
		return err
	}
	return what(row)
}

// payload returns the payload of a leaf's cell: its length, the row's ID, and the bytes, the rest of which is on
// overflow pages.
func (db *sqliteFile) payload(cell []byte) ([]byte, error) {
	length, n := sqliteVarint(cell)
	_, m := sqliteVarint(cell[n:])
	cell = cell[n+m:]
	if n == 0 || m == 0 || length > uint64(db.left) {
		return nil, errSqlite
	}
	size := int(length)
	db.left -= size + n + m
	local := db.local(size)
	if local == size && size <= len(cell) {
		return cell[:size], nil
	}
	if local+4 > len(cell) {
		return nil, errSqlite
	}
	return db.overflow(bytes.Clone(cell[:local]), size, int(binary.BigEndian.Uint32(cell[local:])))
}

// local returns how many bytes of a payload are on the leaf itself.
func (db *sqliteFile) local(size int) int {
	most, least := db.usable-35, (db.usable-12)*32/255-23
	if size <= most {
		return size
	}
	if local := least + (size-least)%(db.usable-4); local <= most {
		return local
	}
	return least
}

// overflow completes a payload from a chain of pages.
func (db *sqliteFile) overflow(payload []byte, size, next int) ([]byte, error) {
	for len(payload) < size {
		page, err := db.take(next)
		if err != nil {
			return nil, err
		}
		next = int(binary.BigEndian.Uint32(page))
		payload = append(payload, page[4:min(len(page), 4+size-len(payload))]...)
	}
	return payload, nil
}

// sqliteRow splits a record into its columns.
func sqliteRow(record []byte) ([]any, error) {
	length, n := sqliteVarint(record)
	if n == 0 || length < uint64(n) || length > uint64(len(record)) {
		return nil, errSqlite
	}
	kinds, values := record[n:length], record[length:]
	var row []any
	for len(kinds) > 0 {
		kind, n := sqliteVarint(kinds)
		size := sqliteSize(kind)
		if n == 0 || size > uint64(len(values)) || len(row) == maxSqliteColumns {
			return nil, errSqlite
		}
		row = append(row, sqliteValue(kind, values[:size]))
		kinds, values = kinds[n:], values[size:]
	}
	return row, nil
}

// sqliteSize returns how many bytes a value of that kind has.
func sqliteSize(kind uint64) uint64 {
	if kind >= 12 {
		return (kind - 12) / 2
	}
	return []uint64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0}[kind]
}

func sqliteValue(kind uint64, value []byte) any {
	switch {
	case kind >= 12 && kind%2 == 0:
		return value
	case kind >= 12:
		return string(value)
	case kind == 8 || kind == 9:
		return int64(kind - 8)
	case kind == 0 || kind >= 7:
		return nil
	}
	number := int64(int8(value[0]))
	for _, b := range value[1:] {
		number = number<<8 | int64(b)
	}
	return number
}

// sqliteVarint parses a number of 1 to 9 bytes, and returns how many; 0 if there are too few.
func sqliteVarint(b []byte) (value uint64, n int) {
	for i, c := range b[:min(len(b), 9)] {
		if i == 8 {
			return value<<8 | uint64(c), 9
		}
		value = value<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return value, i + 1
		}
	}
	return 0, 0
}
