package pkg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// Tags and types of the entries of an rpm header, as far as they are needed here.
const (
	rpmTagName    = 1000
	rpmTagVersion = 1001
	rpmTagRelease = 1002
	rpmTagEpoch   = 1003
	rpmTagArch    = 1022

	rpmTypeInt32  = 4
	rpmTypeString = 6
)

var errRpmHeader = errors.New("an rpm header is malformed")

// parseRpmHeader reads a header as rpm keeps it in its database: the number of entries, the length of the store, the
// entries (tag, type, offset in the store and count, each of 4 bytes, the most significant first), and the store.
func parseRpmHeader(header []byte) (rpmPackage, error) {
	p := rpmPackage{Arch: "(none)"}
	if len(header) < 8 {
		return p, errRpmHeader
	}
	entries, stored := uint64(binary.BigEndian.Uint32(header)), uint64(binary.BigEndian.Uint32(header[4:]))
	if uint64(len(header)) != 8+16*entries+stored {
		return p, errRpmHeader
	}
	index, store := header[8:8+16*entries], header[8+16*entries:]
	fields := map[uint32]*string{
		rpmTagName: &p.Name, rpmTagVersion: &p.Version, rpmTagRelease: &p.Release,
		rpmTagEpoch: &p.Epoch, rpmTagArch: &p.Arch,
	}
	for ; len(index) > 0; index = index[16:] {
		field := fields[binary.BigEndian.Uint32(index)]
		if field == nil {
			continue
		}
		value, err := rpmValue(index, store)
		if err != nil {
			return p, err
		}
		*field = value
	}
	if p.Name == "" || p.Version == "" || p.Release == "" {
		return p, fmt.Errorf("%w: it has no name, version or release", errRpmHeader)
	}
	return p, nil
}

// rpmValue is the single string or number that an entry points to.
func rpmValue(entry, store []byte) (string, error) {
	kind, offset, count := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(
		entry[8:]), binary.BigEndian.Uint32(entry[12:])
	if uint64(offset) > uint64(len(store)) || count != 1 {
		return "", errRpmHeader
	}
	store = store[offset:]
	switch {
	case kind == rpmTypeInt32 && len(store) >= 4:
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(store)), 10), nil
	case kind == rpmTypeString:
		if text, _, ok := bytes.Cut(store, []byte{0}); ok {
			return string(text), nil
		}
	}
	return "", errRpmHeader
}
