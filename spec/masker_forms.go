package spec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"github.com/avow-dev/avow/spec/resource"
)

// pieces returns the parts of a secret that are masked: all of it, with the line breaks of other systems and without
// blanks around it, and each of its lines.
func pieces(secret string) []string {
	unix := strings.ReplaceAll(secret, "\r\n", "\n")
	list := []string{secret, unix, strings.ReplaceAll(unix, "\n", "\r\n")}
	// The language normalises its strings (NFC), and a host need not have them so.
	for _, whole := range list {
		list = append(list, strings.TrimSpace(whole), norm.NFD.String(whole), norm.NFD.String(strings.TrimSpace(whole)))
	}
	for _, line := range strings.FieldsFunc(unix, isBreak) {
		for _, l := range []string{line, strings.TrimSpace(line)} {
			if len(l) >= shortestLine {
				list = append(list, l, norm.NFD.String(l))
			}
		}
	}
	return list
}

func isBreak(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }

// encodings returns the forms in which programs print a text, itself first.
func encodings(s string) []string {
	bytes := hex.EncodeToString([]byte(s))
	return slices.Concat([]string{s, bytes, strings.ToUpper(bytes)},
		base64Forms(s), urlForms(s), quotedForms(s), shellForms(s), markupForms(s))
}

// leastBase64 is how many characters of base64 are masked if they are in the middle of a longer encoding.
const leastBase64 = 6

// base64Forms returns the encodings of s alone, and those inside of a longer text that is encoded.
func base64Forms(s string) []string {
	var list []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		list = append(list, enc.EncodeToString([]byte(s)), strings.TrimRight(enc.EncodeToString([]byte(s)), "="))
		// In "user:PASSWORD" these characters stay the same, whatever is before and behind.
		for before := range 3 {
			first, end := (8*before+5)/6, 8*(before+len(s))/6
			if end-first >= leastBase64 {
				list = append(list, enc.EncodeToString(append(make([]byte, before), s...))[first:end])
			}
		}
	}
	return list
}

// Replacers are made once: to make one takes longer than to use it.
var (
	percent      = regexp.MustCompile(`%..`)
	special      = regexp.MustCompile(`[^0-9A-Za-z_./:=@%+,\x{80}-\x{10FFFF}-]`)
	javaScript   = strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*")
	python       = strings.NewReplacer("+", "%20", "%2F", "/")
	doubleQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`")
	dollarQuotes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	tags         = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	entities     = []*strings.Replacer{
		strings.NewReplacer(), strings.NewReplacer(`"`, "&quot;"),
		strings.NewReplacer(`"`, "&quot;", `'`, "&apos;"), strings.NewReplacer(`"`, "&quot;", `'`, "&#x27;"),
		strings.NewReplacer(`"`, "&quot;", `'`, "&#39;"), strings.NewReplacer(`"`, "&#34;", `'`, "&#39;", "+", "&#43;"),
	}
)

func urlForms(s string) []string {
	query := url.QueryEscape(s)
	list := []string{query, url.PathEscape(s), strings.ReplaceAll(query, "+", "%20")}
	list = append(list, javaScript.Replace(query), python.Replace(query))
	for _, form := range list {
		list = append(list, percent.ReplaceAllStringFunc(form, strings.ToLower)) // %2F as %2f
	}
	return list
}

// quotedForms returns the text as the string literals of programming languages have it.
func quotedForms(s string) []string {
	list := []string{inner(resource.QuoteString(s)), inner(strconv.Quote(s)), inner(strconv.QuoteToASCII(s))}
	for _, escaped := range []bool{false, true} {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(escaped)
		if enc.Encode(s) == nil {
			text := inner(strings.TrimSuffix(b.String(), "\n"))
			list = append(list, text, asciiJSON(text), strings.ReplaceAll(text, "/", `\/`))
		}
	}
	for _, quote := range []string{`"`, `'`} { // CSV, SQL
		list = append(list, strings.ReplaceAll(s, quote, quote+quote))
	}
	return list
}

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

// asciiJSON writes what is not ASCII as Python does.
func asciiJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// shellForms returns the text as shells quote it: in single quotes, in double quotes, with backslashes, and with
// $'...'.
func shellForms(s string) []string {
	list := []string{strings.ReplaceAll(s, `'`, `'\''`), strings.ReplaceAll(s, `'`, `'"'"'`)}
	return append(list, doubleQuotes.Replace(s), dollarQuotes.Replace(s), special.ReplaceAllString(s, `\$0`))
}

// markupForms returns the text as XML and HTML escape it.
func markupForms(s string) []string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	list := []string{b.String(), html.EscapeString(s)}
	ends := tags.Replace(s)
	for _, quotes := range entities {
		list = append(list, quotes.Replace(ends))
	}
	return list
}
