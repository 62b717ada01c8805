package file

import (
	"archive/tar"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"

	"github.com/avow-dev/avow/spec/resource"
)

// capabilityRecord is the PAX record in which an archive keeps a file's capabilities.
const capabilityRecord = "SCHILY.xattr.security.capability"

// capabilitiesInFiles returns the capabilities that a container's archive records with a file; a file without the
// record has none.
func capabilitiesInFiles(f seenFile) resource.Facts {
	header, ok := f.info.Sys().(*tar.Header)
	if !ok {
		return resource.Every(resource.Unknown("capabilities cannot be read here without a shell"))
	}
	record, ok := header.PAXRecords[capabilityRecord]
	if !ok {
		return resource.Every(resource.Seen([]any{}))
	}
	list, err := decodeCapabilities([]byte(record))
	if err != nil {
		return resource.Every(resource.Unknown("the capabilities of " + f.path() + " " + err.Error()))
	}
	return resource.Every(resource.Seen(resource.Strings(list)))
}

// decodeCapabilities reads the kernel's struct vfs_cap_data: a word with the revision and the effective bit, then for
// each 32 capabilities a word of permitted and one of inheritable ones, and in revision 3 the root that they belong to;
// all with the least significant byte first.
func decodeCapabilities(data []byte) ([]string, error) {
	words := make([]uint32, len(data)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	if len(words) == 0 || len(data)%4 != 0 || len(words) != map[uint32]int{1: 3, 2: 5, 3: 6}[words[0]>>24] {
		return nil, errors.New("are malformed")
	}
	// Revision 3 has the root user of a namespace: outside of it, the file has no capabilities.
	if len(words) == 6 && words[5] != 0 {
		return nil, errors.New("belong to another user namespace")
	}
	effective := words[0]&1 != 0
	list := []string{}
	for i := 1; i+1 < len(words); i += 2 {
		for bit := range 32 {
			flags := ""
			if words[i+1]>>bit&1 != 0 {
				flags += "i"
			}
			if words[i]>>bit&1 != 0 {
				flags += "p"
			}
			// The kernel keeps one bit for all: what is permitted or inheritable is effective, too.
			if effective && flags != "" {
				flags = "e" + flags
			}
			if flags != "" {
				list = append(list, capabilityName(16*(i-1)+bit)+"="+flags)
			}
		}
	}
	slices.Sort(list)
	return list, nil
}

// capabilityName returns the name of a capability, or its number if it is newer than this list.
func capabilityName(number int) string {
	if number < len(resource.Capabilities) {
		return resource.Capabilities[number]
	}
	return strconv.Itoa(number)
}
