package report

// MarkdownText is a text that Markdown shows as it is, in one line, cut after about limit characters. It is for what
// stands in a line, not at its beginning.
func MarkdownText(s string, limit int) string { return escaped(s, limit) }
