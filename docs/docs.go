// Package docs has the parts of the manual that the command line prints.
package docs

import _ "embed"

// Language is the manual of the language.
//
//go:embed language.md
var Language string
