package report

// Formats are all formats, in the order in which documentation lists them.
var Formats = []*Format{Doc, Dots, JSON, JUnit, TAP, Nagios, GitHub, SARIF, Prometheus, Markdown, HTML}

// Find returns a format by name, or nil.
func Find(name string) *Format {
	for _, f := range Formats {
		if f.Name == name {
			return f
		}
	}
	return nil
}
